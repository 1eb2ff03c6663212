"""History: one revision for each command on a stream, newest first."""

from pathlib import Path

import pytest

from graphql_brief.domain import events as ev
from graphql_brief.domain.vocabulary import Audience, Significance
from graphql_brief.projections.keyset import BadCursor
from tests.projections.newsroom import Newsroom, newsroom


async def write_history(room: Newsroom) -> None:
    """Versions 1, 2 to 4, 5 and 6 of brief-a, with another stream between."""
    await room.write.draft("brief-a")
    await room.write.draft("brief-b")
    await room.write.record(
        "brief-a",
        *(ev.HeadlineRevised(headline=headline) for headline in "abc"),
        significance=Significance.BREAKING,
        note="It happened.",
        actor="editor-7",
    )
    await room.write.record("brief-a", ev.BriefPublished())
    await room.write.record("brief-a", ev.HeadlineRevised(headline="d"))
    await room.caught_up()


async def test_a_revision_is_all_that_one_command_did(tmp_path: Path) -> None:
    """Its versions, positions, editor, note, significance and time."""
    async with newsroom(tmp_path / "brief.db") as room:
        await write_history(room)
        (event, *_) = await room.log.read_stream("brief-a", after_version=1, limit=1)
        ends = frozenset({("brief-a", 4)})
        (found,) = (await room.catalogue.revisions_ending_at(ends)).values()
        assert (found.stream, found.first_version, found.last_version) == ("brief-a", 2, 4)
        assert (found.first_position, found.last_position) == (3, 5)
        assert (found.command_id, found.actor) == (event.command_id, "editor-7")
        assert (found.change_note, found.significance) == ("It happened.", "BREAKING")
        assert found.recorded_at == event.recorded_at


async def test_revisions_are_found_by_their_ends_in_one_read(tmp_path: Path) -> None:
    """Not by a version within, before the first, behind the last, or of no stream."""
    async with newsroom(tmp_path / "brief.db") as room:
        await write_history(room)
        ends = [("brief-a", version) for version in range(-1, 8)]
        ends += [("brief-b", 1), ("brief-never", 1), ("brief-a", 2**53)]
        reads = room.store.reads
        found = await room.catalogue.revisions_ending_at(frozenset(ends))
        assert room.store.reads == reads + 1
        assert sorted(found) == [("brief-a", end) for end in (1, 4, 5, 6)] + [("brief-b", 1)]
        assert all((row.stream, row.last_version) == end for end, row in found.items())
        assert await room.catalogue.revisions_ending_at(frozenset()) == {}


async def test_a_hundred_revisions_at_once(tmp_path: Path) -> None:
    """As many as the bound, by the table's key; one more is refused."""
    async with newsroom(tmp_path / "brief.db") as room:
        await write_history(room)
        ends = {("brief-a", version) for version in range(1, 102)}
        with pytest.raises(ValueError, match="at most 100"):
            await room.catalogue.revisions_ending_at(frozenset(ends))
        ends.discard(("brief-a", 101))
        assert len(await room.catalogue.revisions_ending_at(frozenset(ends))) == 4


async def test_history_is_newest_first_and_paged(tmp_path: Path) -> None:
    """Both ways; a revision that comes meanwhile shifts nothing."""
    async with newsroom(tmp_path / "brief.db") as room:
        await write_history(room)
        ask = room.catalogue.revisions
        page = await ask("brief-a", first=2, with_total=True)
        assert [(row.first_version, row.last_version) for row in page.rows] == [(6, 6), (5, 5)]
        assert (page.has_previous, page.has_next, page.total) == (False, True, 4)
        await room.write.record("brief-a", ev.HeadlineRevised(headline="e"))
        await room.caught_up()
        rest = await ask("brief-a", first=2, after=page.rows[-1].cursor)
        assert [row.first_version for row in rest.rows] == [2, 1]
        assert (rest.has_previous, rest.has_next) == (True, False)
        back = await ask("brief-a", last=2, before=rest.rows[0].cursor)
        assert [row.first_version for row in back.rows] == [6, 5]
        assert (back.has_previous, back.has_next) == (True, True)


async def test_history_within_versions(tmp_path: Path) -> None:
    """From the first publication, for readers; up to a version, for a page as it stood."""
    async with newsroom(tmp_path / "brief.db") as room:
        await write_history(room)
        ask = room.catalogue.revisions
        public = await ask("brief-a", first=10, from_version=5, with_total=True)
        assert [row.first_version for row in public.rows] == [6, 5]
        assert public.total == 2
        then = await ask("brief-a", first=10, to_version=5)
        assert [row.first_version for row in then.rows] == [5, 2, 1]


async def test_a_cursor_of_a_list_is_none_of_history(tmp_path: Path) -> None:
    """Cursors say what they are of."""
    async with newsroom(tmp_path / "brief.db") as room:
        await write_history(room)
        page = await room.catalogue.revisions("brief-a", first=1)
        with pytest.raises(BadCursor):
            await room.catalogue.search(
                "port", audience=Audience.AUDIT, first=1, after=page.rows[0].cursor
            )
