"""What lists of briefs are made of, by names, and which of these an event changes.

A list is of a *scope*: all briefs, those of a subject, or those with a part of an entity; as the
public sees it, or everybody else. It is made of which briefs are in its scope, and of what it
reads of those that are: the columns of `rm_brief` that it filters and orders by. An event changes
what it changes of the brief's own row, in the scopes that the brief is in, and who is in those
that it enters or leaves. What a list shows of its briefs beside that is theirs, not the list's.

Names are compared, never taken apart. They have at most so many characters of what a client or an
editor wrote (`NAME_BOUND`): two that are cut to the same fall together, which is once too often.
"""

from collections.abc import Iterator
from typing import NamedTuple

from graphql_brief.domain.states import Brief
from graphql_brief.domain.vocabulary import Audience
from graphql_brief.projections.briefs import row_of
from graphql_brief.projections.lists import (
    ORDERS,
    BriefFilter,
    BriefOrder,
    storable,
    subject_key,
)
from graphql_brief.projections.tables import rm_brief

NAME_BOUND = 100

_MEMBERS = "members"
_SUBJECTS = "subjects"
_STATUS, _LANGUAGE, _UPDATED = (
    column.name for column in (rm_brief.c.status, rm_brief.c.language, rm_brief.c.updated_at)
)
_COLUMNS = (_STATUS, _LANGUAGE, *(order.column.name for order in ORDERS.values()))
"""What lists read of the briefs in their scopes, as `row_of` gives it."""

_ALL = "briefs"
_PUBLIC, _EVERYBODY = "public", "all"


def made_of(wanted: BriefFilter, order: BriefOrder, audience: Audience) -> set[str]:
    """What a list of briefs is made of, whatever page of it is asked for, and its length."""
    scope, reads = _ALL, {ORDERS[order].column.name}
    if wanted.subject is not None:
        scope = _of_subject(wanted.subject)
    if wanted.entity is not None:
        scope = _of_entity(wanted.entity)
        if wanted.subject is not None:
            reads.add(_SUBJECTS)
    for name, asked in (
        (_STATUS, wanted.status),
        (_LANGUAGE, wanted.language),
        (_UPDATED, wanted.updated_since),
    ):
        if asked is not None:
            reads.add(name)
    return {_name(_seen_by(audience), scope, read) for read in (_MEMBERS, *reads)}


def related_made_of(brief: Brief, audience: Audience) -> set[str]:
    """What the list of the briefs related to this one is made of, beside its own links.

    Those with as much in common stand in the order of their last updates.
    """
    seen = _seen_by(audience)
    scopes = _facts(brief).scopes - {_ALL}
    return {_name(seen, scope, read) for scope in scopes for read in (_MEMBERS, _UPDATED)}


def found_made_of(audience: Audience) -> str:
    """What all searches of an audience are made of: the words of its briefs.

    One word more in one brief is in the ranks of all others.
    """
    return _words(_seen_by(audience))


def all_words() -> set[str]:
    """What all searches are made of."""
    return {_words(_PUBLIC), _words(_EVERYBODY)}


def changed(before: Brief | None, after: Brief, *, words: bool) -> set[str]:
    """What events change that led from one state of a brief to another one.

    `words` says whether they may have changed any of its words.
    """
    was, now = _facts(before) if before is not None else _NOTHING, _facts(after)
    found = set(_changed(_EVERYBODY, was, now, words=words))
    was_seen = before is not None and before.is_public
    if was_seen or after.is_public:
        words = words or was_seen != after.is_public
        was, now = was if was_seen else _NOTHING, now if after.is_public else _NOTHING
        found.update(_changed(_PUBLIC, was, now, words=words))
    return found


class _Facts(NamedTuple):
    """What lists know of a brief."""

    scopes: frozenset[str]
    """Those that it is in."""
    row: dict[str, object]


_NOTHING = _Facts(frozenset(), {})
"""What they know of one that is not there."""


def _facts(brief: Brief) -> _Facts:
    row = row_of(brief)
    subjects = frozenset(_of_subject(subject) for subject in brief.subjects)
    entities = (_of_entity(involved.entity) for involved in brief.involvements.values())
    read = {name: row[name] for name in _COLUMNS}
    return _Facts(frozenset((_ALL, *subjects, *entities)), read | {_SUBJECTS: subjects})


def _changed(seen: str, was: _Facts, now: _Facts, *, words: bool) -> Iterator[str]:
    for scope in was.scopes ^ now.scopes:
        yield _name(seen, scope, _MEMBERS)
    others = [read for read in now.row if was.row.get(read) != now.row[read]]
    for scope in was.scopes & now.scopes:
        for read in others:
            yield _name(seen, scope, read)
    if words:
        yield _words(seen)


def _of_subject(subject: str) -> str:
    return f"subject {subject_key(subject)[:NAME_BOUND]}"


def _of_entity(entity: str) -> str:
    return f"entity {storable(entity)[:NAME_BOUND]}"


def _seen_by(audience: Audience) -> str:
    return _PUBLIC if audience is Audience.PUBLIC else _EVERYBODY


def _name(seen: str, scope: str, read: str) -> str:
    return f"{seen}: {scope}: {read}"


def _words(seen: str) -> str:
    return f"{seen}: words"
