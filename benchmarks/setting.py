"""How much of everything is measured, and where the data lies."""

import hashlib
import shutil
from pathlib import Path
from time import perf_counter
from typing import NamedTuple

from benchmarks import content, ours

EVENTS_EACH = 1_000
"""Events of each brief of a built log."""


class Setting(NamedTuple):
    """What every part is given."""

    logs: Path
    """Folder of the built logs, which are only read: those in it are taken as they are."""
    scratch: Path
    """Folder of all else; it is gone after the run."""
    rounds: int
    seconds: float
    """How long the callers of one round call."""
    lengths: tuple[int, ...]
    """Lengths of logs, in events, the shortest first; each a multiple of `EVENTS_EACH`."""

    async def built(self, length: int, *, events_each: int = EVENTS_EACH) -> Path:
        """A log of so many events, with its read models; what is not of this code is made."""
        path = self.logs / f"log-{length}-{events_each}-{_code()}.db"
        if not path.exists():
            begun = self.scratch / path.name
            story = await _build(begun, length // events_each, events_each)
            print(f"a log of {length:,} events: {story}", flush=True)
            path.with_suffix(".txt").write_text(story)
            # Under its own name only once it is whole, and closed.
            if begun != path:
                folders = [name.with_suffix(".read-models") for name in (begun, path)]
                shutil.rmtree(folders[1], ignore_errors=True)
                folders[0].rename(folders[1])
                begun.rename(path)
        if not ours.has_read_models(path):
            print(f"read models of {path.name} are not of this code; making them", flush=True)
            await ours.rebuilt(path)
        return path

    async def story(self, length: int) -> str:
        """How long it took to build that log."""
        return (await self.built(length)).with_suffix(".txt").read_text()


async def _build(path: Path, briefs: int, events_each: int) -> str:
    begun = perf_counter()
    async with ours.sqlite(path) as opened:
        await ours.fill(opened.log, briefs=briefs, events_each=events_each)
    filled = perf_counter()
    await ours.rebuilt(path)
    return f"written in {filled - begun:.0f} s, read models in {perf_counter() - filled:.0f} s"


def _code() -> str:
    """A name for what decides on the bytes of a built log: what is written, and how it is kept."""
    words = hashlib.sha256(Path(content.__file__).read_bytes()).hexdigest()
    return hashlib.sha256(f"{words} {ours.FORMAT}".encode()).hexdigest()[:8]
