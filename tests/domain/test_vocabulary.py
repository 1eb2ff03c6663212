"""The words of the newsroom: their spelling and their orders."""

from enum import StrEnum

import pytest

from graphql_brief.domain import vocabulary as v


@pytest.mark.parametrize(
    "enum",
    [
        found
        for found in vars(v).values()
        if isinstance(found, type) and issubclass(found, StrEnum) and found is not StrEnum
    ],
)
def test_a_word_is_spelled_one_way(enum: type[StrEnum]) -> None:
    """In the log and in the API as in the code."""
    assert [member.name for member in enum] == [member.value for member in enum]


def test_significance_is_ordered() -> None:
    """From 4 for BREAKING down to 1."""
    weights = {found: found.weight for found in v.Significance}
    assert weights == {"BREAKING": 4, "SUBSTANTIVE": 3, "MINOR": 2, "COPY_EDIT": 1}


def test_audiences_are_nested() -> None:
    """Each sees what the ones before it see."""
    seen = {(a, b) for a in v.Audience for b in v.Audience if a.includes(b)}
    public, newsroom, audit = v.Audience
    assert seen == {
        (public, public),
        (newsroom, public),
        (newsroom, newsroom),
        (audit, public),
        (audit, newsroom),
        (audit, audit),
    }
