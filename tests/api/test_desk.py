"""The desk: from a command to the log, and what is in the way."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from graphql_brief.api import desk
from graphql_brief.api.desk import Desk
from graphql_brief.api.request import Conflict, Done, Outcome, Refusals, Request
from graphql_brief.api.viewer import Role, Viewer
from graphql_brief.domain import commands
from graphql_brief.domain.states import Brief, State
from graphql_brief.domain.vocabulary import ErrorCode, Significance
from graphql_brief.log.memory import MemoryLog
from graphql_brief.log.port import Append, AppendResult
from graphql_brief.log.tail import Tail
from graphql_brief.projections.states import States

EDITOR = Request(viewer=Viewer(actor="editor", roles=frozenset({Role.EDITOR})), change_note="why")
DRAFT = {"slug": "s", "headline": "h", "standfirst": "s"}


class Newsroom:
    """A desk over a log in memory."""

    def __init__(self, log: MemoryLog) -> None:
        self.log = log
        self.tail = Tail(log)
        self.states = States(log, self.tail, None)
        self.desk = Desk(log, self.states)

    async def draft(self, slug: str = "s") -> str:
        """A new brief's id."""
        outcome = await self.desk.draft_brief(EDITOR, DRAFT | {"slug": slug})
        assert isinstance(outcome, Done)
        return outcome.stream

    async def edit(self, brief: str, *edits: Any, expected: int | None = None) -> Outcome:
        """A batch."""
        return await self.desk.edit_brief(EDITOR, brief, list(edits), expected_version=expected)

    async def brief(self, brief: str) -> Brief:
        """The brief as it stands."""
        state = await self.states.get(brief)
        assert isinstance(state, Brief)
        return state


class Slow(MemoryLog):
    """A log that lets others run before it appends and before it answers, as a disk does."""

    appends = 0

    async def append(self, request: Append) -> AppendResult:
        """See `EventLog`."""
        self.appends += 1
        await asyncio.sleep(0)
        result = await super().append(request)
        await asyncio.sleep(0)
        return result


@pytest.fixture(params=[MemoryLog, Slow])
async def newsroom(request: pytest.FixtureRequest) -> AsyncIterator[Newsroom]:
    """An empty newsroom."""
    made = Newsroom(request.param(clock=lambda: datetime(2026, 1, 1, tzinfo=UTC)))
    await made.tail.start()
    yield made
    made.tail.close()


def paragraph(key: str, **fields: Any) -> dict[str, Any]:
    """An edit that adds a paragraph."""
    return {"addParagraph": {"key": key, "text": "t"} | fields}


def headline(text: str) -> dict[str, Any]:
    """An edit of the headline."""
    return {"reviseHeadline": {"headline": text}}


def refusal(outcome: Outcome) -> tuple[ErrorCode, tuple[str, ...]]:
    """The code and path of the one reason why nothing was written."""
    assert isinstance(outcome, Refusals), outcome
    (reason,) = outcome.reasons
    return reason.code, reason.path


async def test_a_batch_is_recorded_whole(newsroom: Newsroom) -> None:
    """The log has what the editor said: who, why, how much it matters, as one command."""
    brief = await newsroom.draft()
    request = msgspec.structs.replace(EDITOR, significance=Significance.BREAKING)
    outcome = await newsroom.desk.edit_brief(request, brief, [headline("new"), paragraph("a")])
    assert isinstance(outcome, Done)
    assert outcome.appended is not None
    recorded = await newsroom.log.read_stream(brief, after_version=1, limit=10)
    assert [found.type for found in recorded] == ["HeadlineRevised", "ParagraphAdded"]
    assert {found.actor for found in recorded} == {"editor"}
    assert {found.significance for found in recorded} == {Significance.BREAKING}
    assert {found.command_id for found in recorded} == {outcome.appended.command_id}
    assert [found.change_note for found in recorded] == ["why", None]
    assert (await newsroom.brief(brief)).headline == "new"


