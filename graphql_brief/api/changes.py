"""Changes: what one event did, for those who show or check an edit.

| event                                  | section, item        | action             |
|----------------------------------------|----------------------|--------------------|
| ...Added, EntityInvolved, ...Published | the list and its item| ADDED              |
| ObservationRecorded, ForecastMade      | the entry itself     | ADDED              |
| ...Revised, ...Set, SlugChanged        | the item, or HEAD    | REVISED            |
| ...Moved, ...Removed                   | the item             | MOVED, REMOVED     |
| ...Retracted, ForecastWithdrawn        | the item or entry    | RETRACTED          |
| DevelopmentPinned, Unpinned            | the development      | PINNED, UNPINNED   |
| ScenarioResolved, Reopened             | the scenario         | RESOLVED, REOPENED |
| BriefPublished and its like            | HEAD                 | STATUS             |
| BodyErased                             | HEAD                 | ERASED             |

An event whose body was erased is shown as what it still does (`domain.erasure`), and, if that is
nothing, as ERASED in the section of its type.
"""

from functools import cache, cached_property
from typing import NamedTuple

import strawberry
from msgspec import UNSET
from msgspec import structs as msgspec_structs

from graphql_brief.api import enums
from graphql_brief.api.context import Info
from graphql_brief.api.enums import ChangeAction
from graphql_brief.api.located import Located
from graphql_brief.api.manual import output, resolved
from graphql_brief.api.nodes import Item
from graphql_brief.api.scalars import Position
from graphql_brief.api.view import BriefView
from graphql_brief.domain import commands, events
from graphql_brief.domain.erasure import effect_of
from graphql_brief.domain.sections import BY_EVENT
from graphql_brief.domain.vocabulary import Audience, Section
from graphql_brief.log.port import Recorded


class _Entry(NamedTuple):
    """An event of one item that is none of its list's four: which item, what, which field."""

    section: Section
    noun: str
    owner: str | None
    action: ChangeAction
    field: str | None


_TIMELINE, _INDICATORS, _SCENARIOS = Section.TIMELINE, Section.INDICATORS, Section.SCENARIOS
_A = ChangeAction

_ENTRIES: dict[type[events.Event], _Entry] = {
    events.DevelopmentPinned: _Entry(_TIMELINE, "development", None, _A.PINNED, "pinned"),
    events.DevelopmentUnpinned: _Entry(_TIMELINE, "development", None, _A.UNPINNED, "pinned"),
    events.DevelopmentRetracted: _Entry(_TIMELINE, "development", None, _A.RETRACTED, "retraction"),
    events.ScenarioResolved: _Entry(_SCENARIOS, "scenario", None, _A.RESOLVED, "resolution"),
    events.ScenarioReopened: _Entry(_SCENARIOS, "scenario", None, _A.REOPENED, "resolution"),
    events.ObservationRecorded: _Entry(_INDICATORS, "observation", "indicator", _A.ADDED, None),
    events.ObservationRetracted: _Entry(
        _INDICATORS, "observation", "indicator", _A.RETRACTED, "retraction"
    ),
    events.ForecastMade: _Entry(_SCENARIOS, "forecast", "scenario", _A.ADDED, None),
    events.ForecastWithdrawn: _Entry(_SCENARIOS, "forecast", "scenario", _A.RETRACTED, "withdrawn"),
}

_HEAD_ACTIONS: dict[type[events.Event], ChangeAction] = {
    events.BriefDrafted: ChangeAction.ADDED,
    events.BriefPublished: ChangeAction.STATUS,
    events.BriefWithheld: ChangeAction.STATUS,
    events.BriefClosed: ChangeAction.STATUS,
    events.BriefReopened: ChangeAction.STATUS,
    events.EntityRegistered: ChangeAction.ADDED,
    events.EditionPublished: ChangeAction.ADDED,
}


class Changed:
    """What one recorded event did, beside the brief that it is shown with, if it is a brief's."""

    def __init__(self, recorded: Recorded, view: BriefView | None) -> None:
        self._recorded = recorded
        self._view = view
        self.version = recorded.version
        self.position = recorded.position
        self.type = recorded.type
        self.section, self.action, self._path, self.fields = _told(recorded.event)
        self.erased = isinstance(recorded.event, events.Erased)

    @property
    def key(self) -> str | None:
        """The key of the item that was changed."""
        return self._path[-1] if self._path else None

    @property
    def item_id(self) -> str | None:
        """The global id of the item, on the page or not."""
        return ".".join((self._recorded.stream, *self._path)) if self._path else None

    @property
    def erasure(self) -> events.BodyErased | None:
        """The event that erased this one's body; itself, if it erased another one's."""
        event = self._recorded.event
        if isinstance(event, events.Erased):
            return event.by
        return event if isinstance(event, events.BodyErased) else None

    @cached_property
    def item(self) -> Located | None:
        """The item as it stands in the brief that the change is shown with."""
        return self._view.find(self._path) if self._view is not None and self._path else None


