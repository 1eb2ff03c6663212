"""The desk: takes an edit from a client to the log. The write half of the life of one edit.

For every command: read the stream's state, decide, append on the version that was decided on; if
another writer came between, decide again on what they left. Commands of one node on one stream
take turns; on different streams they share transactions. A command that names an expected version
older than the state is rebased when nothing recorded since touches what it touches, and is a
conflict otherwise. Nothing is written on a refusal.
"""

import hashlib
import secrets
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

import msgspec

from graphql_brief.api.request import Conflict, Done, Outcome, Refusals, Request
from graphql_brief.api.steps import step
from graphql_brief.api.turns import Turns
from graphql_brief.api.viewer import MAY_EDIT, MAY_ERASE, MAY_PUBLISH, Role
from graphql_brief.api.work import (
    Work,
    claims_of,
    never_was,
    new_stream,
    no_such_stream,
    refuse_other,
    slugs_of,
    unbegun,
)
from graphql_brief.domain import commands, decide, decide_beside, erasure
from graphql_brief.domain.decision import Decision, Rejected
from graphql_brief.domain.events import Event
from graphql_brief.domain.links import Known, refers_to
from graphql_brief.domain.parse import fill_keys, parse, parse_edits
from graphql_brief.domain.refusal import Refusal, Refused
from graphql_brief.domain.rules import BRIEF_ID, ENTITY_ID, check
from graphql_brief.domain.states import Brief, Entity, State
from graphql_brief.domain.touches import meet
from graphql_brief.domain.vocabulary import ErrorCode
from graphql_brief.log.canonical import INTEGER_BOUND
from graphql_brief.log.port import (
    Append,
    Appended,
    ClaimTaken,
    EventLog,
    KeyReused,
    StaleVersion,
    is_empty,
)
from graphql_brief.projections.states import States

RETRIES_BOUND = 16
"""How often a command is decided anew because another writer was faster."""

INTERVENING_BOUND = 1000
"""Most events that a stale command is rebased over; behind more, it is a conflict at once."""


class _Identity(NamedTuple):
    """One command's names: its own, its idempotency key's, its content's."""

    command_id: str
    digest: str


