"""What was erased is nowhere: not in a state, a row, an answer, or the bytes of a file."""

import asyncio
import tempfile
from pathlib import Path
from typing import Any

import anyio
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graphql_brief.domain import commands as c
from graphql_brief.domain import events as ev
from graphql_brief.domain.decision import Accepted
from graphql_brief.domain.erasure import ERASED, erase
from graphql_brief.domain.states import Brief, State
from graphql_brief.domain.vocabulary import Audience, Basis
from graphql_brief.log.port import Appended
from graphql_brief.projections import snapshots
from graphql_brief.projections.folding import Folds
from graphql_brief.projections.snapshots import SNAPSHOT_VERSIONS, Snapshots
from graphql_brief.projections.tables import SEARCHES, rm_snapshot
from tests.projections.histories import Commit, logs, stories
from tests.projections.newsroom import TIMEOUT_S, Newsroom, dump, newsroom, rebuilt, record_all

SECRET = "zanzibarquux"  # a word that stands nowhere else


async def erased(room: Newsroom, stream: str, version: int, **fields: Any) -> Appended:
    """Erase a version as the desk does."""
    state = await room.states.get(stream)
    assert state is not None
    (recorded,) = await room.log.read_stream(
        stream, after_version=version - 1, up_to_version=version, limit=1
    )
    before = await room.states.at_version(stream, version - 1)
    asked = c.EraseBody(version=version, basis=Basis.SAFETY, case_reference="S 1")
    decision = erase(state, asked, recorded.event, before)
    assert isinstance(decision, Accepted), decision
    return await room.write.record(stream, *decision.events, **fields)


@st.composite
def erasures(draw: Any) -> tuple[list[Commit], list[tuple[int, str, int]]]:
    """A log, and what is erased: after so many commits, of which stream, which version."""
    commits = draw(logs())
    lengths: dict[str, int] = {}
    found = []
    for place, (stream, events) in enumerate(commits, start=1):
        lengths[stream] = lengths.get(stream, 0) + len(events)
        if draw(st.integers(0, 2)) == 0:
            of = draw(st.sampled_from(sorted(lengths)))
            found.append((place, of, draw(st.integers(1, lengths[of]))))
    return commits, found


