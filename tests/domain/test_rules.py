"""What a field may hold: each rule at its edges, and the walk that finds every fault."""

from decimal import Decimal
from typing import Annotated, Any, get_args, get_origin, get_type_hints

import msgspec
import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from graphql_brief.domain import commands as c
from graphql_brief.domain import edits as e
from graphql_brief.domain.items import Citation
from graphql_brief.domain.rules import (
    BRIEF_ID,
    ENTITY_ID,
    KEY,
    LANGUAGE,
    DecimalText,
    EdtfDate,
    Line,
    Many,
    Prose,
    Rule,
    Url,
    check,
    split,
)
from graphql_brief.domain.vocabulary import ErrorCode

ALLOWED: list[tuple[Rule, Any]] = [
    (Line(5), "abcde"),
    (Line(5), "  a  "),
    (Line(5), "–’×é😀"),
    (Line(1), "⠀"),
    (Prose(5), "a\n\nb "),
    (KEY, "a"),
    (KEY, "0-a"),
    (KEY, "a" * 64),
    (LANGUAGE, "en"),
    (LANGUAGE, "yue"),
    (LANGUAGE, "zh-Hant"),
    (LANGUAGE, "zh-Hant-TW"),
    (LANGUAGE, "es-419"),
    (BRIEF_ID, "brief-a"),
    (BRIEF_ID, "brief-" + "a" * 40),
    (ENTITY_ID, "entity-0"),
    (Url(), "http://a"),
    (Url(), "https://port.example:8443/notices/7?lang=en&x=%20#top"),
    (Url(), "https://en.wikipedia.org/wiki/Harbour_(film)"),
    (Url(), "https://Zürich.example/Straße"),
    (Url(), "https://port.example?x"),
    (Url(), "https://" + "a" * 2040),
    (EdtfDate(), "2023-10/.."),
    (EdtfDate(single=True), "2014~"),
    (EdtfDate(day=True), "2026-01-18"),
    (DecimalText(), "0"),
    (DecimalText(), "-12.50"),
    (DecimalText(), "9" * 18 + "." + "9" * 12),
    (DecimalText(Decimal(0), Decimal(1)), "0.0"),
    (DecimalText(Decimal(0), Decimal(1)), "1.0"),
    (Many(2), ()),
    (Many(2), ("a", "b")),
]
REFUSED: list[tuple[Rule, Any, ErrorCode]] = [
    (Line(5), "abcdef", ErrorCode.TOO_LONG),
    (Line(5), "a\nb", ErrorCode.INVALID_TEXT),
    (Line(5), "a\u2028b", ErrorCode.INVALID_TEXT),
    (Line(5), "a\u2029b", ErrorCode.INVALID_TEXT),
    (Line(5), "a\x00", ErrorCode.INVALID_TEXT),
    (Line(5), "\x7f", ErrorCode.INVALID_TEXT),
    (Line(5), "a\x85b", ErrorCode.INVALID_TEXT),
    (Line(5), "a\x9f", ErrorCode.INVALID_TEXT),
    (Line(5), "\ud800", ErrorCode.INVALID_TEXT),
    (Line(5), "\udfff", ErrorCode.INVALID_TEXT),
    (Line(5), "", ErrorCode.INVALID_TEXT),
    (Line(5), "   ", ErrorCode.INVALID_TEXT),
    (Line(5), "\u00a0\u2003", ErrorCode.INVALID_TEXT),
    (Line(5), "\u200b\ufeff", ErrorCode.INVALID_TEXT),
    (Prose(5), "abcdef", ErrorCode.TOO_LONG),
    (Prose(5), "\n\n", ErrorCode.INVALID_TEXT),
    (Prose(5), "a\tb", ErrorCode.INVALID_TEXT),
    (Prose(5), "a\r\nb", ErrorCode.INVALID_TEXT),
    (Prose(5), "a\udc00", ErrorCode.INVALID_TEXT),
    (KEY, "", ErrorCode.INVALID_KEY),
    (KEY, "-a", ErrorCode.INVALID_KEY),
    (KEY, "a-", ErrorCode.INVALID_KEY),
    (KEY, "A", ErrorCode.INVALID_KEY),
    (KEY, "a_b", ErrorCode.INVALID_KEY),
    (KEY, "é", ErrorCode.INVALID_KEY),
    (KEY, "a\n", ErrorCode.INVALID_KEY),
    (KEY, "a.b", ErrorCode.INVALID_KEY),
    (KEY, "a" * 65, ErrorCode.INVALID_KEY),
    (KEY, "\ud800", ErrorCode.INVALID_KEY),
    (LANGUAGE, "EN", ErrorCode.INVALID_LANGUAGE),
    (LANGUAGE, "e", ErrorCode.INVALID_LANGUAGE),
    (LANGUAGE, "en_GB", ErrorCode.INVALID_LANGUAGE),
    (LANGUAGE, "en-gb", ErrorCode.INVALID_LANGUAGE),
    (LANGUAGE, "en-", ErrorCode.INVALID_LANGUAGE),
    (BRIEF_ID, "brief-", ErrorCode.UNKNOWN_BRIEF),
    (BRIEF_ID, "brief-" + "a" * 41, ErrorCode.UNKNOWN_BRIEF),
    (BRIEF_ID, "brief-a.development.b", ErrorCode.UNKNOWN_BRIEF),
    (ENTITY_ID, "brief-a", ErrorCode.UNKNOWN_ENTITY),
    (Url(), "https://" + "a" * 2041, ErrorCode.TOO_LONG),
    (Url(), "", ErrorCode.INVALID_URL),
    (Url(), "/notices/7", ErrorCode.INVALID_URL),
    (Url(), "//port.example", ErrorCode.INVALID_URL),
    (Url(), "ftp://port.example", ErrorCode.INVALID_URL),
    (Url(), "javascript:alert(1)", ErrorCode.INVALID_URL),
    (Url(), "data:text/html,x", ErrorCode.INVALID_URL),
    (Url(), " https://port.example", ErrorCode.INVALID_URL),
    (Url(), "https://", ErrorCode.INVALID_URL),
    (Url(), "https:///x", ErrorCode.INVALID_URL),
    (Url(), "https://user:secret@port.example", ErrorCode.INVALID_URL),
    (Url(), "https://port.example/a b", ErrorCode.INVALID_URL),
    (Url(), "https://port.example/a\u2003b", ErrorCode.INVALID_URL),
    (Url(), "https://port.example/\n", ErrorCode.INVALID_URL),
    (Url(), "https://port.example/\x00", ErrorCode.INVALID_URL),
    (Url(), 'https://port.example/"x', ErrorCode.INVALID_URL),
    (Url(), "https://<script>", ErrorCode.INVALID_URL),
    (Url(), 'https://"onload=x', ErrorCode.INVALID_URL),
    (Url(), "https://port.example\\@other.example", ErrorCode.INVALID_URL),
    (Url(), "https://port.example/\ud800", ErrorCode.INVALID_URL),
    (EdtfDate(), "soon", ErrorCode.INVALID_DATE),
    (EdtfDate(single=True), "2023/..", ErrorCode.INVALID_DATE),
    (EdtfDate(day=True), "2026-01", ErrorCode.INVALID_DATE),
    (EdtfDate(day=True), "../2026-01-18", ErrorCode.INVALID_DATE),
    (DecimalText(), "", ErrorCode.INVALID_NUMBER),
    (DecimalText(), "+1", ErrorCode.INVALID_NUMBER),
    (DecimalText(), "01", ErrorCode.INVALID_NUMBER),
    (DecimalText(), "1.", ErrorCode.INVALID_NUMBER),
    (DecimalText(), ".5", ErrorCode.INVALID_NUMBER),
    (DecimalText(), "1e3", ErrorCode.INVALID_NUMBER),
    (DecimalText(), "1,000", ErrorCode.INVALID_NUMBER),
    (DecimalText(), "NaN", ErrorCode.INVALID_NUMBER),
    (DecimalText(), "Infinity", ErrorCode.INVALID_NUMBER),
    (DecimalText(), "\uff11", ErrorCode.INVALID_NUMBER),
    (DecimalText(), "1\n", ErrorCode.INVALID_NUMBER),
    (DecimalText(), "9" * 19, ErrorCode.INVALID_NUMBER),
    (DecimalText(), "0." + "9" * 13, ErrorCode.INVALID_NUMBER),
    (DecimalText(Decimal(0), Decimal(1)), "-0.000000000001", ErrorCode.INVALID_NUMBER),
    (DecimalText(Decimal(0), Decimal(1)), "1.000000000001", ErrorCode.INVALID_NUMBER),
    (Many(2), ("a", "b", "c"), ErrorCode.TOO_MANY),
    (Many(2), ("a", "a"), ErrorCode.DUPLICATE),
    (Many(2), (Citation(source="a"), Citation(source="a")), ErrorCode.DUPLICATE),
]


