"""(state, event) → state, for every stream. Total over what `decide` allows.

An event that does not fit its state means that the log or this code is broken: `evolve` raises
`CannotEvolve` and whoever folds must stop there, never skip. The exception is a stream that has
lost the body of an event (`domain.erasure`): there, what is said of an item that is not on the
page changes nothing, and an item that was placed before one that is not there comes last.
"""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from itertools import count

from graphql_brief.domain import events, states
from graphql_brief.domain.erasure import effect_of
from graphql_brief.domain.evolve_items import ITEM_STEPS, Step, Twice
from graphql_brief.domain.states import Brief, Stamp, State
from graphql_brief.domain.vocabulary import BriefStatus, Significance
from graphql_brief.domain.workpiece import Workpiece, given


class CannotEvolve(Exception):  # noqa: N818 - says what could not be done; the log is at fault
    """An event met a state that it cannot follow."""

    def __init__(self, event: events.Event, stamp: Stamp, why: str) -> None:
        super().__init__(
            f"position {stamp.position}: {type(event).__name__} cannot be applied to version "
            f"{stamp.version - 1} of its stream: {why}"
        )
        self.position = stamp.position
        self.event_type = type(event).__name__


def fold(
    state: State | None, stream: str, recorded: Iterable[tuple[events.Event, Stamp]]
) -> State | None:
    """The state after many events of one stream: `evolve` for each, without the states between.

    Raises CannotEvolve at the first event that cannot follow.
    """
    piece = _applied(None if state is None else Workpiece(state), stream, recorded)
    return state if piece is None or piece.stamp is None else piece.state()


_UNRECORDED = datetime(1970, 1, 1, tzinfo=UTC)


def after(state: State | None, stream: str, unrecorded: Iterable[events.Event]) -> State:
    """The state that events which the log has not stamped yet will leave, but for the stamps.

    For deciding what comes behind them; never to be shown.
    """
    version, position = (state.version, state.position) if state else (0, 0)
    stamps = (
        Stamp(
            version=version + place,
            position=position + place,
            at=_UNRECORDED,
            significance=Significance.MINOR,
        )
        for place in count(1)
    )
    left = fold(state, stream, zip(unrecorded, stamps, strict=False))
    assert left is not None
    return left


def evolve(state: State | None, stream: str, event: events.Event, stamp: Stamp) -> State:
    """The state after `event`, which the log recorded at `stamp` in `stream`.

    Raises CannotEvolve if the event cannot follow the state.
    """
    evolved = fold(state, stream, ((event, stamp),))
    assert evolved is not None
    return evolved


def _applied(
    piece: Workpiece | None, stream: str, recorded: Iterable[tuple[events.Event, Stamp]]
) -> Workpiece | None:
    """The piece after these events; a new one where the stream begins."""
    steps, version = ({}, 0) if piece is None else (_STEPS[piece.kind], piece.version)
    for event, stamp in recorded:
        version += 1
        step = steps.get(type(event))
        if piece is None or step is None or stamp.version != version:
            piece = _unlike_others(piece, stream, event, stamp)
            steps, version = _STEPS[piece.kind], piece.version
            continue
        try:
            step(piece, event, stamp)
        except (KeyError, Twice) as error:
            if not piece.fields["erased"]:
                twice = isinstance(error, Twice)
                why = f"there is a {error} already" if twice else f"there is no {error}"
                raise CannotEvolve(event, stamp, why) from error
        piece.stamp = stamp
        if stamp.significance in _SIGNIFICANT and piece.kind is Brief:
            piece.fields["last_significant_update_at"] = stamp.at
    return piece


def _unlike_others(
    piece: Workpiece | None, stream: str, event: events.Event, stamp: Stamp
) -> Workpiece:
    """The piece after an event that begins its stream, or has lost its body."""
    if isinstance(event, events.Erased):
        return _with_gap(piece, stream, event, stamp)
    if piece is None:
        piece = Workpiece(_begun(stream, event, stamp))
        piece.stamp = stamp
        return piece
    raise CannotEvolve(event, stamp, _misfit(piece, stream, event, stamp))


def _misfit(piece: Workpiece, stream: str, event: events.Event, stamp: Stamp) -> str:
    """Why an event does not follow, whatever is in it."""
    known = type(event) in _STEPS[piece.kind]
    if not known and type(event) in _FIRST and not isinstance(event, events.PageRevised):
        return "the stream has begun already"
    if stamp.version != piece.version + 1:
        return f"the state is at version {piece.version}"
    return f"it is no event of {stream}"


def _begun(stream: str, event: events.Event, stamp: Stamp) -> State:
    """The state after the first event of a stream."""
    first = _FIRST.get(type(event))
    if first is None:
        raise CannotEvolve(event, stamp, "the stream has not begun")
    if stamp.version != 1:
        raise CannotEvolve(event, stamp, "the stream has no version before it")
    return first(stream, event, stamp)


