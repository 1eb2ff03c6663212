"""Dates of the world: what each form covers, how it reads, and what is refused."""

import re
import warnings
from datetime import date
from itertools import pairwise
from math import inf
from typing import Any

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from graphql_brief.domain import edtf

with warnings.catch_warnings():  # its grammar uses names that pyparsing has deprecated
    warnings.simplefilter("ignore")
    from edtf import parse_edtf

READ: list[tuple[str, date | None, date | None, str]] = [
    ("2026-01-18", date(2026, 1, 18), date(2026, 1, 18), "January 18, 2026"),
    ("2011-12", date(2011, 12, 1), date(2011, 12, 31), "December 2011"),
    ("2011-12-XX", date(2011, 12, 1), date(2011, 12, 31), "December 2011"),
    ("2014", date(2014, 1, 1), date(2014, 12, 31), "2014"),
    ("2014-XX", date(2014, 1, 1), date(2014, 12, 31), "2014"),
    ("2014-XX-XX", date(2014, 1, 1), date(2014, 12, 31), "2014"),
    ("198X", date(1980, 1, 1), date(1989, 12, 31), "1980s"),
    ("19XX", date(1900, 1, 1), date(1999, 12, 31), "1900s"),
    ("2014?", date(2014, 1, 1), date(2014, 12, 31), "2014 (uncertain)"),
    ("2014-06~", date(2014, 6, 1), date(2014, 6, 30), "June 2014 (approximate)"),
    ("198X%", date(1980, 1, 1), date(1989, 12, 31), "1980s (uncertain, approximate)"),
    ("2014-06-10?", date(2014, 6, 10), date(2014, 6, 10), "June 10, 2014 (uncertain)"),
    ("2024-02", date(2024, 2, 1), date(2024, 2, 29), "February 2024"),
    ("1900-02", date(1900, 2, 1), date(1900, 2, 28), "February 1900"),
    ("2000-02-29", date(2000, 2, 29), date(2000, 2, 29), "February 29, 2000"),
    ("0001", date(1, 1, 1), date(1, 12, 31), "1"),
    ("9999-12-31", date(9999, 12, 31), date(9999, 12, 31), "December 31, 9999"),
    (
        "1991-09/1992-11",
        date(1991, 9, 1),
        date(1992, 11, 30),
        "September 1991 – November 1992",
    ),
    (
        "2026-01-18/2026-01-18",
        date(2026, 1, 18),
        date(2026, 1, 18),
        "January 18, 2026 – January 18, 2026",
    ),
    ("2014/2014-06", date(2014, 1, 1), date(2014, 6, 30), "2014 – June 2014"),
    ("2014~/2015?", date(2014, 1, 1), date(2015, 12, 31), "2014 (approximate) – 2015 (uncertain)"),
    ("2023-10/..", date(2023, 10, 1), None, "since October 2023"),
    ("../2023-10", None, date(2023, 10, 31), "until October 2023"),
]
REFUSED: list[tuple[str, str]] = [
    ("", "not an EDTF date"),
    ("18 January 2026", "not an EDTF date"),
    ("2026-1-18", "not an EDTF date"),
    ("20260118", "not an EDTF date"),
    ("2026-01-18T09:00:00Z", "not an EDTF date"),
    ("26", "not an EDTF date"),
    ("-0044", "not an EDTF date"),
    ("Y12026", "not an EDTF date"),
    ("2026-01-18??", "not an EDTF date"),
    ("?2026", "not an EDTF date"),
    ("1XXX", "not an EDTF date"),
    ("2026-01-1X", "not an EDTF date"),
    ("2026-21", "months are 01 to 12"),
    ("2026-00", "months are 01 to 12"),
    ("2026-13-01", "months are 01 to 12"),
    ("2026-02-29", "February 2026 has days 01 to 28"),
    ("2026-04-31", "April 2026 has days 01 to 30"),
    ("2026-01-00", "January 2026 has days 01 to 31"),
    ("0000", "years start at 0001"),
    ("000X", "years start at 0001"),
    ("198X-06", "a decade or century has no month"),
    ("19XX-XX-01", "a decade or century has no month"),
    ("2026-XX-18", "a day needs its month"),
    ("../..", "open at both ends"),
    ("..", "not an EDTF date"),
    ("2026/", "lacks an end"),
    ("/2026", "lacks an end"),
    ("2024/2025/2026", "not an EDTF date"),
    ("2026/2025", "ends before it starts"),
    ("2026-02/2026-01-31", "ends before it starts"),
    ("2026-01-18 ", "not an EDTF date"),
    ("\uff12\uff10\uff12\uff16", "not an EDTF date"),
    ("2026\n", "not an EDTF date"),
    ("\ud800", "not an EDTF date"),
    ("2026-01-18/" + "0" * 22, "the bound is 32"),
]


