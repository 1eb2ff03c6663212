"""Key numbers: a series of observations, of which the newest that holds is shown."""

import msgspec
import pytest

from graphql_brief.domain import decide
from graphql_brief.domain import events as ev
from graphql_brief.domain.sections import latest_observation
from graphql_brief.domain.vocabulary import ErrorCode, Qualifier
from tests.domain.scenario import Given, brief_of, given, stamp

SHIPS = ev.IndicatorAdded(key="ships", label="Ships waiting")


def observed(key: str, as_of: str, value: str = "14") -> ev.ObservationRecorded:
    """An observation of the ships."""
    return ev.ObservationRecorded(key=key, indicator="ships", value=value, as_of=as_of)


def test_an_observation_is_recorded() -> None:
    """Exact and without sources unless something else is said; the indicator's mark moves."""
    after = (
        given(SHIPS)
        .when(
            {
                "recordObservation": {
                    "indicator": "ships",
                    "key": "one",
                    "value": "14",
                    "asOf": "2026-01",
                }
            }
        )
        .then(observed("one", "2026-01"))
    )
    indicator = after.indicators["ships"]
    (found,) = indicator.observations.values()
    assert (found.key, found.value, found.as_of) == ("one", "14", "2026-01")
    assert (found.qualifier, found.display, found.citations) == (Qualifier.EXACT, None, ())
    assert (found.mark.added_at, found.mark.changed_version) == (stamp(3).at, 3)
    assert (indicator.mark.added_at, indicator.mark.changed_version) == (stamp(2).at, 3)


def test_an_observation_of_nothing() -> None:
    """The indicator must be there."""
    given().when(
        {"recordObservation": {"indicator": "ships", "key": "a", "value": "1", "asOf": "2026"}}
    ).then_refused(ErrorCode.UNKNOWN_ITEM, "edits", "0", "recordObservation", "indicator")


def test_an_observation_that_is_there() -> None:
    """Its key is unique in the series, also after a retraction."""
    edit = {"recordObservation": {"indicator": "ships", "key": "a", "value": "1", "asOf": "2026"}}
    refusal = (ErrorCode.DUPLICATE, "edits", "0", "recordObservation", "key")
    retracted = ev.ObservationRetracted(key="a", indicator="ships", reason="No.")
    given(SHIPS, observed("a", "2026")).when(edit).then_refused(*refusal)
    given(SHIPS, observed("a", "2026"), retracted).when(edit).then_refused(*refusal)


def test_two_series_do_not_share_keys() -> None:
    """One key in the series of two indicators means two observations."""
    cranes = ev.IndicatorAdded(key="cranes", label="Cranes")
    after = (
        given(SHIPS, cranes, observed("a", "2026"))
        .when(
            {"recordObservation": {"indicator": "cranes", "key": "a", "value": "8", "asOf": "2026"}}
        )
        .then(ev.ObservationRecorded(key="a", indicator="cranes", value="8", as_of="2026"))
    )
    assert [list(found.observations) for found in after.indicators.values()] == [["a"], ["a"]]


def test_a_series_is_bounded() -> None:
    """The last free place is taken; then the series is full."""
    state = brief_of(SHIPS, observed("a", "2026"))
    one = state.indicators["ships"].observations["a"]
    many = {
        f"k{n}": msgspec.structs.replace(one, key=f"k{n}") for n in range(decide.SERIES_BOUND - 1)
    }
    ships = msgspec.structs.replace(state.indicators["ships"], observations=many)
    almost_full = msgspec.structs.replace(state, indicators={"ships": ships})
    edit = {"recordObservation": {"indicator": "ships", "key": "a", "value": "14", "asOf": "2026"}}
    full = Given(almost_full).when(edit).then(observed("a", "2026"))
    edit["recordObservation"]["key"] = "b"
    Given(full).when(edit).then_refused(
        ErrorCode.TOO_MANY, "edits", "0", "recordObservation", saying="1000 observations"
    )