@settings(
    max_examples=8,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
@given(erasures())
async def test_rows_are_those_of_a_rebuild(
    drawn: tuple[list[Commit], list[tuple[int, str, int]]],
) -> None:
    """Whatever is erased on the way: followed live, or replayed in pages of any size."""
    commits, plan = drawn
    with tempfile.TemporaryDirectory() as folder:
        async with newsroom(Path(folder) / "brief.db") as room:
            done: set[tuple[str, int]] = set()
            for place, commit in enumerate(commits, start=1):
                await record_all(room.write, [commit])
                await room.caught_up()
                for at, stream, number in plan:
                    version = _nth_erasable(await room.log.read_stream(stream, limit=1000), number)
                    if at == place and (stream, version) not in done:
                        done.add((stream, version))
                        await erased(room, stream, version)
                        await room.caught_up()
            expected = await dump(room.store.file)
            for page_events in (1, 2, 1000):
                assert expected == await rebuilt(room, page_events=page_events), page_events


def _nth_erasable(events: list[Any], number: int) -> int:
    """The version of a stream's n-th event, not counting those that say that a body was erased."""
    versions = [event.version for event in events if event.type != "BodyErased"]
    return versions[number - 1] if number <= len(versions) else 1


async def test_every_event_erased(tmp_path: Path) -> None:
    """Of a history with every event there is, all at once; the projector follows."""
    async with newsroom(tmp_path / "brief.db") as room:
        await record_all(room.write, stories())
        for stream in list(room.write.versions):
            for event in await room.log.read_stream(stream, limit=1000):
                if event.body is not None and event.type != "BodyErased":
                    await erased(room, stream, event.version)
        await room.caught_up()
        assert room.projector.halted is None
        expected = await dump(room.store.file)
        assert expected == await rebuilt(room)


async def secret_brief(room: Newsroom) -> None:
    """A published brief that says SECRET in its fourth event, with a note that says it too."""
    await room.write.publish("brief-a")
    await room.write.record("brief-a", ev.ParagraphAdded(key="top", text="Before."))
    await room.write.record(
        "brief-a",
        ev.ParagraphAdded(key="lede", text=f"It was {SECRET}."),
        ev.HeadlineRevised(headline="After"),
        note=f"Because of {SECRET}",
    )


async def everything_shown(room: Newsroom) -> str:
    """All that the parts of a node give of brief-a, as one text."""
    shown = [
        await room.states.get("brief-a"),
        *[await room.states.at_version("brief-a", version) for version in range(1, 8)],
        await room.catalogue.revisions("brief-a", first=20),
        await room.catalogue.revisions_ending_at(frozenset({("brief-a", 4)})),
        await room.catalogue.search(SECRET, audience=Audience.NEWSROOM, first=5),
        await room.catalogue.search("after", audience=Audience.PUBLIC, first=5),
        await room.log.read(after=0, limit=100),
    ]
    return repr(shown)


async def test_nothing_in_memory_shows_it(tmp_path: Path) -> None:
    """States, answers and the tail, all warm: none of them, at no version."""
    async with newsroom(tmp_path / "brief.db") as room:
        await secret_brief(room)
        await room.caught_up()
        assert SECRET in await everything_shown(room)
        follower = room.tail.follow(after=3)
        assert SECRET in repr(await anext(follower))
        await follower.aclose()
        await erased(room, "brief-a", 4)
        behind = room.tail.follow(after=3)
        assert SECRET not in repr(await anext(behind))
        await behind.aclose()
        await room.caught_up()
        assert SECRET not in await everything_shown(room)
        state = await room.states.get("brief-a")
        assert isinstance(state, Brief)
        assert (state.erased, list(state.overview), state.headline) == ((4,), ["top"], "After")


async def test_a_follower_misses_nothing(tmp_path: Path) -> None:
    """Over the place in the ring where the erased commit was: every event, once, in order."""
    async with newsroom(tmp_path / "brief.db") as room:
        await secret_brief(room)
        await erased(room, "brief-a", 4)
        seen = []
        with anyio.fail_after(TIMEOUT_S):
            async for commit in room.tail.follow(after=0):
                seen += [recorded.position for recorded in commit]
                if seen[-1] == room.tail.position:
                    break
        assert seen == list(range(1, room.tail.position + 1))


async def test_a_load_under_way_is_begun_anew(tmp_path: Path) -> None:
    """Whoever asked before it was erased, and is answered after: neither given nor kept."""
    async with newsroom(tmp_path / "brief.db") as room:
        await secret_brief(room)
        await room.caught_up()
        folds = _Held(room.states._folds)
        room.states._folds = folds  # type: ignore[assignment]  # it gives what folds give
        room.states._current.drop("brief-a")
        now = asyncio.create_task(room.states.get("brief-a"))
        then = asyncio.create_task(room.states.at_version("brief-a", 4))
        await folds.both_loaded.wait()
        assert SECRET in repr(await folds.within.newest("brief-a"))
        await room.write.record(
            "brief-a", ev.BodyErased(version=4, basis=Basis.SAFETY, case_reference="S")
        )
        folds.go_on.set()
        assert SECRET not in repr((await now, await then))
        await room.caught_up()
        assert SECRET not in await everything_shown(room)


class _Held:
    """Folds whose first results are held back until `go_on`."""

    def __init__(self, within: Folds) -> None:
        self.within = within
        self.loaded = 0
        self.both_loaded = asyncio.Event()
        self.go_on = asyncio.Event()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.within, name)

    async def _hold(self, state: State | None) -> State | None:
        self.loaded += 1
        if self.loaded == 2:
            self.both_loaded.set()
        await self.go_on.wait()
        return state

    async def newest(self, stream: str) -> State | None:
        return await self._hold(await self.within.newest(stream))

    async def at_version(self, stream: str, version: int) -> State | None:
        return await self._hold(await self.within.at_version(stream, version))


async def test_no_file_holds_it(tmp_path: Path) -> None:
    """Not the database, not its write-ahead log; while it is open, and after."""
    path = tmp_path / "brief.db"
    async with newsroom(path) as room:
        await secret_brief(room)
        # The text as it was in its place, rewritten, and in pages freed since.
        await room.write.record("brief-a", ev.ParagraphMoved(key="lede", before="top"))
        await room.caught_up()
        assert holding(tmp_path) != []
        await erased(room, "brief-a", 4)
        await room.caught_up()
        await room.projector.stop()
        assert holding(tmp_path) == []
        assert await words_of(room) != []
        assert SECRET not in await words_of(room)
    assert holding(tmp_path) == []


