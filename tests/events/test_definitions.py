"""The shared definitions: the model's words, and patterns that allow what the rules allow."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphql_brief.domain import vocabulary as v
from graphql_brief.domain.rules import (
    BRIEF_ID,
    ENTITY_ID,
    KEY,
    LANGUAGE,
    DecimalText,
    EdtfDate,
    Line,
    Prose,
    Rule,
    Url,
)
from tests.domain.test_edtf import DATES
from tests.domain.test_rules import ALLOWED
from tests.events.support import read, validator

ENUMS = {
    "qualifier": v.Qualifier,
    "entityKind": v.EntityKind,
    "basis": v.Basis,
    "outcome": v.Outcome,
    "section": v.Section,
}


def test_words_are_the_codes_words() -> None:
    """The sets of values are those of the model, in its order."""
    definitions = read("common.schema.json")["$defs"]
    for name, enum in ENUMS.items():
        assert definitions[name]["enum"] == [member.value for member in enum]
    assert {name for name, found in definitions.items() if "enum" in found} == ENUMS.keys()


PATTERNS: list[tuple[str, Rule]] = [
    ("key", KEY),
    ("briefId", BRIEF_ID),
    ("entityId", ENTITY_ID),
    ("languageTag", LANGUAGE),
    ("line", Line(10_000)),
    ("prose", Prose(10_000)),
    ("url", Url()),
    ("day", EdtfDate(day=True)),
    ("edtf", EdtfDate()),
    ("edtfSingle", EdtfDate(single=True)),
    ("decimal", DecimalText()),
    ("probability", DecimalText(Decimal(0), Decimal(1))),
]


@pytest.mark.parametrize(("name", "rule"), PATTERNS)
def test_what_a_rule_allows_its_pattern_allows(name: str, rule: Rule) -> None:
    """Texts made of the characters that matter, and those of the rules' own tests."""
    definition = validator(f"common.schema.json#/$defs/{name}")
    alphabet = "0123456789-abcXYZ/.?~%:\n\x1f\x7f\u2028é "

    @settings(max_examples=300, deadline=None)
    @given(st.text(alphabet, max_size=12) | DATES)
    def allowed(text: str) -> None:
        if rule.fault(text) is None:
            definition.validate(text)

    allowed()
    for tested_rule, text in ALLOWED:
        if type(tested_rule) is type(rule) and rule.fault(text) is None:
            definition.validate(text)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("key", "-a"),
        ("key", "a" * 65),
        ("briefId", "entity-a"),
        ("entityId", "entity-A"),
        ("languageTag", "english"),
        ("line", ""),
        ("line", "a\nb"),
        ("line", "a\u2028b"),
        ("prose", "a\tb"),
        ("initials", "ABCDE"),
        ("url", "ftp://a.example"),
        ("url", "https://a.example/b c"),
        ("day", "2026-01"),
        ("day", "2026-13-01"),
        ("edtf", "../.."),
        ("edtf", "2026-01-18/"),
        ("edtf", "18 January"),
        ("edtf", "198X-01"),
        ("edtfSingle", "2025/2026"),
        ("decimal", "1e3"),
        ("decimal", "01"),
        ("decimal", "2,500"),
        ("probability", "1.1"),
        ("probability", "-0.1"),
        ("qualifier", "ABOUT"),
    ],
)
def test_what_a_definition_refuses(name: str, text: str) -> None:
    """The definitions say something."""
    assert not validator(f"common.schema.json#/$defs/{name}").is_valid(text)


def test_a_list_has_nothing_twice() -> None:
    """As the rules promise."""
    for name, entry in (("keys", "a"), ("lines", "a"), ("subjects", "a")):
        assert not validator(f"common.schema.json#/$defs/{name}").is_valid([entry, entry])
    assert not validator("common.schema.json#/$defs/citations").is_valid([{"source": "a"}] * 2)


def test_a_reference_names_an_item_or_the_head() -> None:
    """HEAD has no items; lists have nothing else."""
    reference = validator("common.schema.json#/$defs/itemRef")
    assert reference.is_valid({"section": "HEAD"})
    assert not reference.is_valid({"section": "HEAD", "key": "a"})
    assert not reference.is_valid({"section": "TIMELINE"})
    assert reference.is_valid({"section": "TIMELINE", "key": "a"})
