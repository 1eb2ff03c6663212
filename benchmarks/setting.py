"""How much of everything is measured, and where the data lies."""

from pathlib import Path
from typing import NamedTuple

from benchmarks import ours

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
        """A log of so many events, with its read models."""
        path = self.logs / f"log-{length}-{events_each}.db"
        if path.exists():
            return path
        begun = self.logs / f"building-{length}-{events_each}.db"
        for left in self.logs.glob(f"{begun.name}*"):
            left.unlink()
        async with ours.sqlite(begun) as opened:
            speed = await ours.fill(
                opened.log, briefs=length // events_each, events_each=events_each
            )
        print(f"built a log of {length:,} events at {speed:,.0f} events/s", flush=True)
        await ours.rebuilt(begun)
        # Under its own name only once it is whole.
        begun.rename(path)
        return path
