"""Possible futures: their forecasts, and how they end."""

import pytest
from msgspec import structs

from graphql_brief.domain import events as ev
from graphql_brief.domain.items import Probability
from graphql_brief.domain.vocabulary import ErrorCode, Outcome
from tests.domain.scenario import brief_of, given, stamp

DEAL = ev.ScenarioAdded(key="deal", title="A settlement", body="Both give way.")
FORECAST = ev.ForecastMade(
    key="bank",
    scenario="deal",
    probability=Probability(low="0.4"),
    forecaster="A bank",
    made_on="2026-01",
)
RESOLVED = ev.ScenarioResolved(
    key="deal", outcome=Outcome.HAPPENED, resolved_on="2026-02-01", explanation="Signed."
)
FORECAST_JSON = {
    "scenario": "deal",
    "key": "bank",
    "probability": {"low": "0.4"},
    "forecaster": "A bank",
    "madeOn": "2026-01",
}


def test_a_forecast_is_made() -> None:
    """It joins the scenario's series."""
    after = given(DEAL).when({"makeForecast": FORECAST_JSON}).then(FORECAST)
    scenario = after.scenarios["deal"]
    (found,) = scenario.forecasts.values()
    assert (found.key, found.forecaster) == ("bank", "A bank")
    assert found.probability == Probability(low="0.4")
    assert (found.made_on, found.rationale, found.withdrawn) == ("2026-01", None, None)
    assert (found.mark.changed_version, scenario.mark.changed_version) == (3, 3)


@pytest.mark.parametrize("probability", ["0", "0.0", "1", "1.000", "0.123456789012"])
def test_a_probability(probability: str) -> None:
    """Anything from 0 to 1."""
    edit = {"makeForecast": {**FORECAST_JSON, "probability": {"low": probability}}}
    assert not given(DEAL).when(edit).refusals


@pytest.mark.parametrize("probability", ["-0.1", "1.1", "1.000000000001", "40%", ".4", "1e-3", ""])
def test_no_probability(probability: str) -> None:
    """Nothing below 0 or above 1, and nothing that is no decimal number."""
    for end, given_ends in (
        ("low", {"low": probability}),
        ("high", {"low": "0", "high": probability}),
    ):
        edit = {"makeForecast": {**FORECAST_JSON, "probability": given_ends}}
        given(DEAL).when(edit).then_refused(
            ErrorCode.INVALID_NUMBER, "edits", "0", "makeForecast", "probability", end
        )


def test_a_range() -> None:
    """Between two numbers; they are kept as they were written."""
    edit = {"makeForecast": {**FORECAST_JSON, "probability": {"low": "0.2", "high": "0.40"}}}
    made = structs.replace(FORECAST, probability=Probability(low="0.2", high="0.40"))
    given(DEAL).when(edit).then(made)


@pytest.mark.parametrize(("low", "high"), [("0.4", "0.4"), ("0.4", "0.40"), ("0.4", "0.3")])
def test_no_range(low: str, high: str) -> None:
    """One that does not rise: a single number is said in one way only."""
    edit = {"makeForecast": {**FORECAST_JSON, "probability": {"low": low, "high": high}}}
    given(DEAL).when(edit).then_refused(
        ErrorCode.INVALID_NUMBER,
        *("edits", "0", "makeForecast", "probability", "high"),
        saying="not above",
    )


def test_a_forecast_is_made_on_one_date() -> None:
    """An interval is no date on which somebody said something."""
    given(DEAL).when({"makeForecast": {**FORECAST_JSON, "madeOn": "2025/2026"}}).then_refused(
        ErrorCode.INVALID_DATE, "edits", "0", "makeForecast", "madeOn", saying="interval"
    )


def test_a_forecast_is_withdrawn() -> None:
    """It stays in the series, with the reason and the time."""
    after = (
        given(DEAL, FORECAST)
        .when({"withdrawForecast": {"scenario": "deal", "key": "bank", "reason": "Old."}})
        .then(ev.ForecastWithdrawn(scenario="deal", key="bank", reason="Old."))
    )
    withdrawn = after.scenarios["deal"].forecasts["bank"].withdrawn
    assert withdrawn is not None
    assert (withdrawn.at, withdrawn.reason) == (stamp(4).at, "Old.")