@pytest.mark.parametrize(("rule", "value"), ALLOWED)
def test_allowed(rule: Rule, value: Any) -> None:
    """Values within a rule, up to its edge."""
    assert rule.fault(value) is None


@pytest.mark.parametrize(("rule", "value", "code"), REFUSED)
def test_refused(rule: Rule, value: Any, code: ErrorCode) -> None:
    """Values beyond a rule, from its edge, with words that can be sent as UTF-8."""
    fault = rule.fault(value)
    assert fault is not None
    found, words = fault
    assert found is code
    assert words.encode()
    assert len(words) < 300


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (Line(200), "One line, 1 to 200 characters."),
        (Prose(5000), "Text, 1 to 5000 characters; newlines allowed."),
        (KEY, "1 to 64 of a-z, 0-9 and hyphens, no hyphen at either end."),
        (LANGUAGE, "A BCP 47 language tag such as en or pt-BR."),
        (Url(), "An absolute http or https address, at most 2048 characters."),
        (
            EdtfDate(),
            "EDTF (ISO 8601-2): `2026-01-18`, `2011-12`, `1991-09/1992-11`, `2023-10/..`.",
        ),
        (EdtfDate(single=True), "EDTF (ISO 8601-2), one date: `2026-01-18`, `2011-12`, `2014~`."),
        (EdtfDate(day=True), "A whole date: `2026-01-18`."),
        (DecimalText(), "A decimal number as text."),
        (DecimalText(Decimal(0), Decimal(1)), "A decimal number as text, 0 to 1."),
        (Many(20), "At most 20 entries, none twice."),
    ],
)
def test_words(rule: Rule, words: str) -> None:
    """A rule says itself in the API's manual."""
    assert rule.words() == words


