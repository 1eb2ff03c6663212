"""What an event touches, so that a stale batch can be rebased over what it does not meet.

A touch is (section, item key, field). `ALL` stands for every field of the item; the head's fields
have the key "". Two touches meet when section and key are equal and the fields are equal or one
is ALL. Additions touch only their own new key: two editors may add to one list at once.

A stale batch is compared as it is decided on the newest state: an edit that changed nothing where
it was written, and so touched nothing there, may by now undo what somebody else did.
"""

from collections.abc import Iterable

import msgspec

from graphql_brief.domain import events
from graphql_brief.domain.erasure import effect_of
from graphql_brief.domain.sections import BY_EVENT
from graphql_brief.domain.vocabulary import Section

ALL = "*"
PLACE = "(place)"

Touch = tuple[Section, str, str]

_OTHER_ITEMS: dict[type[events.Event], tuple[Section, str, str]] = {
    events.DevelopmentPinned: (Section.TIMELINE, "key", "pinned"),
    events.DevelopmentUnpinned: (Section.TIMELINE, "key", "pinned"),
    events.DevelopmentRetracted: (Section.TIMELINE, "key", "retraction"),
    events.ScenarioResolved: (Section.SCENARIOS, "key", "resolution"),
    events.ScenarioReopened: (Section.SCENARIOS, "key", "resolution"),
    events.ObservationRecorded: (Section.INDICATORS, "indicator", "observations"),
    events.ObservationRetracted: (Section.INDICATORS, "indicator", "observations"),
    events.ForecastMade: (Section.SCENARIOS, "scenario", "forecasts"),
    events.ForecastWithdrawn: (Section.SCENARIOS, "scenario", "forecasts"),
}

_STATUS = (
    events.BriefDrafted,
    events.BriefPublished,
    events.BriefWithheld,
    events.BriefClosed,
    events.BriefReopened,
)


def touches(event: events.Event) -> frozenset[Touch]:
    """What one event of a brief touches."""
    if isinstance(event, events.Erased):
        # What it added is gone: whoever meant that meets that it is not there.
        still_does = effect_of(event)
        return frozenset() if still_does is None else touches(still_does)
    if isinstance(event, events.BodyErased):
        return frozenset()  # what it took away is gone from the version that the writer saw, too
    row = BY_EVENT.get(type(event))
    if row is not None:
        key: str = getattr(event, "key")  # noqa: B009 - every event of a keyed list has one
        if type(event) in (row.added, row.removed):
            return frozenset({(row.section, key, ALL)})
        if type(event) is row.moved:
            return frozenset({(row.section, key, PLACE)})
        return frozenset(
            (row.section, key, field) for field in _set_fields(event) if field != "key"
        )
    other = _OTHER_ITEMS.get(type(event))
    if other is not None:
        section, owner, field = other
        return frozenset({(section, getattr(event, owner), field)})
    if isinstance(event, _STATUS):
        return frozenset({(Section.HEAD, "", "status")})
    return frozenset((Section.HEAD, "", field) for field in _set_fields(event))


def meet(mine: Iterable[events.Event], theirs: Iterable[events.Event]) -> bool:
    """Whether any event of one side touches what an event of the other touches."""
    ours = frozenset().union(*(touches(event) for event in mine))
    others = frozenset().union(*(touches(event) for event in theirs))
    if ours & others:
        return True
    wild = {(section, key) for section, key, field in ours if field == ALL}
    other_wild = {(section, key) for section, key, field in others if field == ALL}
    return any((section, key) in wild for section, key, _ in others) or any(
        (section, key) in other_wild for section, key, _ in ours
    )


def _set_fields(event: events.Event) -> list[str]:
    return [name for name in event.__struct_fields__ if getattr(event, name) is not msgspec.UNSET]