@pytest.mark.parametrize(
    ("scenario", "key", "code", "field"),
    [
        ("nobody", "bank", ErrorCode.UNKNOWN_ITEM, "scenario"),
        ("deal", "nobody", ErrorCode.UNKNOWN_ITEM, "key"),
        ("deal", "gone", ErrorCode.WRONG_STATE, "key"),
    ],
)
def test_a_withdrawal_that_cannot_be(scenario: str, key: str, code: ErrorCode, field: str) -> None:
    """Of what is not there, or twice."""
    gone = (
        ev.ForecastMade(
            key="gone",
            scenario="deal",
            probability=Probability(low="0.1"),
            forecaster="A poet",
            made_on="2026",
        ),
        ev.ForecastWithdrawn(key="gone", scenario="deal", reason="No."),
    )
    given(DEAL, FORECAST, *gone).when(
        {"withdrawForecast": {"scenario": scenario, "key": key, "reason": "Old."}}
    ).then_refused(code, "edits", "0", "withdrawForecast", field)


def test_a_scenario_ends() -> None:
    """With its outcome, the date, what was seen, and when that was recorded."""
    after = (
        given(DEAL)
        .when(
            {
                "resolveScenario": {
                    "key": "deal",
                    "outcome": "HAPPENED",
                    "resolvedOn": "2026-02-01",
                    "explanation": "Signed.",
                }
            }
        )
        .then(RESOLVED)
    )
    resolution = after.scenarios["deal"].resolution
    assert resolution is not None
    assert (resolution.outcome, resolution.resolved_on) == (Outcome.HAPPENED, "2026-02-01")
    assert (resolution.explanation, resolution.at) == ("Signed.", stamp(3).at)


def test_a_scenario_ends_once() -> None:
    """Another ending needs the first one taken back."""
    again = {
        "resolveScenario": {
            "key": "deal",
            "outcome": "CANNOT_BE_TOLD",
            "resolvedOn": "2026",
            "explanation": "Both sides claim it.",
        }
    }
    given(DEAL, RESOLVED).when(again).then_refused(
        ErrorCode.WRONG_STATE, "edits", "0", "resolveScenario", "key", saying="reopen it first"
    )
    reopened = ev.ScenarioReopened(key="deal", reason="No.")
    after = (
        given(DEAL, RESOLVED)
        .when({"reopenScenario": {"key": "deal", "reason": "No."}}, again)
        .then(
            reopened,
            ev.ScenarioResolved(
                key="deal",
                outcome=Outcome.CANNOT_BE_TOLD,
                resolved_on="2026",
                explanation="Both sides claim it.",
            ),
        )
    )
    assert after.scenarios["deal"].resolution is not None
    assert brief_of(DEAL, RESOLVED, reopened).scenarios["deal"].resolution is None


def test_what_has_not_ended_is_not_reopened() -> None:
    """There is nothing to take back."""
    given(DEAL).when({"reopenScenario": {"key": "deal", "reason": "No."}}).then_refused(
        ErrorCode.WRONG_STATE, "edits", "0", "reopenScenario", "key"
    )


@pytest.mark.parametrize("name", ["resolveScenario", "reopenScenario"])
def test_the_end_of_nothing(name: str) -> None:
    """The scenario must be there."""
    ends = {"outcome": "HAPPENED", "resolvedOn": "2026", "explanation": "Signed."}
    more = ends if name == "resolveScenario" else {"reason": "No."}
    given().when({name: {"key": "deal", **more}}).then_refused(
        ErrorCode.UNKNOWN_ITEM, "edits", "0", name, "key"
    )


def test_an_unknown_outcome() -> None:
    """An outcome is one of three words."""
    ends = {"key": "deal", "outcome": "MAYBE", "resolvedOn": "2026", "explanation": "Signed."}
    given(DEAL).when({"resolveScenario": ends}).then_refused(
        ErrorCode.INVALID_INPUT, "edits", "0", "resolveScenario", "outcome"
    )