def holding(folder: Path) -> list[str]:
    """The files that hold the secret, in any case."""
    return [
        found.name
        for found in sorted(folder.rglob("*"))
        if found.is_file() and SECRET.encode() in found.read_bytes().lower()
    ]


async def words_of(room: Newsroom) -> list[str]:
    """The words in the full-text indexes, whose bytes share their beginnings."""
    words: list[str] = []

    def read(connection: sa.Connection) -> None:
        for search in SEARCHES:
            vocabulary = f"USING fts5vocab('main', '{search}', 'row')"
            connection.execute(sa.text(f"CREATE VIRTUAL TABLE temp.w {vocabulary}"))
            words.extend(connection.scalars(sa.text("SELECT term FROM temp.w")))
            connection.execute(sa.text("DROP TABLE temp.w"))

    await room.store.file.write(read)
    return words


async def test_other_streams_and_older_states_stay(tmp_path: Path) -> None:
    """What is known of them is not read again."""
    async with newsroom(tmp_path / "brief.db") as room:
        await secret_brief(room)
        await room.write.publish("brief-b")
        old = await room.states.at_version("brief-a", 3)
        other = await room.states.get("brief-b")
        await erased(room, "brief-a", 4)
        assert await room.states.at_version("brief-a", 3) is old
        assert await room.states.get("brief-b") is other


# Snapshots

LENGTH = 2 * SNAPSHOT_VERSIONS + 50


async def long_brief(room: Newsroom) -> None:
    """A brief with LENGTH versions, each another headline."""
    await room.write.draft("brief-a")
    await room.write.record(
        "brief-a",
        *(ev.HeadlineRevised(headline=f"Headline {version}") for version in range(2, LENGTH)),
    )
    await room.write.record("brief-a", ev.SubjectsSet(subjects=("Last",)))
    await room.caught_up()


async def kept(room: Newsroom) -> dict[int, Any]:
    """The headlines in the snapshots, by version."""
    async with room.store.reader() as connection:
        rows = (await connection.execute(sa.select(rm_snapshot))).all()
    return {row.version: snapshots.revive(Brief, row.state).headline for row in rows}


@pytest.mark.parametrize(
    ("version", "headlines"),
    [
        (5, {200: "Headline 200", 400: "Headline 400"}),
        (200, {200: ERASED, 400: "Headline 400"}),
        (400, {200: "Headline 200", 400: ERASED}),
        (401, {200: "Headline 200", 400: "Headline 400"}),
    ],
)
async def test_snapshots_are_made_anew(
    tmp_path: Path, version: int, headlines: dict[int, str]
) -> None:
    """From the erased version on, and only those; each says what was erased before it."""
    async with newsroom(tmp_path / "brief.db") as room:
        await long_brief(room)
        await erased(room, "brief-a", version)
        await room.caught_up()
        assert await kept(room) == headlines
        for at in headlines:
            state = await Folds(room.log, Snapshots(room.store)).at_version("brief-a", at)
            assert state is not None
            assert state.erased == ((version,) if version <= at else ())
        expected = await dump(room.store.file)
        assert expected == await rebuilt(room)


async def test_a_snapshot_from_before_counts_as_missing(tmp_path: Path) -> None:
    """As long as the projector has not made it anew, it is passed over."""
    async with newsroom(tmp_path / "brief.db") as room:
        await long_brief(room)
        await room.projector.stop()
        await erased(room, "brief-a", 400)
        assert await kept(room) == {200: "Headline 200", 400: "Headline 400"}
        folds = Folds(room.log, Snapshots(room.store))
        for state in (
            await folds.at_version("brief-a", 400),
            await folds.at_version("brief-a", 400),
            await room.states.at_version("brief-a", 400),
        ):
            assert isinstance(state, Brief)
            assert state.headline == ERASED
        older = await folds.at_version("brief-a", 399)
        assert isinstance(older, Brief)
        assert older.headline == "Headline 399"


async def test_what_was_erased_while_nobody_followed(tmp_path: Path) -> None:
    """A projector that starts behind an erasure leaves nothing of it."""
    path = tmp_path / "brief.db"
    async with newsroom(path) as room:
        await long_brief(room)
        await room.write.record("brief-a", ev.HeadlineRevised(headline=f"The {SECRET}"))
        await room.caught_up()
        await room.projector.stop()
        await erased(room, "brief-a", LENGTH + 1)
    async with newsroom(path) as room:
        await room.projector.stop()
        assert holding(tmp_path) == []
        expected = await dump(room.store.file)
        assert expected == await rebuilt(room)
