"""How numbers read: an observation's when its editor did not say, and a forecast's."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphql_brief.api.display import display, display_probability
from graphql_brief.domain.items import Probability
from graphql_brief.domain.states import Mark, Observation
from graphql_brief.domain.vocabulary import Qualifier

AT = datetime(2026, 1, 1, tzinfo=UTC)
MARK = Mark(added_at=AT, changed_at=AT, changed_version=1)


def shown(
    value: str, qualifier: Qualifier = Qualifier.EXACT, display_form: str | None = None
) -> str:
    """The display form of an observation."""
    return display(
        Observation(
            key="k",
            value=value,
            qualifier=qualifier,
            display=display_form,
            as_of="2026",
            mark=MARK,
        )
    )


@pytest.mark.parametrize(
    ("value", "qualifier", "text"),
    [
        ("2500", Qualifier.EXACT, "2,500"),
        ("12", Qualifier.EXACT, "12"),
        ("42000", Qualifier.EXACT, "42,000"),
        ("180", Qualifier.AT_LEAST, "180+"),
        ("2000", Qualifier.APPROXIMATE, "~2,000"),
        ("1234567.250", Qualifier.EXACT, "1,234,567.250"),
        ("-1200", Qualifier.EXACT, "-1,200"),
        ("-0.5", Qualifier.APPROXIMATE, "~-0.5"),
    ],
)
def test_forms(value: str, qualifier: Qualifier, text: str) -> None:
    """Thousands in groups of three; the qualifier as a sign."""
    assert shown(value, qualifier) == text


def test_the_editor_has_the_last_word() -> None:
    """A display form that was given is shown as it is."""
    assert shown("2500", Qualifier.AT_LEAST, "about 2½ thousand") == "about 2½ thousand"


@given(st.from_regex(r"-?(?:0|[1-9][0-9]{0,17})(?:\.[0-9]{1,12})?", fullmatch=True))
def test_no_digit_is_lost(value: str) -> None:
    """Without its commas the form is the number as given."""
    text = shown(value.strip())
    assert text.replace(",", "") == value.strip()
    assert Decimal(text.replace(",", "")) == Decimal(value.strip())


@pytest.mark.parametrize(
    ("low", "high", "text"),
    [
        ("0.35", None, "35%"),
        ("0.2", "0.40", "20–40%"),
        ("0", "1.000", "0–100%"),
        ("-0.0", None, "0%"),
        ("0.123456789012", None, "12.3456789012%"),
    ],
)
def test_probabilities(low: str, high: str | None, text: str) -> None:
    """In percent, with all digits that count and no others; a range with both ends."""
    assert display_probability(Probability(low=low, high=high)) == text
