"""The logs that are measured on: sound briefs, in a file that is made once."""

from itertools import islice
from pathlib import Path

from benchmarks import ours
from benchmarks.content import history, members
from benchmarks.setting import Setting
from graphql_brief.domain.states import Brief
from graphql_brief.log import codec


def setting(folder: Path) -> Setting:
    """Logs and all else in one folder."""
    return Setting(folder, folder, rounds=1, seconds=0.01, lengths=(40,))


def databases(folder: Path) -> list[Path]:
    """The databases in a folder."""
    return list(folder.glob("*.db"))


async def test_a_built_log_holds_whole_briefs_side_by_side(tmp_path: Path) -> None:
    """Their commits take turns, and all of their versions can be read."""
    path = await setting(tmp_path).built(90, events_each=45)

    async with ours.sqlite(path) as opened:
        streams = [found.stream for found in await opened.log.read(after=0, limit=90)]
        state = await opened.folds.newest(ours.brief_name(1))
        count = await ours.read_all(opened.log, page=7)

    first, second = (ours.brief_name(number) for number in range(2))
    assert streams == ([first] * 10 + [second] * 10) * 4 + [first] * 5 + [second] * 5
    assert count == 90
    assert isinstance(state, Brief)
    assert state.version == 45
    assert state.timeline
    assert state.sources


async def test_a_log_is_built_once(tmp_path: Path) -> None:
    """Building a long one takes minutes: what is there is taken, and nothing else is left."""
    path = await setting(tmp_path).built(40, events_each=20)
    before = path.stat().st_mtime_ns

    again = await setting(tmp_path).built(40, events_each=20)

    assert again == path
    assert path.stat().st_mtime_ns == before
    assert databases(tmp_path) == [path]


def test_events_are_of_the_size_of_real_ones() -> None:
    """What is stored weighs what the fixtures weigh, and none of it is empty."""
    events = list(islice(history("a-slug"), 500))
    sizes = [len(codec.encode(event).body) for event in events]

    assert 150 < sum(sizes) / len(sizes) < 250
    assert all(members(event) for event in events[2:])
