"""A hot page while the site is edited: what edits of that brief, or of others, cost its readers."""

import asyncio
import re
from collections.abc import Sequence
from itertools import count, cycle, repeat
from time import perf_counter

import msgspec

from benchmarks import site
from benchmarks.contestants import OtherAnswer, page_of
from benchmarks.documents import edited, posted
from benchmarks.exchange import exchange
from benchmarks.load import CONNECTIONS, HOST, Expected, asking, load
from benchmarks.measure import Contender, Sample, in_turns, spread
from benchmarks.report import Finding, compared, spread_text
from benchmarks.servers import clients_core
from benchmarks.setting import Setting

EDITS_PER_S = 20
COPIES = 50
UNEDITED = "without edits"
_LENGTH = re.compile(rb"^content-length: *(\d+)\r$", re.MULTILINE | re.IGNORECASE)

_ABOUT = (
    f"{CONNECTIONS} readers ask for one page as in `pages`, hot, while an editor asks for "
    f"{EDITS_PER_S} edits a second through `editBrief`, each durable: of that brief, or of "
    f"{COPIES} others in turn. After each round, readers see the last edit that was acknowledged."
)


class Editor:
    """Edits briefs in turn, at a pace, over one connection."""

    def __init__(self, serving: site.Serving, briefs: Sequence[tuple[str, str]]) -> None:
        self._serving = serving
        self._briefs = cycle(briefs)
        """Id and slug of each."""
        self._numbers = count(1)
        self._last: tuple[str, str] | None = None
        self.took_ms: list[float] = []
        """From asking to the acknowledgement."""

    async def edit(self, seconds: float) -> None:
        """Go on for so long. Raises OtherAnswer for an edit that was refused."""
        reader, writer = await asyncio.open_connection(HOST, self._serving.port)
        begun = due = perf_counter()
        try:
            while due < begun + seconds:
                await asyncio.sleep(max(due - perf_counter(), 0))
                await self._one(reader, writer)
                due += 1 / EDITS_PER_S
        finally:
            writer.close()

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        brief, slug = next(self._briefs)
        standfirst = f"What the editor wrote when they wrote it for the {next(self._numbers):08d}th"
        asked = perf_counter()
        writer.write(edited(brief, standfirst, self._serving.editor))
        head = await reader.readuntil(b"\r\n\r\n")
        length = _LENGTH.search(head)
        if length is None:
            raise OtherAnswer(f"an edit was answered by {head!r}")
        body = await reader.readexactly(int(length[1]))
        self.took_ms.append((perf_counter() - asked) * 1e3)
        if msgspec.json.decode(body) != {
            "data": {"editBrief": {"brief": {"id": brief}, "userErrors": []}}
        }:
            raise OtherAnswer(f"an edit was answered by {body[:300]!r}")
        self._last = slug, standfirst

    def check(self) -> None:
        """Raises OtherAnswer unless readers see the last edit."""
        if self._last is None:
            raise OtherAnswer("no edit was acknowledged")
        slug, standfirst = self._last
        shown = page_of(self._serving.port, slug)["standfirst"]
        if shown != standfirst:
            raise OtherAnswer(f"{slug} shows {shown!r} after the edit to {standfirst!r}")


async def run(setting: Setting) -> Finding:
    """Measure readers beside editors."""
    path, slugs = await site.with_copies(setting, COPIES + 1)
    briefs = [(site.copied_id(number), slug) for number, slug in enumerate(slugs)]
    hot = repeat(posted(slugs[0]))
    with site.served(path) as serving:
        size = len(exchange(serving.port, posted(slugs[0])).body)
        expected = Expected(least_bytes=size * 9 // 10)
        editors = {
            f"{EDITS_PER_S} edits/s of that brief": Editor(serving, briefs[:1]),
            f"{EDITS_PER_S} edits/s of {COPIES} others": Editor(serving, briefs[1:]),
        }

        def beside(editor: Editor) -> Contender:
            async def contend() -> Sample:
                async with asyncio.TaskGroup() as group:
                    group.create_task(editor.edit(setting.seconds))
                    sample = await load(
                        serving.port, hot, seconds=setting.seconds, expected=expected
                    )
                editor.check()
                return sample

            return contend

        undisturbed = asking(serving.port, hot, seconds=setting.seconds, expected=expected)
        contenders = {UNEDITED: undisturbed} | {
            name: beside(editor) for name, editor in editors.items()
        }
        with clients_core():
            samples = await in_turns(contenders, setting.rounds)
    table = compared("One page, hot", samples, mine=UNEDITED, things="pages")
    notes = [
        f"{name}: {len(editor.took_ms):,} edits, each answered after "
        f"{spread_text(spread(editor.took_ms), ' ms')}."
        for name, editor in editors.items()
    ]
    return Finding(_ABOUT, (table,), notes=tuple(notes))
