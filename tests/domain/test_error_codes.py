"""Every way in which the domain can refuse: one batch or command for each error code."""

from typing import Any

import pytest

from graphql_brief.domain import events as ev
from graphql_brief.domain.vocabulary import ErrorCode, Section
from tests.domain.samples import added, adding
from tests.domain.scenario import given

BEYOND_THE_DOMAIN = {
    ErrorCode.NOT_FOUND,
    ErrorCode.SLUG_TAKEN,
    ErrorCode.VERSION_CONFLICT,
    ErrorCode.IDEMPOTENCY_KEY_REUSED,
    ErrorCode.FORBIDDEN,
    ErrorCode.OVERLOADED,
}
"""Given where streams are looked up, appended to and guarded: the domain sees one brief."""

NOTICE = added(Section.SOURCES, "notice")
DEVELOPMENT = added(Section.TIMELINE, "a")
RETRACTED = ev.DevelopmentRetracted(key="a", reason="No.")
CITED = adding(Section.OVERVIEW, "x", citations=[{"source": "notice"}])

CASES: dict[ErrorCode, tuple[tuple[ev.Event, ...], list[dict[str, Any]], tuple[str, ...]]] = {
    ErrorCode.INVALID_TEXT: ((), [adding(Section.OVERVIEW, "x", text="a\x07")], ("text",)),
    ErrorCode.TOO_LONG: ((), [adding(Section.OVERVIEW, "x", text="x" * 5001)], ("text",)),
    ErrorCode.TOO_MANY: (
        (),
        [{"setSubjects": {"subjects": [str(n) for n in range(21)]}}],
        ("subjects",),
    ),
    ErrorCode.INVALID_KEY: ((), [adding(Section.OVERVIEW, "-x")], ("key",)),
    ErrorCode.INVALID_DATE: ((), [adding(Section.TIMELINE, "x", date="2026-02-30")], ("date",)),
    ErrorCode.INVALID_NUMBER: (
        (added(Section.INDICATORS, "a"),),
        [{"recordObservation": {"indicator": "a", "key": "x", "value": "1e3", "asOf": "2026"}}],
        ("value",),
    ),
    ErrorCode.INVALID_URL: ((), [adding(Section.SOURCES, "x", url="javascript:x")], ("url",)),
    ErrorCode.INVALID_LANGUAGE: ((), [{"setLanguage": {"language": "EN"}}], ("language",)),
    ErrorCode.INVALID_INPUT: ((), [adding(Section.OVERVIEW, "x", text=7)], ("text",)),
    ErrorCode.DUPLICATE: ((DEVELOPMENT,), [adding(Section.TIMELINE, "a")], ("key",)),
    ErrorCode.UNKNOWN_ITEM: ((), [{"removeParagraph": {"key": "nobody"}}], ("key",)),
    ErrorCode.UNKNOWN_SOURCE: ((), [CITED], ("citations", "0", "source")),
    ErrorCode.UNKNOWN_ENTITY: ((), [adding(Section.INVOLVEMENTS, "nobody")], ("entity",)),
    ErrorCode.UNKNOWN_BRIEF: (
        (),
        [adding(Section.PRECEDENTS, "x", brief="brief-nobody")],
        ("brief",),
    ),
    ErrorCode.STILL_CITED: ((NOTICE,), [CITED, {"removeSource": {"key": "notice"}}], ("key",)),
    ErrorCode.WRONG_STATE: (
        (DEVELOPMENT, RETRACTED),
        [{"retractDevelopment": {"key": "a", "reason": "No."}}],
        ("key",),
    ),
}


def test_every_code_is_told_apart() -> None:
    """A code is either produced below or belongs to what surrounds the domain."""
    assert set(ErrorCode) == set(CASES) | BEYOND_THE_DOMAIN
    assert not set(CASES) & BEYOND_THE_DOMAIN


@pytest.mark.parametrize("code", CASES)
def test_a_code(code: ErrorCode) -> None:
    """The last edit of the batch is refused with the code, at its place, in words."""
    before, edits, path = CASES[code]
    (name,) = edits[-1]
    then = given(*before).when(*edits)
    then.then_refused(code, "edits", str(len(edits) - 1), name, *path)
    (refusal,) = then.refusals
    assert len(refusal.message) > len(path[-1])
