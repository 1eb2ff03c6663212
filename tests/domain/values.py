"""Values that fields may hold: strategies made from the rules in the fields' annotations.

So nothing here repeats a bound. Keys come from a small set, so that what is drawn for one item
often meets another.
"""

from enum import StrEnum
from functools import cache
from types import NoneType
from typing import Any, get_args, get_origin, get_type_hints

import msgspec
from hypothesis import strategies as st

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
    split,
)
from tests.domain.samples import Json

SOME_KEYS = ("a", "b", "c", "d")
SOME_BRIEFS = ("brief-a", "brief-b", "brief-nobody")
SOME_ENTITIES = ("entity-a", "entity-b", "entity-c", "entity-d", "entity-nobody")

_DATES = ["2026-01-18", "2011-12", "2014", "2014~", "198X", "2011-12-XX"]
_INTERVALS = ["1991-09/1992-11", "2023-10/..", "../2014"]
_LANGUAGES = ["en", "pt-BR", "zh-Hant"]
_URLS = ["https://port.example/7", "http://a.example:8080/x?y=z#top"]
_NUMBERS = ["0", "1", "0.35", "0.100"]
_BIG_NUMBERS = ["-12.5", "2500", "180.00"]


def texts(*, newlines: bool = False) -> st.SearchStrategy[str]:
    """Text of any script without control characters; never blank."""
    letters = st.characters(
        categories=("L", "M", "N", "P", "S", "Zs"), include_characters="\n" if newlines else ""
    )
    return st.builds("{}{}".format, st.sampled_from("aéж李😀"), st.text(letters, max_size=12))


def values(hint: Any) -> st.SearchStrategy[Any]:
    """JSON values that a field with this annotation allows."""
    rules, bare = split(hint)
    nullable = NoneType in _arms(hint)
    found = _of_rules(rules, bare)
    return st.none() | found if nullable else found


def _arms(hint: Any) -> tuple[Any, ...]:
    while hasattr(hint, "__metadata__"):
        hint = hint.__origin__
    return get_args(hint) if get_origin(hint) is not tuple else ()


def _of_rules(rules: tuple[Rule, ...], bare: Any) -> st.SearchStrategy[Any]:
    if get_origin(bare) is tuple:
        (many,) = (rule for rule in rules if isinstance(rule, Many))
        inner = values(get_args(bare)[0])
        return st.lists(inner, max_size=min(many.bound, 3), unique_by=_written)
    if bare is bool:
        return st.booleans()
    if bare is int:
        return st.integers(1, 2**53 - 1)
    if issubclass(bare, StrEnum):
        return st.sampled_from([member.value for member in bare])
    if issubclass(bare, msgspec.Struct):
        return payloads(bare)
    (rule,) = rules
    return _of_rule(rule)


def _written(value: Any) -> bytes:
    """What two equal values have in common, whether null is said or left out."""
    if isinstance(value, dict):
        value = {name: member for name, member in value.items() if member is not None}
    return msgspec.json.encode(value, order="sorted")


def _of_rule(rule: Rule) -> st.SearchStrategy[Any]:
    if rule is KEY:
        return st.sampled_from(SOME_KEYS)
    if rule is LANGUAGE:
        return st.sampled_from(_LANGUAGES)
    if rule is BRIEF_ID:
        return st.sampled_from(SOME_BRIEFS)
    if rule is ENTITY_ID:
        return st.sampled_from(SOME_ENTITIES)
    match rule:
        case Line(bound):
            return texts().map(lambda text: text[:bound])
        case Prose(bound):
            return texts(newlines=True).map(lambda text: text[:bound])
        case Url():
            return st.sampled_from(_URLS)
        case EdtfDate(single, day):
            return st.sampled_from(_DATES[:1] if day else _DATES + _INTERVALS * (not single))
        case DecimalText(low):
            return st.sampled_from(_NUMBERS if low is not None else _NUMBERS + _BIG_NUMBERS)
        case _:
            raise AssertionError(f"no strategy for {rule}")


@cache
def payloads(kind: type[msgspec.Struct]) -> st.SearchStrategy[Json]:
    """JSON of a struct by its annotations."""
    hints = get_type_hints(kind, include_extras=True)
    required: dict[str, st.SearchStrategy[Any]] = {}
    optional: dict[str, st.SearchStrategy[Any]] = {}
    for field in msgspec.structs.fields(kind):
        (required if field.required else optional)[field.encode_name] = values(hints[field.name])
    return st.fixed_dictionaries(required, optional=optional)


def structs(kind: type[msgspec.Struct]) -> st.SearchStrategy[Any]:
    """Values of a struct by its annotations."""
    return payloads(kind).map(lambda payload: msgspec.convert(payload, kind))