def _told(
    event: events.Event,
) -> tuple[Section, ChangeAction, tuple[str, ...], list[str]]:
    """Section, action, path to the item behind the brief's id, and names of the fields set."""
    if isinstance(event, events.Erased):
        still_does = effect_of(event)
        if still_does is None:
            return _section(events.EVENT_TYPES[event.of]), ChangeAction.ERASED, (), []
        return _told(still_does)
    if isinstance(event, events.BodyErased):
        return Section.HEAD, ChangeAction.ERASED, (), []
    kind = type(event)
    row = BY_EVENT.get(kind)
    if row is not None:
        path: tuple[str, ...] = (row.noun, _key(event))
        if kind is row.added:
            return row.section, ChangeAction.ADDED, path, _given_fields(event)
        if kind is row.revised:
            return row.section, ChangeAction.REVISED, path, _set_fields(event)
        action = ChangeAction.MOVED if kind is row.moved else ChangeAction.REMOVED
        return row.section, action, path, []
    entry = _ENTRIES.get(kind)
    if entry is not None:
        owner = (getattr(event, entry.owner),) if entry.owner else ()
        named = [entry.field] if entry.field else _given_fields(event, entry.owner)
        return entry.section, entry.action, (entry.noun, *owner, _key(event)), named
    action = _HEAD_ACTIONS.get(kind, ChangeAction.REVISED)
    if action is ChangeAction.STATUS:
        return Section.HEAD, action, (), ["status"]
    added = action is ChangeAction.ADDED
    return Section.HEAD, action, (), _given_fields(event) if added else _set_fields(event)


def _section(kind: type[events.Event]) -> Section:
    """The part of a brief that events of a type are about."""
    if kind in BY_EVENT:
        return BY_EVENT[kind].section
    return _ENTRIES[kind].section if kind in _ENTRIES else Section.HEAD


def _key(event: events.Event) -> str:
    key: str = getattr(event, "key")  # noqa: B009 - all events of keyed lists have one
    return key


def _set_fields(event: events.Event) -> list[str]:
    """The fields that a revision sets, also those set to null."""
    names = _names(type(event), None)
    return [name for python, name in names if getattr(event, python) is not UNSET]


def _given_fields(event: events.Event, owner: str | None = None) -> list[str]:
    """The fields of something new that have a value."""
    names = _names(type(event), owner)
    return [name for python, name in names if getattr(event, python) is not None]


@cache
def _names(kind: type[events.Event], owner: str | None) -> list[tuple[str, str]]:
    """The fields of an event that are its item's: Python names with the API's names."""
    return [
        (field.name, field.encode_name)
        for field in msgspec_structs.fields(kind)
        if field.name not in ("key", "before", owner)
    ]


@output(commands.EraseBody)
class Erasure:
    """That the body of an event was erased: on what ground, in which case."""

    version: int
    basis: enums.Basis
    case_reference: str


@output()
class Change:
    """What one event did."""

    version: int = strawberry.field(description="The event's version in its stream.")
    position: Position = strawberry.field(description="The event's position in the log.")
    type: str = strawberry.field(description="The event's type in the log: `DevelopmentAdded`.")
    section: enums.Section = strawberry.field(description="The part of the brief.")
    action: ChangeAction = strawberry.field(description="What was done.")
    key: str | None = strawberry.field(description="The item's key; null for HEAD.")
    item_id: strawberry.ID | None = strawberry.field(
        description="The item's global id, also if it is no longer on the page; null for HEAD."
    )
    fields: list[str] = strawberry.field(
        description=(
            "The fields that it set, by their names here; of an addition all, of a move none."
        )
    )
    item: Item | None = strawberry.field(
        description="The item as it is in the brief shown here; null for HEAD and if it is gone."
    )
    erased: bool = strawberry.field(
        description=(
            "Whether what it said was erased: what is told here is what it still does, and its "
            "words are nowhere."
        )
    )

    @resolved(Erasure | None)
    def erasure(self, root: strawberry.Parent[Changed], info: Info) -> events.BodyErased | None:
        """Why it was erased; or, of a `BodyErased`, what it erased and why. AUDIT; else null."""
        return root.erasure if info.context.viewer.sees(Audience.AUDIT) else None