@pytest.mark.parametrize(("text", "earliest", "latest", "display"), READ)
def test_a_date(text: str, earliest: date | None, latest: date | None, display: str) -> None:
    """Its first day, its last day, and how a reader sees it."""
    assert edtf.parse(text) == edtf.Span(earliest, latest, display)


@pytest.mark.parametrize(("text", "saying"), REFUSED)
def test_no_date(text: str, saying: str) -> None:
    """Refused with a sentence for the editor."""
    with pytest.raises(ValueError, match=re.escape(saying)):
        edtf.parse(text)


def test_the_longest_date() -> None:
    """The bound leaves room for every form that is read."""
    longest = "2026-01-18?/2026-01-19~"
    assert edtf.parse(longest).latest == date(2026, 1, 19)
    assert len(longest) < edtf.TEXT_BOUND


def test_the_documented_forms() -> None:
    """Every form in the module's table is read."""
    assert edtf.__doc__ is not None
    rows = [line.split("|")[1] for line in edtf.__doc__.splitlines() if line.startswith("| `")]
    texts = [text for row in rows for text in re.findall("`([^`]*)`", row)]
    assert len(texts) == 12
    assert all(edtf.parse(text).display for text in texts)


def test_order() -> None:
    """By first day, then last day; open ends are the ends of time."""
    ordered = ["../2014", "198X", "2013-12-31", "2014-01-01", "2014-01", "2014", "2014/..", "2015"]
    assert all(edtf.order(one) < edtf.order(next_one) for one, next_one in pairwise(ordered))


MONTH = st.integers(1, 12).map(lambda n: f"{n:02}")
DAY = st.integers(1, 31).map(lambda n: f"{n:02}")
YEAR = st.integers(0, 9999).map(lambda n: f"{n:04}")
PRECISE = st.one_of(
    YEAR, st.tuples(YEAR, MONTH).map("-".join), st.tuples(YEAR, MONTH, DAY).map("-".join)
)
UNSPECIFIED = st.one_of(
    st.integers(0, 999).map(lambda n: f"{n:03}X"),
    st.integers(0, 99).map(lambda n: f"{n:02}XX"),
    YEAR.map(lambda year: f"{year}-XX"),
    YEAR.map(lambda year: f"{year}-XX-XX"),
    st.tuples(YEAR, MONTH, st.just("XX")).map("-".join),
)
MARK = st.sampled_from(["", "", "?", "~", "%"])
MARKED = st.tuples(PRECISE, MARK).map("".join)
OPEN = st.just("..")
BOTH_KNOW = MARKED | UNSPECIFIED | st.tuples(MARKED | OPEN, MARKED | OPEN).map("/".join)
"""The forms that the `edtf` library reads too; some name days that are not, or end too early."""
END = st.tuples(PRECISE | UNSPECIFIED, MARK).map("".join) | OPEN
DATES = END | st.tuples(END, END).map("/".join)
"""All forms that are read."""


def read(text: str) -> edtf.Span | None:
    """What `text` covers; None if it is refused."""
    try:
        return edtf.parse(text)
    except ValueError:
        return None


def other_opinion(text: str) -> tuple[date | None, date | None]:
    """First and last day by the `edtf` library; None for an open end."""
    parsed = parse_edtf(text)
    return _day(parsed.lower_strict(), -inf), _day(parsed.upper_strict(), inf)


def _day(found: Any, unbounded: float) -> date | None:
    return None if found == unbounded else date(*found[:3])


@for_all(BOTH_KNOW)
def test_a_second_opinion(text: str) -> None:
    """What we read, the `edtf` library reads the same: first and last day."""
    span = read(text)
    if span is not None:
        assert (span.earliest, span.latest) == other_opinion(text)


@pytest.mark.parametrize("text", [row[0] for row in READ if row[0] != "198X%"])
def test_a_second_opinion_on_the_examples(text: str) -> None:
    """The dates above, whose days were worked out by hand, are the library's; it lacks `198X%`."""
    span = edtf.parse(text)
    assert (span.earliest, span.latest) == other_opinion(text)


@for_all(st.text() | DATES)
def test_a_date_is_whole_or_refused(text: str) -> None:
    """Whatever comes in: a span that ends after it starts and can be shown, or ValueError."""
    span = read(text)
    if span is not None:
        assert span.earliest is not None or span.latest is not None
        first, last = edtf.order(text)
        assert first <= last
        assert span.display.strip() == span.display != ""