class Desk:
    """Takes commands; see the module. Payloads are JSON values; `domain` parses and judges them.

    Where a method takes a `stream`, an import names what it begins; others leave it to be made
    of the command's id.
    """

    def __init__(
        self,
        log: EventLog,
        states: States,
        *,
        new_id: Callable[[], str] = lambda: secrets.token_hex(16),
    ) -> None:
        self._log = log
        self._states = states
        self._new_id = new_id
        self._turns = Turns()

    async def draft_brief(
        self, request: Request, payload: Any, *, stream: str | None = None
    ) -> Outcome:
        """Begin a brief."""

        async def prepare(command_id: str) -> Work:
            asked = parse(commands.DraftBrief, payload)
            name = new_stream(BRIEF_ID.pattern, stream, f"brief-{command_id}")
            return Work(
                name,
                lambda state: unbegun(state) or decide.draft(asked),
                slugs={asked.slug: ("slug",)},
            )

        content = ("draftBrief", stream, payload)
        return await self._take(request, MAY_EDIT, content, prepare)

    async def edit_brief(
        self,
        request: Request,
        stream: str,
        edits: list[Any],
        *,
        expected_version: int | None = None,
    ) -> Outcome:
        """Apply a batch of edits to a brief, all or none."""

        async def prepare(command_id: str) -> Work:
            batch = parse_edits(fill_keys(edits, command_id))
            known = await self._known(*refers_to(batch))
            return Work(
                stream,
                lambda state: refuse_other(Brief, state) or decide.decide(state, batch, known),
                expected_version,
                slugs_of(batch),
            )

        content = ("editBrief", stream, edits)
        return await self._take(request, MAY_EDIT, content, prepare)

    async def transition(
        self,
        request: Request,
        stream: str,
        kind: type[commands.Transition],
        payload: Any,
        *,
        expected_version: int | None = None,
    ) -> Outcome:
        """Publish, withhold, close or reopen a brief."""

        async def prepare(_: str) -> Work:
            asked = parse(kind, payload)
            return Work(
                stream,
                lambda state: refuse_other(Brief, state) or decide.transition(state, asked),
                expected_version,
            )

        content = (kind.__name__, stream, payload)
        return await self._take(request, MAY_PUBLISH, content, prepare)

    async def register_entity(
        self, request: Request, payload: Any, *, stream: str | None = None
    ) -> Outcome:
        """Make a person or organization known."""

        async def prepare(command_id: str) -> Work:
            asked = parse(commands.RegisterEntity, payload)
            name = new_stream(ENTITY_ID.pattern, stream, f"entity-{command_id}")
            return Work(name, lambda state: unbegun(state) or decide_beside.register_entity(asked))

        content = ("registerEntity", stream, payload)
        return await self._take(request, MAY_EDIT, content, prepare)

    async def revise_entity(self, request: Request, stream: str, payload: Any) -> Outcome:
        """Change what is known about a person or organization."""

        async def prepare(_: str) -> Work:
            asked = parse(commands.ReviseEntity, payload)
            return Work(
                stream,
                lambda state: (
                    refuse_other(Entity, state) or decide_beside.revise_entity(state, asked)
                ),
            )

        content = ("reviseEntity", stream, payload)
        return await self._take(request, MAY_EDIT, content, prepare)

    async def publish_edition(self, request: Request, payload: Any) -> Outcome:
        """Bring out the Daily Brief of a date, or bring it out anew."""

        async def prepare(_: str) -> Work:
            asked = parse(commands.PublishEdition, payload)
            _refuse_faults(asked)
            known = await self._known(frozenset(), frozenset(at.brief for at in asked.entries))
            return Work(
                f"edition-{asked.date}",
                lambda state: decide_beside.publish_edition(state, asked, known.briefs),
            )

        return await self._take(request, MAY_PUBLISH, ("publishEdition", payload), prepare)

    async def revise_page(self, request: Request, payload: Any) -> Outcome:
        """Write or rewrite a standing page."""

        async def prepare(_: str) -> Work:
            asked = parse(commands.RevisePage, payload)
            _refuse_faults(asked)
            return Work(f"page-{asked.slug}", lambda state: decide_beside.revise_page(state, asked))

        return await self._take(request, MAY_PUBLISH, ("revisePage", payload), prepare)

    async def erase_body(self, request: Request, stream: str, payload: Any) -> Outcome:
        """Delete the body of one event of a stream."""

        async def prepare(_: str) -> Work:
            asked = parse(commands.EraseBody, payload)
            _refuse_faults(asked)
            met: tuple[Event | None, State | None] = (None, None)

            async def look() -> None:
                nonlocal met
                met = await self._met(stream, asked.version)

            return Work(
                stream,
                lambda state: no_such_stream(state) or erasure.erase(state, asked, *met),
                look=look,
            )

        return await self._take(request, MAY_ERASE, ("eraseBody", stream, payload), prepare)

    async def _met(self, stream: str, version: int) -> tuple[Event | None, State | None]:
        """An event of a stream and the state that it met; None if there is no such event."""
        if not 1 <= version < INTEGER_BOUND:
            return None, None
        found = await self._log.read_stream(
            stream, after_version=version - 1, up_to_version=version, limit=1
        )
        before = await self._states.at_version(stream, version - 1) if found else None
        return found[0].event if found else None, before

    async def _take(
        self,
        request: Request,
        may: frozenset[Role],
        content: tuple[Any, ...],
        prepare: Callable[[str], Awaitable[Work]],
    ) -> Outcome:
        """The path of every command."""
        if not request.viewer.roles & may or request.viewer.actor is None:
            needed = " or ".join(sorted(role.value for role in may))
            return _refused(ErrorCode.FORBIDDEN, f"this takes the role of {needed}")
        faults = check(request)
        if faults:
            return Refusals(reasons=tuple(faults))
        identity = self._identify(request, content)
        try:
            repeated = await self._repeated(request, identity)
            if repeated is not None:
                return _done(repeated)
            return await self._append(request, identity, await prepare(identity.command_id))
        except Refused as refused:
            return Refusals(reasons=(refused.refusal,))

    def _identify(self, request: Request, content: tuple[Any, ...]) -> _Identity:
        """A command's id follows from its idempotency key, so that a repeat makes the same ids."""
        told = (content, request.change_note, request.significance)
        digest = hashlib.sha256(msgspec.json.encode(told, order="sorted")).hexdigest()
        if request.idempotency_key is None:
            return _Identity(self._new_id(), digest)
        seed = (self._log.origin, request.viewer.actor, request.idempotency_key)
        named = hashlib.sha256(msgspec.json.encode(seed)).hexdigest()
        return _Identity(named[:32], digest)

    async def _repeated(self, request: Request, identity: _Identity) -> Appended | None:
        """The first result of a command that was taken already. Raises Refused on other content."""
        if request.idempotency_key is None or request.viewer.actor is None:
            return None
        found = await self._log.find_command(request.viewer.actor, request.idempotency_key)
        if found is None:
            return None
        appended, digest = found
        if digest != identity.digest:
            raise _reused()
        return appended

    async def _append(self, request: Request, identity: _Identity, work: Work) -> Outcome:
        # Turns are for order, not for safety: that a command was decided on what the log holds is
        # checked by the log, in the append's transaction.
        async with self._turns.take(work.stream):
            # Again, with the turn taken: the same command may have come twice at once.
            repeated = await self._repeated(request, identity)
            if repeated is not None:
                return _done(repeated)
            for _ in range(RETRIES_BOUND):
                outcome = await self._try(request, identity, work)
                if isinstance(outcome, Refusals | Conflict):
                    # It may be refused for what it did itself, sent to another node meanwhile.
                    repeated = await self._repeated(request, identity)
                    return outcome if repeated is None else _done(repeated)
                if outcome is not None:
                    return outcome
        return _refused(
            ErrorCode.OVERLOADED,
            f"{RETRIES_BOUND} other edits of {work.stream} came first; try again",
        )

    async def _try(self, request: Request, identity: _Identity, work: Work) -> Outcome | None:
        """Decide on what the log holds, and append; None if another node was faster."""
        assert request.viewer.actor is not None
        state = await self._states.get(work.stream)
        if work.look is not None:
            await work.look()
        decision = await self._rebased(work, state)
        if isinstance(decision, Conflict):
            return decision
        if isinstance(decision, Rejected):
            return Refusals(reasons=decision.refusals)
        if not decision.events and request.idempotency_key is None:
            return Done(stream=work.stream, appended=None)
        with step("append"):
            result = await self._log.append(
                Append(
                    stream=work.stream,
                    expected_version=state.version if state else 0,
                    events=decision.events,
                    actor=request.viewer.actor,
                    significance=request.significance,
                    change_note=request.change_note,
                    command_id=identity.command_id,
                    correlation_id=request.correlation_id or identity.command_id,
                    causation_id=request.causation_id,
                    idempotency_key=request.idempotency_key,
                    digest=identity.digest,
                    claims=claims_of(decision.events),
                )
            )
        if isinstance(result, StaleVersion):
            return None
        if isinstance(result, ClaimTaken):
            slug = result.claim.value
            where = work.slugs.get(slug, ())
            return _refused(ErrorCode.SLUG_TAKEN, f"the slug {slug!r} is another brief's", *where)
        if isinstance(result, KeyReused):
            raise _reused()
        return _done(result)

    async def _rebased(self, work: Work, state: State | None) -> Decision | Conflict:
        """The decision on the newest state, unless what came since the expected version meets it.

        What the writer meant is what the command gives on the state that they saw; that it is
        refused on the newest state although it was allowed on theirs is a conflict as well.
        """
        now = work.decide(state)
        expected = work.expected_version
        if state is None or expected is None or expected == state.version:
            return now
        if not 0 < expected < state.version:
            wrong_kind = isinstance(now, Rejected) and now.refusals[0].code is ErrorCode.NOT_FOUND
            return now if wrong_kind else never_was(expected, state.version)
        meant = work.decide(await self._states.at_version(work.stream, expected))
        if isinstance(meant, Rejected):
            return meant
        conflict = Conflict(
            stream=work.stream,
            expected_version=expected,
            current_version=state.version,
            intervening=(),
        )
        if state.version - expected > INTERVENING_BOUND:
            return conflict
        intervening = await self._log.read_stream(
            work.stream,
            after_version=expected,
            up_to_version=state.version,
            limit=INTERVENING_BOUND,
        )
        # Both: what changed nothing then may now undo what came between, and what came between
        # may have done already what was meant.
        if isinstance(now, Rejected) or meet(
            (*meant.events, *now.events), (recorded.event for recorded in intervening)
        ):
            return msgspec.structs.replace(conflict, intervening=tuple(intervening))
        return now

    async def _known(self, entities: frozenset[str], briefs: frozenset[str]) -> Known:
        """Which of these exist; nothing is ever deleted, so the answer cannot grow stale."""
        kinds = {}
        for entity in entities:
            state = await self._states.get(entity)
            if isinstance(state, Entity):
                kinds[entity] = state.kind
        found = [brief for brief in briefs if isinstance(await self._states.get(brief), Brief)]
        return Known(kinds, frozenset(found))


def _done(result: Appended) -> Done:
    return Done(stream=result.stream, appended=None if is_empty(result) else result)


def _refused(code: ErrorCode, message: str, *path: str) -> Refusals:
    return Refusals(reasons=(Refusal(code, message, path),))


def _reused() -> Refused:
    return Refused(
        ErrorCode.IDEMPOTENCY_KEY_REUSED,
        "this idempotency key came with other content before, or with content that was erased; "
        "use a new key for a new edit",
        "idempotencyKey",
    )


def _refuse_faults(asked: msgspec.Struct) -> None:
    faults = check(asked)
    if faults:
        raise Refused(faults[0].code, faults[0].message, *faults[0].path)