def test_the_place_of_a_bad_character() -> None:
    """An editor can find it."""
    assert Line(10).fault("abc\x07") == (
        ErrorCode.INVALID_TEXT,
        "has the character U+0007 at place 3, which no text may hold",
    )


def test_the_walk() -> None:
    """Every fault, in field order, with camelCase names and places of lists in its path."""
    edit = e.RevisePrecedent(
        key="",
        title="T",
        outcome_short_term="",
        outcome_long_term=None,
        citations=(Citation(source="a"), Citation(source="b", quote=" ")),
    )
    assert [(found.code, found.path) for found in check(edit)] == [
        (ErrorCode.INVALID_KEY, ("key",)),
        (ErrorCode.INVALID_TEXT, ("outcomeShortTerm",)),
        (ErrorCode.INVALID_TEXT, ("citations", "1", "quote")),
    ]
    assert check(edit)[1].message == "outcomeShortTerm is empty"


def test_a_list_at_fault_is_not_walked() -> None:
    """One fault for a list that is too long, not thousands."""
    edit = e.SetSubjects(subjects=("",) * 1000)
    assert [(found.code, found.path) for found in check(edit)] == [
        (ErrorCode.TOO_MANY, ("subjects",))
    ]


def test_what_is_absent_is_not_checked() -> None:
    """Null and left-out fields have no fault."""
    assert check(e.ReviseIndicator(key="a", note=None)) == []


def test_split() -> None:
    """A hint's rules, outermost first, and the bare type."""
    assert split(Annotated[Annotated[str, Line(5)] | None, Prose(9)]) == (
        (Prose(9), Line(5)),
        str,
    )
    assert split(str | int) == ((), str | int)


def unbounded(kind: type[msgspec.Struct]) -> list[str]:
    """Fields of text and lists, anywhere in a struct, that no rule bounds."""
    found = []
    hints = get_type_hints(kind, include_extras=True)
    for name, hint in hints.items():
        rules, bare = split(hint)
        is_list = get_origin(bare) is tuple
        if not rules and (bare is str or is_list):
            found.append(f"{kind.__name__}.{name}")
        inner_rules, inner = split(get_args(bare)[0]) if is_list else ((Line(1),), bare)
        if inner is str and not inner_rules:
            found.append(f"{kind.__name__}.{name}[]")
        if isinstance(inner, type) and issubclass(inner, msgspec.Struct):
            found += unbounded(inner)
    return found


COMMANDS: tuple[type[msgspec.Struct], ...] = (
    c.DraftBrief,
    c.PublishBrief,
    c.WithholdBrief,
    c.CloseBrief,
    c.ReopenBrief,
    c.RegisterEntity,
    c.ReviseEntity,
    c.PublishEdition,
    c.RevisePage,
)


@pytest.mark.parametrize("kind", [*e.EDITS.values(), *COMMANDS], ids=lambda kind: kind.__name__)
def test_every_text_has_a_rule(kind: type[msgspec.Struct]) -> None:
    """No edit or command takes text or lists without a bound."""
    assert unbounded(kind) == []


def test_what_has_no_rule_is_found() -> None:
    """The test above can fail."""

    class Inner(msgspec.Struct):
        text: str

    class Outer(msgspec.Struct):
        text: str | None
        texts: Annotated[tuple[str, ...], Many(2)]
        inner: tuple[Inner, ...]
        bound: Annotated[str, Line(2)]

    assert unbounded(Outer) == ["Outer.text", "Outer.texts[]", "Outer.inner", "Inner.text"]


@for_all(st.text())
def test_a_text_is_sound_or_refused(text: str) -> None:
    """What a line lets through can be stored, sent and seen."""
    if Line(100).fault(text) is None:
        assert text.encode()
        assert len(text.splitlines()) == 1
        assert text.strip()