async def test_one_bad_edit_refuses_the_batch(newsroom: Newsroom) -> None:
    """A good edit beside a bad one is not written."""
    brief = await newsroom.draft()
    cited = paragraph("b", citations=[{"source": "none"}])
    outcome = await newsroom.edit(brief, headline("new"), paragraph("a"), cited)
    where = ("edits", "2", "addParagraph", "citations", "0", "source")
    assert refusal(outcome) == (ErrorCode.UNKNOWN_SOURCE, where)
    assert (await newsroom.log.head()).position == 1


async def test_what_changes_nothing_writes_nothing(newsroom: Newsroom) -> None:
    """An edit to what is already so is done, without an event."""
    brief = await newsroom.draft()
    assert await newsroom.edit(brief, headline("h")) == Done(stream=brief, appended=None)
    assert (await newsroom.log.head()).position == 1


@pytest.mark.parametrize("roles", [frozenset[Role](), {Role.READER}, {Role.AUDITOR}])
async def test_who_may_not_write(newsroom: Newsroom, roles: set[Role]) -> None:
    """Readers and auditors write nothing."""
    request = Request(viewer=Viewer(actor="a", roles=frozenset(roles)))
    outcome = await newsroom.desk.draft_brief(request, DRAFT)
    assert refusal(outcome) == (ErrorCode.FORBIDDEN, ())


async def test_a_contributor_may_not_publish(newsroom: Newsroom) -> None:
    """A contributor drafts and edits; an editor publishes."""
    brief = await newsroom.draft()
    contributor = Viewer(actor="c", roles=frozenset({Role.CONTRIBUTOR}))
    request = Request(viewer=contributor)
    edited = await newsroom.desk.edit_brief(request, brief, [paragraph("a")])
    assert isinstance(edited, Done)
    outcome = await newsroom.desk.transition(request, brief, commands.PublishBrief, {})
    assert refusal(outcome) == (ErrorCode.FORBIDDEN, ())
    assert isinstance(
        await newsroom.desk.transition(EDITOR, brief, commands.PublishBrief, {}), Done
    )


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("change_note", "x" * 1001, ErrorCode.TOO_LONG),
        ("change_note", "a\x07", ErrorCode.INVALID_TEXT),
        ("idempotency_key", "", ErrorCode.INVALID_TEXT),
        ("correlation_id", "\n", ErrorCode.INVALID_TEXT),
    ],
)
async def test_what_comes_with_a_command_is_checked(
    newsroom: Newsroom, field: str, value: str, code: ErrorCode
) -> None:
    """The note and the ids have bounds too."""
    request = msgspec.structs.replace(EDITOR, **{field: value})
    outcome = await newsroom.desk.draft_brief(request, DRAFT)
    assert refusal(outcome)[0] is code


async def test_unknown_brief(newsroom: Newsroom) -> None:
    """What does not exist, or is no brief, cannot be edited."""
    assert refusal(await newsroom.edit("brief-x", headline("n")))[0] is ErrorCode.NOT_FOUND
    made = await newsroom.desk.register_entity(EDITOR, {"kind": "PERSON", "name": "A B"})
    assert isinstance(made, Done)
    assert refusal(await newsroom.edit(made.stream, headline("n")))[0] is ErrorCode.NOT_FOUND


async def test_a_slug_is_one_briefs_for_ever(newsroom: Newsroom) -> None:
    """A slug, once used, leads to its brief; that brief may take it back."""
    first = await newsroom.draft("a")
    second = await newsroom.draft("b")
    change = {"changeSlug": {"slug": "c"}}
    assert isinstance(await newsroom.edit(first, change), Done)
    for slug in ("a", "c"):
        taken = await newsroom.edit(second, headline("n"), {"changeSlug": {"slug": slug}})
        assert refusal(taken) == (ErrorCode.SLUG_TAKEN, ("edits", "1", "changeSlug", "slug"))
        again = await newsroom.desk.draft_brief(EDITOR, DRAFT | {"slug": slug})
        assert refusal(again) == (ErrorCode.SLUG_TAKEN, ("slug",))
    assert isinstance(await newsroom.edit(first, {"changeSlug": {"slug": "a"}}), Done)
    assert (await newsroom.brief(first)).former_slugs == ("c",)


