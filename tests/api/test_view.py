"""Views: one for each state, as long as there is room, with the state's own objects in them."""

from datetime import UTC, datetime

import pytest
from msgspec.structs import replace

from graphql_brief.api.view import BriefView, Views
from graphql_brief.domain.events import BodyErased, Event
from graphql_brief.domain.evolve import fold
from graphql_brief.domain.sections import LISTS
from graphql_brief.domain.states import Brief, Stamp
from graphql_brief.domain.vocabulary import Basis, Significance
from graphql_brief.log.envelope import moment
from graphql_brief.log.port import Append, Head, Recorded
from graphql_brief.log.recording import NEW_STREAM, prepare, record
from tests.domain.samples import STORY

AT = datetime(2026, 1, 1, tzinfo=UTC)


def state(version: int = len(STORY)) -> Brief:
    """The sample story after so many events."""
    stamps = (
        Stamp(version=place, position=place, at=AT, significance=Significance.MINOR)
        for place in range(1, version + 1)
    )
    found = fold(None, "brief-a", zip(STORY, stamps, strict=False))
    assert isinstance(found, Brief)
    return found


def test_one_view_for_each_state() -> None:
    """A state is laid out once; another version, or another point in time, apart."""
    views = Views()
    view = views.view(state())
    assert views.view(state()) is view
    assert views.view(state(), at=100) is not view
    assert views.view(state(len(STORY) - 1)) is not view


def test_the_least_recently_used_view_goes() -> None:
    """There is a bound, and what is in use stays."""
    views = Views(bound=2)
    first, second = views.view(state(3)), views.view(state(4))
    assert views.view(state(3)) is first
    views.view(state(5))
    assert views.view(state(3)) is first
    assert views.view(state(4)) is not second


def test_a_state_from_before_an_erasure_is_not_kept() -> None:
    """Who read it before may lay it out after: that is theirs alone."""
    views = Views()
    by = BodyErased(version=4, basis=Basis.SAFETY, case_reference="S")
    views.hear([recorded("brief-a", by)])
    assert views.view(state(5)) is not views.view(state(5))
    assert views.view(state(3)) is views.view(state(3))
    without = replace(state(5), erased=(4,))
    assert views.view(without) is views.view(without)


def test_views_of_what_was_erased_go() -> None:
    """From the erased version on, of that brief; and none is given for the state without it."""
    views = Views()
    older, newer = views.view(state(3)), views.view(state(5))
    without = replace(state(5), erased=(4,))
    assert views.view(without) is not newer
    newer = views.view(state(5))
    by = BodyErased(version=4, basis=Basis.SAFETY, case_reference="S")
    for stream, is_kept in (("brief-b", True), ("brief-a", False)):
        views.hear([recorded(stream, by)])
        assert (views.view(state(5)) is newer) is is_kept
    assert views.view(state(3)) is older


def recorded(stream: str, event: Event) -> Recorded:
    """An event as the log's listeners are given it."""
    request = Append(
        stream=stream,
        expected_version=0,
        events=(event,),
        actor="admin-1",
        significance=Significance.COPY_EDIT,
        command_id="c",
        correlation_id="c",
    )
    prepared = prepare(request, bytes)
    head = Head(0, None)
    (found,) = record(prepared, origin="o", head=head, stream=NEW_STREAM, when=moment(AT, head))
    return found


def test_nothing_is_copied() -> None:
    """What is located is the domain's own object, and what it lacks is an AttributeError."""
    brief = state()
    view = BriefView(brief)
    assert view.headline is brief.headline
    for row in LISTS:
        for key, item in getattr(brief, row.attribute).items():
            located = view.items(row.section)[key]
            assert located.item is item
            assert located.shown_as == type(item).__name__
            assert located.key is item.key
            assert view.find((row.noun, key)) is located
            with pytest.raises(AttributeError):
                _ = located.nothing
    with pytest.raises(AttributeError):
        _ = view.nothing
