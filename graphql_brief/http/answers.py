"""Answers that are kept: each until an event touches what it was made of, and no longer.

Nothing expires by time. An answer is kept if no event touched it while it was being made, and if
the read models that it was made of held all that had been heard. Whoever asks for what is being
made already waits for it, unless it was touched meanwhile.
"""

import asyncio
import hashlib
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from graphql_brief.api.footprint import Footprint, touched_by
from graphql_brief.domain.vocabulary import Audience
from graphql_brief.http.facts import NOTHING_KNOWN, Outcome
from graphql_brief.http.statuses import Fate
from graphql_brief.log.port import Recorded
from graphql_brief.projections.step import Step

_ENTRY_BYTES = 6_000
"""What an entry weighs beside its texts, about, with the responses made of it."""
_NOTE_BYTES = 200


class Question(NamedTuple):
    """What is asked, for whom: equal ones have the same answer."""

    document: str
    """SHA-256 of its text, in hex."""
    operation: str | None
    variables: bytes
    """Canonical JSON."""
    audience: Audience


class Validity(NamedTuple):
    """By what somebody who has an answer can ask whether it still is the answer, and when."""

    digest: bytes
    """Names exactly these bytes, whichever server gave them; in hex."""
    is_final: bool
    """Whether it is of the past alone."""
    audience: Audience


@dataclass(slots=True, eq=False)
class Answer:
    """What came of one operation."""

    body: bytes
    fate: Fate
    validity: Validity | None
    """None of what is nobody else's: a mutation's, one of who asks, one with errors."""
    outcome: Outcome = NOTHING_KNOWN
    """What the accounts have of it."""
    replies: dict[Hashable, Any] = field(default_factory=dict)
    """Responses made of it, by what of a request they depend on: they fall with it."""


def validity_of(body: bytes, footprint: Footprint, audience: Audience) -> Validity | None:
    """The validity of a good answer."""
    if footprint.is_personal:
        return None
    digest = hashlib.sha256(body).hexdigest()[:32].encode()
    return Validity(digest, footprint.is_final, audience)


Make = Callable[[Footprint], Awaitable[Answer]]


class _Making:
    """An answer that is being made."""

    def __init__(self, question: Question, changes: int) -> None:
        self.question = question
        self.changes = changes
        self.footprint = Footprint()
        self.is_touched = False
        self.made: Answer | None = None
        self.ended = asyncio.Event()


class _Kept(NamedTuple):
    answer: Answer
    notes: frozenset[str]
    weight: int


class Answers:
    """The answers of one node, as many as `bound_bytes` has room for; those used last stay.

    `changes` counts how often other read models took the place of those before, which need not
    hold the same.
    """

    def __init__(self, bound_bytes: int, changes: Callable[[], int]) -> None:
        self.held_bytes = 0
        """What is kept weighs, about."""
        self.hits = 0
        """How often an answer was found."""
        self.made = 0
        """How often one was made."""
        self.fallen = 0
        """How many were let go of because an event touched them."""
        self._bound_bytes = bound_bytes
        self._kept: OrderedDict[Question, _Kept] = OrderedDict()
        self._noted: dict[str, set[Question]] = {}  # what was made of what
        self._changes = changes
        self._kept_since = changes()
        self._to_join: dict[Question, _Making] = {}
        self._under_way: set[_Making] = set()

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, question: Question) -> Answer | None:
        """The answer, if it is kept; it counts as used."""
        if self._changes() != self._kept_since:
            self._let_go_of_all()
        kept = self._kept.get(question)
        if kept is None:
            return None
        self.hits += 1
        self._kept.move_to_end(question)
        return kept.answer

    async def make(self, question: Question, make: Make) -> Answer:
        """The answer that `make` gives, which notes what it is made of; or that of somebody else
        who makes it right now. It is kept if it can be.
        """
        while (making := self._to_join.get(question)) is not None:
            await making.ended.wait()
            if making.footprint.is_personal:
                break
            made = making.made
            # One that was given up may have begun long before this one came.
            answer = made if made is not None and made.fate.was_executed else self.get(question)
            if answer is not None:
                return answer
        self.made += 1
        making = _Making(question, self._changes())
        self._to_join[question] = making
        self._under_way.add(making)
        try:
            answer = making.made = await make(making.footprint)
        finally:
            self._under_way.remove(making)
            self._join_no_more(making)
            making.ended.set()
        if answer.validity is not None and not self._is_doubtful(making):
            self._keep(question, answer, making.footprint)
        return answer

    def hear(self, commit: Sequence[Recorded], step: Step | None = None) -> None:
        """Let go of the answers that these events touch; `step` is what they did, if known."""
        touched = touched_by(commit, step)
        for note in touched:
            for question in self._noted.pop(note, ()):
                if question in self._kept:
                    self._let_go_of(question)
                    self.fallen += 1
        for making in self._under_way:
            if not touched.isdisjoint(making.footprint.notes):
                making.is_touched = True
                self._join_no_more(making)

    def _is_doubtful(self, making: _Making) -> bool:
        footprint = making.footprint
        changed = footprint.has_rows and making.changes != self._changes()
        return making.is_touched or footprint.is_behind or changed

    def _join_no_more(self, making: _Making) -> None:
        if self._to_join.get(making.question) is making:
            del self._to_join[making.question]

    def _keep(self, question: Question, answer: Answer, footprint: Footprint) -> None:
        if question in self._kept:
            self._let_go_of(question)
        weight = len(answer.body) + len(question.variables) + _ENTRY_BYTES
        weight += len(question.operation or "")
        weight += _NOTE_BYTES * len(footprint.notes)
        if weight > self._bound_bytes:
            return
        self._kept[question] = _Kept(answer, frozenset(footprint.notes), weight)
        self.held_bytes += weight
        for note in footprint.notes:
            self._noted.setdefault(note, set()).add(question)
        while self.held_bytes > self._bound_bytes:
            self._let_go_of(next(iter(self._kept)))

    def _let_go_of(self, question: Question) -> None:
        kept = self._kept.pop(question)
        self.held_bytes -= kept.weight
        for note in kept.notes:
            noted = self._noted.get(note)
            if noted is not None:
                noted.discard(question)
                if not noted:
                    del self._noted[note]

    def _let_go_of_all(self) -> None:
        self._kept.clear()
        self._noted.clear()
        self.held_bytes = 0
        self._kept_since = self._changes()