_SIGNIFICANT = tuple(s for s in Significance if s.weight >= Significance.SUBSTANTIVE.weight)


def _with_gap(
    piece: Workpiece | None, stream: str, erased: events.Erased, stamp: Stamp
) -> Workpiece:
    """The piece after an event whose body is gone: after what it still does."""
    effect = effect_of(erased, stream)
    if effect is None:
        if piece is None or stamp.version != piece.version + 1:
            raise CannotEvolve(erased, stamp, "it does not follow")
        effect = erased.by  # which does nothing
    piece = _applied(piece, stream, ((effect, stamp),))
    assert piece is not None
    piece.fields["erased"] = (*piece.fields["erased"], stamp.version)
    return piece


def _drafted(stream: str, event: events.BriefDrafted, stamp: Stamp) -> Brief:
    return Brief(
        id=stream,
        slug=event.slug,
        headline=event.headline,
        standfirst=event.standfirst,
        language=event.language,
        subjects=event.subjects,
        version=stamp.version,
        position=stamp.position,
        drafted_at=stamp.at,
        updated_at=stamp.at,
    )


def _registered(stream: str, event: events.EntityRegistered, stamp: Stamp) -> states.Entity:
    return states.Entity(
        id=stream,
        kind=event.kind,
        name=event.name,
        type=event.type,
        description=event.description,
        image=event.image,
        initials=event.initials,
        version=stamp.version,
        position=stamp.position,
        updated_at=stamp.at,
    )


def _edition(stream: str, event: events.EditionPublished, stamp: Stamp) -> states.Edition:
    return states.Edition(
        id=stream,
        date=event.date,
        title=event.title,
        entries=event.entries,
        version=stamp.version,
        position=stamp.position,
        published_at=stamp.at,
        updated_at=stamp.at,
    )


def _page(stream: str, event: events.PageRevised, stamp: Stamp) -> states.Page:
    return states.Page(
        id=stream,
        slug=event.slug,
        title=event.title,
        body=event.body,
        version=stamp.version,
        position=stamp.position,
        updated_at=stamp.at,
    )


_FIRST: dict[type[events.Event], Callable[..., State]] = {
    events.BriefDrafted: _drafted,
    events.EntityRegistered: _registered,
    events.EditionPublished: _edition,
    events.PageRevised: _page,
}


# The fields of a state's own, and a brief's lifecycle


def _nothing(_: Workpiece, __: events.Event, ___: Stamp) -> None:
    """Of an event that only moves the version."""


def _set(piece: Workpiece, event: events.Event, _: Stamp) -> None:
    piece.fields.update(given(event))


def _slug(piece: Workpiece, event: events.SlugChanged, _: Stamp) -> None:
    fields = piece.fields
    former = (*fields["former_slugs"], fields["slug"])
    fields["former_slugs"] = tuple(slug for slug in former if slug != event.slug)
    fields["slug"] = event.slug


def _published(piece: Workpiece, _: events.BriefPublished, stamp: Stamp) -> None:
    piece.fields.update(status=BriefStatus.PUBLISHED, status_reason=None)
    if piece.fields["first_published_at"] is None:
        piece.fields.update(
            first_published_at=stamp.at,
            first_published_version=stamp.version,
            last_significant_update_at=stamp.at,
        )


def _withheld(piece: Workpiece, event: events.BriefWithheld, stamp: Stamp) -> None:
    piece.fields.update(
        status=BriefStatus.WITHHELD, status_reason=event.reason, withheld_version=stamp.version
    )


def _closed(piece: Workpiece, event: events.BriefClosed, _: Stamp) -> None:
    piece.fields.update(status=BriefStatus.CLOSED, status_reason=event.reason)


def _reopened(piece: Workpiece, event: events.BriefReopened, stamp: Stamp) -> None:
    fields = piece.fields
    fields.update(status=BriefStatus.PUBLISHED, status_reason=event.reason)
    if fields["withheld_version"] is not None:
        over = (fields["withheld_version"], stamp.version - 1)
        fields["withheld_versions"] = (*fields["withheld_versions"], over)
        fields["withheld_version"] = None


_STEPS: dict[type[State], dict[type[events.Event], Step]] = {
    Brief: {
        events.HeadlineRevised: _set,
        events.StandfirstRevised: _set,
        events.LanguageSet: _set,
        events.SubjectsSet: _set,
        events.SlugChanged: _slug,
        events.BriefPublished: _published,
        events.BriefWithheld: _withheld,
        events.BriefClosed: _closed,
        events.BriefReopened: _reopened,
        events.BodyErased: _nothing,
        **ITEM_STEPS,
    },
    states.Entity: {events.EntityRevised: _set, events.BodyErased: _nothing},
    states.Edition: {events.EditionRevised: _set, events.BodyErased: _nothing},
    states.Page: {events.PageRevised: _set, events.BodyErased: _nothing},
}
"""What follows the first event of each kind of stream, and what it does."""