# Stale versions


async def test_a_stale_batch_is_rebased_over_what_it_does_not_touch(newsroom: Newsroom) -> None:
    """Two editors who saw the same version and touched different things both succeed."""
    brief = await newsroom.draft()
    assert isinstance(await newsroom.edit(brief, paragraph("a"), expected=1), Done)
    assert isinstance(await newsroom.edit(brief, headline("new"), expected=1), Done)
    state = await newsroom.brief(brief)
    assert (state.headline, list(state.overview)) == ("new", ["a"])


async def test_a_stale_batch_that_meets_another_is_a_conflict(newsroom: Newsroom) -> None:
    """The second of two editors of the same field is told what came between; nothing written."""
    brief = await newsroom.draft()
    await newsroom.edit(brief, headline("theirs"), expected=1)
    outcome = await newsroom.edit(brief, headline("mine"), paragraph("a"), expected=1)
    assert isinstance(outcome, Conflict)
    assert (outcome.expected_version, outcome.current_version) == (1, 2)
    assert [found.version for found in outcome.intervening] == [2]
    assert (await newsroom.log.head()).position == 2


async def test_the_same_change_by_two_editors(newsroom: Newsroom) -> None:
    """Who asks, stale, for what another wrote meanwhile meets it: a conflict, not a silence."""
    brief = await newsroom.draft()
    await newsroom.edit(brief, headline("new"), expected=1)
    assert isinstance(await newsroom.edit(brief, headline("new"), expected=1), Conflict)


async def test_what_changed_nothing_when_seen_may_not_undo(newsroom: Newsroom) -> None:
    """Who, stale, asks for what then stood there does not silently take back another's change."""
    brief = await newsroom.draft()
    await newsroom.edit(brief, headline("theirs"), expected=1)
    assert isinstance(await newsroom.edit(brief, headline("h"), expected=1), Conflict)
    assert (await newsroom.brief(brief)).headline == "theirs"


async def test_allowed_when_seen_refused_now_is_a_conflict(newsroom: Newsroom) -> None:
    """A stale revision of an item that is gone is a conflict; of one never there, a refusal."""
    brief = await newsroom.draft()
    await newsroom.edit(brief, paragraph("a"))
    await newsroom.edit(brief, {"removeParagraph": {"key": "a"}})
    revise = {"reviseParagraph": {"key": "a", "text": "new"}}
    assert isinstance(await newsroom.edit(brief, revise, expected=2), Conflict)
    outcome = await newsroom.edit(brief, revise, expected=1)
    assert refusal(outcome)[0] is ErrorCode.UNKNOWN_ITEM


@pytest.mark.parametrize("expected", [-1, 0, 2])
async def test_a_version_that_never_was(newsroom: Newsroom, expected: int) -> None:
    """A version before the first or ahead of the newest is refused; of no brief, too."""
    brief = await newsroom.draft()
    outcome = await newsroom.edit(brief, headline("new"), expected=expected)
    assert refusal(outcome) == (ErrorCode.INVALID_INPUT, ("expectedVersion",))
    made = await newsroom.desk.register_entity(EDITOR, {"kind": "PERSON", "name": "A B"})
    assert isinstance(made, Done)
    other = await newsroom.edit(made.stream, headline("new"), expected=expected)
    assert refusal(other)[0] is ErrorCode.NOT_FOUND


