"""Views: one for each state, as long as there is room, with the state's own objects in them."""

from datetime import UTC, datetime

import pytest

from graphql_brief.api.view import BriefView, Views
from graphql_brief.domain.evolve import fold
from graphql_brief.domain.sections import LISTS
from graphql_brief.domain.states import Brief, Stamp
from graphql_brief.domain.vocabulary import Significance
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


def test_nothing_is_copied() -> None:
    """What is located is the domain's own object, and what it lacks is an AttributeError."""
    brief = state()
    view = BriefView(brief)
    assert view.headline is brief.headline
    for row in LISTS:
        for key, item in getattr(brief, row.attribute).items():
            located = view.items(row.section)[key]
            assert located.item is item
            assert located.key is item.key
            assert view.find((row.noun, key)) is located
            with pytest.raises(AttributeError):
                _ = located.nothing
    with pytest.raises(AttributeError):
        _ = view.nothing