def test_an_observation_is_retracted() -> None:
    """It stays in the series, with the reason and the time."""
    after = (
        given(SHIPS, observed("a", "2026"), observed("b", "2026"))
        .when({"retractObservation": {"indicator": "ships", "key": "a", "reason": "Wrong."}})
        .then(ev.ObservationRetracted(indicator="ships", key="a", reason="Wrong."))
    )
    series = after.indicators["ships"].observations
    assert list(series) == ["a", "b"]
    retraction = series["a"].retraction
    assert retraction is not None
    assert (retraction.at, retraction.reason) == (stamp(5).at, "Wrong.")
    assert series["b"].retraction is None
    assert (series["a"].mark.added_at, series["a"].mark.changed_version) == (stamp(3).at, 5)
    assert after.indicators["ships"].mark.changed_version == 5


@pytest.mark.parametrize(
    ("indicator", "key", "code", "field"),
    [
        ("nobody", "a", ErrorCode.UNKNOWN_ITEM, "indicator"),
        ("ships", "nobody", ErrorCode.UNKNOWN_ITEM, "key"),
        ("ships", "gone", ErrorCode.WRONG_STATE, "key"),
    ],
)
def test_a_retraction_that_cannot_be(indicator: str, key: str, code: ErrorCode, field: str) -> None:
    """Of what is not there, or twice."""
    gone = ev.ObservationRetracted(key="gone", indicator="ships", reason="No.")
    given(SHIPS, observed("a", "2026"), observed("gone", "2026"), gone).when(
        {"retractObservation": {"indicator": indicator, "key": key, "reason": "Wrong."}}
    ).then_refused(code, "edits", "0", "retractObservation", field)


@pytest.mark.parametrize(
    ("probe", "code", "field"),
    [
        ({"value": "2,500"}, ErrorCode.INVALID_NUMBER, "value"),
        ({"asOf": "18 January"}, ErrorCode.INVALID_DATE, "asOf"),
        ({"qualifier": "ABOUT"}, ErrorCode.INVALID_INPUT, "qualifier"),
        ({"display": "x" * 41}, ErrorCode.TOO_LONG, "display"),
    ],
)
def test_a_bad_observation(probe: dict[str, str], code: ErrorCode, field: str) -> None:
    """Values, dates and words outside their rules are refused at their place."""
    fields = {"indicator": "ships", "key": "a", "value": "1", "asOf": "2026", **probe}
    given(SHIPS).when({"recordObservation": fields}).then_refused(
        code, "edits", "0", "recordObservation", field
    )


def shown(*events: ev.Event) -> str | None:
    """The key of the observation that the ships' indicator shows."""
    found = latest_observation(brief_of(SHIPS, *events).indicators["ships"])
    return None if found is None else found.key


def test_nothing_is_shown_of_nothing() -> None:
    """An indicator without observations shows none."""
    assert shown() is None


def test_the_newest_date_is_shown() -> None:
    """Not the newest recording: an old number may become known late."""
    assert shown(observed("new", "2026-02"), observed("old", "2025-12-31")) == "new"


def test_the_later_recording_of_one_date_is_shown() -> None:
    """The second word on the same day counts."""
    assert shown(observed("one", "2026-01"), observed("two", "2026-01")) == "two"


def test_a_period_that_still_runs_is_newest() -> None:
    """Of periods that begin together, the one that ends later, or never, is shown."""
    assert shown(observed("open", "2026/.."), observed("whole", "2026")) == "open"


def test_a_retracted_observation_is_not_shown() -> None:
    """The one before it is shown again; or none, if there is none."""
    gone = ev.ObservationRetracted(key="new", indicator="ships", reason="Wrong.")
    assert shown(observed("old", "2025"), observed("new", "2026"), gone) == "old"
    assert shown(observed("new", "2026"), gone) is None


def test_a_removed_indicator_takes_its_series_along() -> None:
    """Nothing of it is left to be edited."""
    after = (
        given(SHIPS, observed("a", "2026"))
        .when({"removeIndicator": {"key": "ships"}})
        .then(ev.IndicatorRemoved(key="ships"))
    )
    Given(after).when(
        {"retractObservation": {"indicator": "ships", "key": "a", "reason": "Wrong."}}
    ).then_refused(ErrorCode.UNKNOWN_ITEM, "edits", "0", "retractObservation", "indicator")


def test_a_revised_indicator_keeps_its_series() -> None:
    """Another label, the same numbers."""
    after = brief_of(SHIPS, observed("a", "2026"), ev.IndicatorRevised(key="ships", label="Ships"))
    assert list(after.indicators["ships"].observations) == ["a"]
