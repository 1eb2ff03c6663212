"""What events are said not to change."""

from hypothesis import HealthCheck, given, settings

from graphql_brief.api.footprint import WORDLESS
from graphql_brief.domain import events as ev
from graphql_brief.domain.evolve import evolve
from graphql_brief.domain.states import Brief, Stamp, State
from graphql_brief.projections import search
from tests.domain.samples import STORIES
from tests.domain.scenario import stamped
from tests.domain.strategies import History, histories

BRIEF = "brief-port"


def wordless(recorded: list[tuple[ev.Event, Stamp]]) -> set[type[ev.Event]]:
    """The events of a brief after which all that is searched reads as before."""
    state: State | None = None
    found: set[type[ev.Event]] = set()
    for event, stamp in recorded:
        before, state = state, evolve(state, BRIEF, event, stamp)
        assert isinstance(state, Brief)
        if isinstance(event, WORDLESS):
            assert isinstance(before, Brief)
            assert search._texts(before, "") == search._texts(state, ""), event
            assert _entities(before) == _entities(state), event
            found.add(type(event))
    return found


def _entities(brief: Brief) -> set[str]:
    return {involved.entity for involved in brief.involvements.values()}


@settings(
    max_examples=50,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
@given(histories())
def test_wordless_events_change_no_word(history: History) -> None:
    """Whatever they meet."""
    wordless(list(history.recorded))


def test_every_wordless_event_is_tried() -> None:
    """By the story that has every event."""
    assert wordless(stamped(STORIES[BRIEF])) == set(WORDLESS)
