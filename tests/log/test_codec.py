"""The codec: every event comes back, older schema versions are brought up, and what is neither."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphql_brief.domain.events import (
    EVENT_TYPES,
    BodyErased,
    Event,
    ForecastMade,
    ParagraphRevised,
)
from graphql_brief.log import codec
from graphql_brief.log.canonical import NotCanonical, parse
from tests.log.support import TEXT, events_of, paragraph


@pytest.mark.parametrize("name", sorted(EVENT_TYPES))
def test_every_event_comes_back(name: str) -> None:
    """Decoding reverses encoding, for any event of every type, with and without a note."""

    @given(events_of(name), st.none() | TEXT)
    def comes_back(event: Event, note: str | None) -> None:
        encoded = codec.encode(event, note)
        assert (encoded.type, encoded.schema) == (name, codec.SCHEMA_VERSIONS[name])
        assert codec.decode(*encoded) == (event, note)
        parse(encoded.body)

    comes_back()


def test_a_bodys_bytes() -> None:
    """Sorted members in camelCase; what has its default, or is not revised, is left out."""
    made = ForecastMade(
        key="k", scenario="s", probability="0.3", forecaster="é", made_on="2026", citations=()
    )
    assert codec.encode(made, "why").body.decode() == (
        '{"changeNote":"why","event":{"forecaster":"é","key":"k","madeOn":"2026",'
        '"probability":"0.3","scenario":"s"}}'
    )
    revised = ParagraphRevised(key="k", citations=())
    assert codec.encode(revised).body.decode() == '{"event":{"citations":[],"key":"k"}}'


def test_every_older_version_has_its_step() -> None:
    """Each type's upcasters lead from version 1 to the newest, and there are no others."""
    assert codec.SCHEMA_VERSIONS.keys() == EVENT_TYPES.keys()
    assert codec.UPCASTERS.keys() == {
        (name, version)
        for name, newest in codec.SCHEMA_VERSIONS.items()
        for version in range(1, newest)
    }


def test_older_versions_are_brought_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """A body of version 1 goes through both steps, in order; one of 2 through the last."""

    def add_key(members: dict[str, Any]) -> dict[str, Any]:
        return {**members, "key": "made-up"}

    def rename_words(members: dict[str, Any]) -> dict[str, Any]:
        return {"key": members["key"], "text": members["words"]}

    monkeypatch.setitem(codec.SCHEMA_VERSIONS, "ParagraphAdded", 3)
    monkeypatch.setitem(codec.UPCASTERS, ("ParagraphAdded", 1), add_key)
    monkeypatch.setitem(codec.UPCASTERS, ("ParagraphAdded", 2), rename_words)
    oldest = b'{"changeNote":"n","event":{"words":"w"}}'
    assert codec.decode("ParagraphAdded", 1, oldest) == (paragraph("w", "made-up"), "n")
    older = b'{"event":{"key":"k","words":"w"}}'
    assert codec.decode("ParagraphAdded", 2, older) == (paragraph("w"), None)
    assert codec.encode(paragraph()).schema == 3


def test_an_older_body_that_does_not_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the steps give must still be an event."""
    monkeypatch.setitem(codec.SCHEMA_VERSIONS, "ParagraphAdded", 2)
    monkeypatch.setitem(codec.UPCASTERS, ("ParagraphAdded", 1), lambda members: members)
    with pytest.raises(codec.CorruptBody):
        codec.decode("ParagraphAdded", 1, b'{"event":{"key":"k"}}')
    with pytest.raises(codec.CorruptBody):
        codec.decode("ParagraphAdded", 1, b'{"changeNote":"n"}')


@pytest.mark.parametrize(
    ("name", "schema"), [("ParagraphBurnt", 1), ("ParagraphAdded", 2), ("ParagraphAdded", 0)]
)
def test_an_unknown_event(name: str, schema: int) -> None:
    """A type or a schema version of newer code is named, never guessed at."""
    with pytest.raises(codec.UnknownEvent, match=name):
        codec.decode(name, schema, codec.encode(paragraph()).body)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b'{"event":{}}',
        b'{"event":{"key":"k","text":1}}',
        b'{"event":{"key":"k","text":"t","more":1}}',
        b'{"event":{"key":"k","text":"t"},"more":1}',
        b'{"event":{"key":"k","text":"\xff"}}',
    ],
)
def test_a_corrupt_body(body: bytes) -> None:
    """Bytes that are no body of the type are a broken log."""
    with pytest.raises(codec.CorruptBody, match="ParagraphAdded"):
        codec.decode("ParagraphAdded", 1, body)


def test_text_that_cannot_be_stored() -> None:
    """A lone surrogate is refused before anything is written."""
    with pytest.raises(NotCanonical):
        codec.encode(paragraph("\ud800"))


def test_bodies_hold_no_floats() -> None:
    """A decimal is text, as the profile wants; the only integer is a version."""

    def kinds(info: msgspec.inspect.Type) -> set[str]:
        found = {type(info).__name__}
        match info:
            case msgspec.inspect.StructType():
                return found.union(*(kinds(field.type) for field in info.fields))
            case msgspec.inspect.UnionType():
                return found.union(*(kinds(arm) for arm in info.types))
            case msgspec.inspect.VarTupleType():
                return found | kinds(info.item_type)
            case msgspec.inspect.Metadata():
                return found | kinds(info.type)
            case _:
                return found

    for kind in EVENT_TYPES.values():
        integers = {"IntType"} if kind is BodyErased else set()
        assert kinds(msgspec.inspect.type_info(kind)) <= integers | {
            "BoolType",
            "EnumType",
            "Metadata",
            "NoneType",
            "StrType",
            "StructType",
            "UnionType",
            "UnsetType",
            "VarTupleType",
        }