async def test_far_behind_is_a_conflict(
    newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A batch made before too many others is not rebased."""
    monkeypatch.setattr(desk, "INTERVENING_BOUND", 2)
    brief = await newsroom.draft()
    for n in range(3):
        await newsroom.edit(brief, paragraph(f"p{n}"))
    outcome = await newsroom.edit(brief, headline("new"), expected=1)
    assert isinstance(outcome, Conflict)
    assert isinstance(await newsroom.edit(brief, headline("new"), expected=2), Done)


# Idempotency


async def test_a_repeated_command_gives_the_first_result(newsroom: Newsroom) -> None:
    """The same key and content: one event, the same result, also for what is then not allowed."""
    request = msgspec.structs.replace(EDITOR, idempotency_key="k")
    first = await newsroom.desk.draft_brief(request, DRAFT)
    again = await newsroom.desk.draft_brief(request, DRAFT)
    assert isinstance(first, Done)
    assert isinstance(again, Done)
    assert first.appended is not None
    assert again.appended == msgspec.structs.replace(first.appended, repeated=True)
    assert (await newsroom.log.head()).position == 1


async def test_a_key_with_other_content_is_refused(newsroom: Newsroom) -> None:
    """A key names one content; note and significance belong to it. Keys are each actor's own."""
    request = msgspec.structs.replace(EDITOR, idempotency_key="k")
    brief = await newsroom.draft()
    assert isinstance(await newsroom.desk.edit_brief(request, brief, [headline("a")]), Done)
    for changed, text in (
        (request, "b"),
        (msgspec.structs.replace(request, change_note="other"), "a"),
        (msgspec.structs.replace(request, significance=Significance.MINOR), "a"),
    ):
        outcome = await newsroom.desk.edit_brief(changed, brief, [headline(text)])
        assert refusal(outcome)[0] is ErrorCode.IDEMPOTENCY_KEY_REUSED
    other = Viewer(actor="other", roles=frozenset({Role.EDITOR}))
    mine = msgspec.structs.replace(request, viewer=other)
    assert isinstance(await newsroom.desk.edit_brief(mine, brief, [headline("b")]), Done)


async def test_that_nothing_was_to_change_is_remembered(newsroom: Newsroom) -> None:
    """A command that changed nothing does not, repeated, undo what came after it."""
    brief = await newsroom.draft()
    request = msgspec.structs.replace(EDITOR, idempotency_key="k")
    nothing = Done(stream=brief, appended=None)
    assert await newsroom.desk.edit_brief(request, brief, [headline("h")]) == nothing
    await newsroom.edit(brief, headline("theirs"))
    assert await newsroom.desk.edit_brief(request, brief, [headline("h")]) == nothing
    assert (await newsroom.brief(brief)).headline == "theirs"
    other = await newsroom.desk.edit_brief(request, brief, [headline("other")])
    assert refusal(other)[0] is ErrorCode.IDEMPOTENCY_KEY_REUSED


class ElsewhereFirst(States):
    """States of a node on which another node's command is heard right before they are read."""

    elsewhere: Coroutine[Any, Any, Outcome] | None = None

    async def get(self, stream: str) -> State | None:
        """See `States`."""
        if self.elsewhere is not None:
            other, self.elsewhere = self.elsewhere, None
            assert isinstance(await other, Done)
        return await super().get(stream)


async def test_a_command_sent_to_two_nodes_at_once_is_done_once(newsroom: Newsroom) -> None:
    """The slower node finds its own content there already, and gives the faster one's result."""
    brief = await newsroom.draft()
    request = msgspec.structs.replace(EDITOR, idempotency_key="k")
    edits = [{"addParagraph": {"key": "p", "text": "a"}}]
    states = ElsewhereFirst(newsroom.log, newsroom.tail)
    states.elsewhere = newsroom.desk.edit_brief(request, brief, edits)
    outcome = await Desk(newsroom.log, states).edit_brief(request, brief, edits)
    assert isinstance(outcome, Done)
    assert outcome.appended is not None
    assert outcome.appended.repeated
    assert (await newsroom.log.head()).position == 2


async def test_made_keys_are_the_same_for_a_repeated_command(newsroom: Newsroom) -> None:
    """An item added without a key gets one that follows from the command."""
    brief = await newsroom.draft()
    outcome = await newsroom.edit(brief, {"addParagraph": {"text": "a"}})
    assert isinstance(outcome, Done)
    (key,) = (await newsroom.brief(brief)).overview
    assert key.startswith("k")


# Races


async def test_editors_of_one_field_at_once(newsroom: Newsroom) -> None:
    """Of many who saw the same version and change the same field, one succeeds."""
    brief = await newsroom.draft()
    outcomes = await asyncio.gather(
        *(newsroom.edit(brief, headline(f"h{n}"), expected=1) for n in range(20))
    )
    assert sum(isinstance(outcome, Done) for outcome in outcomes) == 1
    assert sum(isinstance(outcome, Conflict) for outcome in outcomes) == 19
    assert (await newsroom.brief(brief)).version == 2


async def test_a_command_that_comes_twice_at_once(newsroom: Newsroom) -> None:
    """The same key and content, at the same time: one event, one result for both."""
    request = msgspec.structs.replace(EDITOR, idempotency_key="k")
    drafts = await asyncio.gather(*(newsroom.desk.draft_brief(request, DRAFT) for _ in range(5)))
    results = [found.appended for found in drafts if isinstance(found, Done)]
    assert len(results) == 5
    assert {found.first_position for found in results if found} == {1}
    assert (await newsroom.log.head()).position == 1


async def test_who_goes_away_leaves_nothing_behind(newsroom: Newsroom) -> None:
    """Cancelled callers do not lead those after them astray, and the turns are given back."""
    brief = await newsroom.draft()
    await newsroom.edit(brief, paragraph("p"))
    gone = asyncio.ensure_future(newsroom.edit(brief, {"removeParagraph": {"key": "p"}}))
    await asyncio.sleep(0)
    gone.cancel()
    outcomes = await asyncio.gather(
        newsroom.edit(brief, headline("new")),
        newsroom.edit(brief, {"reviseParagraph": {"key": "p", "text": "new"}}),
    )
    assert isinstance(outcomes[0], Done)
    state = await newsroom.brief(brief)
    assert state.version == (await newsroom.log.version_at(brief, 100))
    assert isinstance(outcomes[1], Done) == ("p" in state.overview)
    assert len(newsroom.desk._turns) == 0


async def test_many_editors_at_once_all_succeed(newsroom: Newsroom) -> None:
    """Edits of different things that race are taken in turn, and each is in, once."""
    brief = await newsroom.draft()
    outcomes = await asyncio.gather(*(newsroom.edit(brief, paragraph(f"p{n}")) for n in range(50)))
    assert all(isinstance(outcome, Done) for outcome in outcomes)
    assert sorted((await newsroom.brief(brief)).overview) == sorted(f"p{n}" for n in range(50))
    if isinstance(newsroom.log, Slow):
        assert newsroom.log.appends == 51  # they took turns: nobody was decided on in vain


class Contested(MemoryLog):
    """A log in which another writer is always faster."""

    appends = 0

    async def append(self, request: Append) -> AppendResult:
        self.appends += 1
        if request.expected_version > 0:
            rival = {"headline": f"rival {self.appends}"}
            event = type(request.events[0])(**rival)
            await super().append(
                msgspec.structs.replace(request, events=(event,), idempotency_key=None)
            )
        return await super().append(request)


async def test_always_too_late() -> None:
    """A command that never gets its turn is given up with a code to try again on."""
    log = Contested(clock=lambda: datetime(2026, 1, 1, tzinfo=UTC))
    newsroom = Newsroom(log)
    await newsroom.tail.start()
    brief = await newsroom.draft()
    assert refusal(await newsroom.edit(brief, headline("mine")))[0] is ErrorCode.OVERLOADED
