"""Links of a brief's items: to sources, to each other, to entities, to other briefs.

A link to what does not exist is refused. What lies in other streams is looked up beforehand by
whoever calls `decide`: `refers_to` says what, `Known` carries the answer.
"""

from collections.abc import Iterable
from typing import Any, NamedTuple

import msgspec

from graphql_brief.domain import edits as e
from graphql_brief.domain.items import Citation, ItemRef
from graphql_brief.domain.refusal import Refused
from graphql_brief.domain.sections import BY_SECTION, KeyedList
from graphql_brief.domain.states import Brief
from graphql_brief.domain.vocabulary import EntityKind, ErrorCode, Section


class Known(NamedTuple):
    """What a brief's rules must know of other streams; whoever calls `decide` looks it up."""

    entities: dict[str, EntityKind]
    """The kinds of the entities that the edits name, where they exist."""
    briefs: frozenset[str]
    """The briefs that the edits name, where they exist."""


NOTHING_KNOWN = Known({}, frozenset())


def refers_to(batch: Iterable[e.Edit]) -> tuple[frozenset[str], frozenset[str]]:
    """Ids of the entities and of the briefs that `decide` must know of to judge a batch."""
    entities, briefs = set(), set()
    for edit in batch:
        if isinstance(edit, e.InvolveEntity):
            entities.add(edit.entity)
        if isinstance(edit, e.AddPrecedent | e.RevisePrecedent) and isinstance(edit.brief, str):
            briefs.add(edit.brief)
    return frozenset(entities), frozenset(briefs)


def check_links(state: Brief, row: KeyedList, edit: Any, known: Known) -> dict[str, Any]:
    """Refuses links to what does not exist; gives the fields that follow from a link."""
    check_citations(state, getattr(edit, "citations", ()))
    if row.section is Section.TIMELINE and edit.supersedes is not msgspec.UNSET:
        for place, key in enumerate(edit.supersedes):
            _check_superseded(state, edit.key, key, str(place))
    if row.section is Section.PRECEDENTS and isinstance(edit.brief, str):
        if edit.brief not in known.briefs:
            raise Refused(ErrorCode.UNKNOWN_BRIEF, f"there is no brief {edit.brief!r}", "brief")
        if edit.brief == state.id:
            raise Refused(ErrorCode.INVALID_INPUT, "a brief is no precedent of itself", "brief")
    if isinstance(edit, e.PublishCorrection):
        for place, reference in enumerate(edit.corrects):
            _check_reference(state, reference, "corrects", str(place), "key")
    if isinstance(edit, e.InvolveEntity):
        return {"kind": _entity_kind(state, edit.entity, known)}
    return {}


def check_citations(state: Brief, citations: Iterable[Citation] | msgspec.UnsetType) -> None:
    """Raises Refused at the first citation of a source that the brief does not have."""
    if isinstance(citations, msgspec.UnsetType):
        return
    for place, citation in enumerate(citations):
        if citation.source not in state.sources:
            raise Refused(
                ErrorCode.UNKNOWN_SOURCE,
                f"the brief has no source {citation.source!r}; add it before citing it",
                *("citations", str(place), "source"),
            )


def _check_superseded(state: Brief, key: str, superseded: str, place: str) -> None:
    where = ("supersedes", place)
    if superseded not in state.timeline or superseded == key:
        raise Refused(
            ErrorCode.UNKNOWN_ITEM, f"the brief has no other development {superseded!r}", *where
        )
    seen, ahead = set(), [superseded]
    while ahead:
        link = ahead.pop()
        if link == key:
            raise Refused(
                ErrorCode.INVALID_INPUT, f"{superseded!r} itself supersedes {key!r}", *where
            )
        if link not in seen:
            seen.add(link)
            if link in state.timeline:  # what added it may have been erased
                ahead += state.timeline[link].supersedes


def _check_reference(state: Brief, reference: ItemRef, *where: str) -> None:
    if reference.section is Section.HEAD:
        if reference.key is not None:
            raise Refused(ErrorCode.INVALID_INPUT, "HEAD is no list: leave out the key", *where)
        return
    row = BY_SECTION[reference.section]
    if reference.key is None:
        raise Refused(ErrorCode.INVALID_INPUT, f"say which {row.noun} by its key", *where)
    gone = state.gone_keys.get(row.attribute, ())
    if reference.key not in getattr(state, row.attribute) and reference.key not in gone:
        raise Refused(
            ErrorCode.UNKNOWN_ITEM, f"the brief never had a {row.noun} {reference.key!r}", *where
        )


def _entity_kind(state: Brief, entity: str, known: Known) -> EntityKind:
    kind = known.entities.get(entity)
    if kind is None:
        raise Refused(
            ErrorCode.UNKNOWN_ENTITY, f"there is no entity {entity!r}; register it first", "entity"
        )
    if any(found.entity == entity for found in state.involvements.values()):
        raise Refused(ErrorCode.DUPLICATE, f"{entity!r} has a part in this brief already", "entity")
    return kind


def check_uncited(state: Brief, source: str) -> None:
    """Raises Refused, naming an item, if any item of the brief cites the source."""
    for row in BY_SECTION.values():
        for item in getattr(state, row.attribute).values():
            if any(citation.source == source for citation in _citations_of(item)):
                raise Refused(
                    ErrorCode.STILL_CITED,
                    f"{row.noun} {item.key!r} cites {source!r}; revise it first",
                    "key",
                )


def _citations_of(item: Any) -> Iterable[Citation]:
    yield from getattr(item, "citations", ())
    for series in ("observations", "forecasts"):
        for entry in getattr(item, series, {}).values():
            yield from entry.citations
