"""Dates of the world: a subset of the Extended Date/Time Format, ISO 8601-2:2019 annex A.

Read here, with the days that a text covers:

| text                       | reads                | earliest .. latest            |
|----------------------------|----------------------|-------------------------------|
| `2026-01-18`               | January 18, 2026     | that day                      |
| `2011-12`, `2011-12-XX`    | December 2011        | the month                     |
| `2014`                     | 2014                 | the year                      |
| `198X`, `19XX`             | 1980s, 1900s         | the decade, the century       |
| `2014?` `2014~` `2014%`    | 2014 (uncertain) ... | as without the mark           |
| `1991-09/1992-11`          | September 1991 – ... | first day .. last day         |
| `2023-10/..`, `../2023-10` | since ..., until ... | an open end is None           |

The text is what is kept; the days and the display form are derived, by rules that never change:
read models must come out of the log the same in ten years, which is why this is not a library.
"""

import re
from calendar import monthrange
from datetime import date
from functools import lru_cache
from typing import NamedTuple

TEXT_BOUND = 32
"""Longest text, in characters; the longest form read here has 23."""

_MONTHS = (  # noqa: SIM905 - one line to read, not twelve
    "January February March April May June July August September October November December"
).split()
_MARKS = {"": "", "?": " (uncertain)", "~": " (approximate)", "%": " (uncertain, approximate)"}
_DAY = re.compile(
    r"(?P<year>[0-9]{4}|[0-9]{3}X|[0-9]{2}XX)"
    r"(?:-(?P<month>[0-9]{2}|XX)(?:-(?P<day>[0-9]{2}|XX))?)?(?P<mark>[?~%]?)",
    re.ASCII,
)


class Span(NamedTuple):
    """The days that an EDTF text covers, and how a reader sees it."""

    earliest: date | None
    """First day; None where the start is open."""
    latest: date | None
    """Last day; None where the end is open."""
    display: str


@lru_cache(maxsize=4096)
def parse(text: str) -> Span:
    """What `text` covers.

    Raises ValueError with a sentence for the editor if it is not a date of this subset.
    """
    if len(text) > TEXT_BOUND:
        raise ValueError(f"has {len(text)} characters, the bound is {TEXT_BOUND}")
    start_text, slash, end_text = text.partition("/")
    if not slash:
        return _parse_one(text)
    if not start_text or not end_text:
        raise ValueError(f"{text!r} lacks an end; one that is open is written `..`")
    if start_text == ".." and end_text == "..":
        raise ValueError(f"{text!r} is open at both ends")
    start = None if start_text == ".." else _parse_one(start_text)
    end = None if end_text == ".." else _parse_one(end_text)
    if start and end and start.earliest and end.latest and start.earliest > end.latest:
        raise ValueError(f"{text!r} ends before it starts")
    if start is None and end is not None:
        return Span(None, end.latest, f"until {end.display}")
    if start is not None and end is None:
        return Span(start.earliest, None, f"since {start.display}")
    assert start is not None
    assert end is not None
    return Span(start.earliest, end.latest, f"{start.display} – {end.display}")


def _parse_one(text: str) -> Span:
    found = _DAY.fullmatch(text)
    if found is None:
        raise ValueError(
            f"{text!r} is not an EDTF date such as 2026-01-18, 2011-12, 2014~ or 1991-09/1992-11"
        )
    year_text, mark = found["year"], _MARKS[found["mark"]]
    month_text = found["month"] if found["month"] != "XX" else None
    day_text = found["day"] if found["day"] != "XX" else None
    first_year, last_year = int(year_text.replace("X", "0")), int(year_text.replace("X", "9"))
    if first_year == 0:
        raise ValueError(f"{text!r}: years start at 0001")
    if "X" in year_text:
        if found["month"]:
            raise ValueError(f"{text!r}: a decade or century has no month")
        return Span(date(first_year, 1, 1), date(last_year, 12, 31), f"{first_year}s{mark}")
    if month_text is None:
        if day_text is not None:
            raise ValueError(f"{text!r}: a day needs its month")
        return Span(date(first_year, 1, 1), date(first_year, 12, 31), f"{first_year}{mark}")
    month = int(month_text)
    if not 1 <= month <= 12:
        raise ValueError(f"{text!r}: months are 01 to 12")
    last_day = monthrange(first_year, month)[1]
    name = _MONTHS[month - 1]
    if day_text is None:
        display = f"{name} {first_year}{mark}"
        return Span(date(first_year, month, 1), date(first_year, month, last_day), display)
    day = int(day_text)
    if not 1 <= day <= last_day:
        raise ValueError(f"{text!r}: {name} {first_year} has days 01 to {last_day}")
    whole = date(first_year, month, day)
    return Span(whole, whole, f"{name} {day}, {first_year}{mark}")


def order(text: str) -> tuple[date, date]:
    """A sort key: by first day, then by last day; open ends sort as the ends of time."""
    span = parse(text)
    return span.earliest or date.min, span.latest or date.max
