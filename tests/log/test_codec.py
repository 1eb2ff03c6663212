"""The codec: every event comes back, older schema versions are brought up, and what is neither."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphql_brief.domain.events import (
    EVENT_TYPES,
    Event,
    ForecastMade,
    ParagraphRevised,
)
from graphql_brief.domain.items import Probability
from graphql_brief.log import canonical, codec, upcasters
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
        key="k",
        scenario="s",
        probability=Probability(low="0.3"),
        forecaster="é",
        made_on="2026",
        citations=(),
    )
    assert codec.encode(made, "why").body.decode() == (
        '{"changeNote":"why","event":{"forecaster":"é","key":"k","madeOn":"2026",'
        '"probability":{"low":"0.3"},"scenario":"s"}}'
    )
    revised = ParagraphRevised(key="k", citations=())
    assert codec.encode(revised).body.decode() == '{"event":{"citations":[],"key":"k"}}'


def test_every_older_version_has_its_step() -> None:
    """Each type's upcasters lead from version 1 to the newest, and there are no others."""
    codec.check_chains()
    assert codec.SCHEMA_VERSIONS.keys() == EVENT_TYPES.keys()
    assert upcasters.UPCASTERS.keys() == {
        (name, version)
        for name, newest in codec.SCHEMA_VERSIONS.items()
        for version in range(1, newest)
    }


def unchanged(members: dict[str, Any]) -> dict[str, Any]:
    """A step between versions that differ in nothing."""
    return members


@pytest.mark.parametrize(
    ("newest", "versions", "why"),
    [
        (1, [], None),
        (3, [1, 2], None),
        (2, [], "ParagraphAdded has no step from schema version 1 to 2"),
        (3, [2], "ParagraphAdded has no step from schema version 1 to 2"),
        (3, [1], "ParagraphAdded has no step from schema version 2 to 3"),
        (4, [1, 3], "ParagraphAdded has no step from schema version 2 to 3"),
        (1, [1], "ParagraphAdded has a step from schema version 1, which leads nowhere"),
        (3, [1, 2, 3], "ParagraphAdded has a step from schema version 3, which leads nowhere"),
        (2, [0, 1], "ParagraphAdded has a step from schema version 0, which leads nowhere"),
        (0, [], "ParagraphAdded has no newest schema version"),
    ],
)
def test_a_chain(
    monkeypatch: pytest.MonkeyPatch, newest: int, versions: list[int], why: str | None
) -> None:
    """One that has a hole, an end too many or no beginning is named, and nothing else is."""
    monkeypatch.setitem(codec.SCHEMA_VERSIONS, "ParagraphAdded", newest)
    for version in versions:
        monkeypatch.setitem(upcasters.UPCASTERS, ("ParagraphAdded", version), unchanged)
    if why is None:
        codec.check_chains()
        return
    with pytest.raises(codec.BrokenChain) as raised:
        codec.check_chains()
    assert str(raised.value) == f"this build of graphql-brief cannot read every log: {why}"


def test_every_fault_of_the_chains_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """A type without a version, a version without a type, a step of neither."""
    monkeypatch.delitem(codec.SCHEMA_VERSIONS, "PageRevised")
    monkeypatch.setitem(codec.SCHEMA_VERSIONS, "PageBurnt", 2)
    monkeypatch.setitem(upcasters.UPCASTERS, ("PageTorn", 1), unchanged)
    with pytest.raises(codec.BrokenChain) as raised:
        codec.check_chains()
    assert str(raised.value).partition(": ")[2].split("; ") == [
        "PageRevised has no schema version",
        "PageBurnt is no event type",
        "PageBurnt has no step from schema version 1 to 2",
        "PageTorn has a step from schema version 1, which leads nowhere",
    ]


def test_older_versions_are_brought_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """A body of version 1 goes through both steps, in order; one of 2 through the last."""

    def add_key(members: dict[str, Any]) -> dict[str, Any]:
        return {**members, "key": "made-up"}

    def rename_words(members: dict[str, Any]) -> dict[str, Any]:
        return {"key": members["key"], "text": members["words"]}

    monkeypatch.setitem(codec.SCHEMA_VERSIONS, "ParagraphAdded", 3)
    monkeypatch.setitem(upcasters.UPCASTERS, ("ParagraphAdded", 1), add_key)
    monkeypatch.setitem(upcasters.UPCASTERS, ("ParagraphAdded", 2), rename_words)
    oldest = b'{"changeNote":"n","event":{"words":"w"}}'
    assert codec.decode("ParagraphAdded", 1, oldest) == (paragraph("w", "made-up"), "n")
    older = b'{"event":{"key":"k","words":"w"}}'
    assert codec.decode("ParagraphAdded", 2, older) == (paragraph("w"), None)
    assert codec.encode(paragraph()).schema == 3


def test_an_older_body_that_does_not_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the steps give must still be an event."""
    monkeypatch.setitem(codec.SCHEMA_VERSIONS, "ParagraphAdded", 2)
    monkeypatch.setitem(upcasters.UPCASTERS, ("ParagraphAdded", 1), lambda members: members)
    with pytest.raises(codec.CorruptBody):
        codec.decode("ParagraphAdded", 1, b'{"event":{"key":"k"}}')
    with pytest.raises(codec.CorruptBody):
        codec.decode("ParagraphAdded", 1, b'{"changeNote":"n"}')


@pytest.mark.parametrize(
    ("name", "schema"), [("ParagraphBurnt", 1), ("ParagraphAdded", 2), ("ParagraphAdded", 0)]
)
def test_an_unknown_event(name: str, schema: int) -> None:
    """A type or a schema version of newer code is named, never guessed at."""
    with pytest.raises(codec.UnknownEvent, match=rf"{name}.*version {schema}.*newer") as raised:
        codec.decode(name, schema, codec.encode(paragraph()).body)
    assert raised.value.event_type == name
    assert str(raised.value.at(7)) == f"position 7: {raised.value}"


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


@pytest.mark.parametrize("text", [1, 1.5, None, ("t",), {"t": "t"}])
def test_what_is_not_of_its_type_is_not_stored(text: Any) -> None:
    """It could not be read again."""
    with pytest.raises(NotCanonical, match=r"not of its type.*text"):
        codec.encode(paragraph(text))


def test_bodies_hold_no_floats() -> None:
    """A decimal is text, as the profile wants; the only integer is a version.

    So a body need only be of its type to be of the profile.
    """

    def kinds(info: msgspec.inspect.Type, depth: int = 0) -> set[str]:
        assert depth < canonical.DEPTH_BOUND - 1, "with that of the body around the event"
        found = {type(info).__name__}
        match info:
            case msgspec.inspect.StructType():
                assert all(field.encode_name.isascii() for field in info.fields)
                return found.union(*(kinds(field.type, depth + 1) for field in info.fields))
            case msgspec.inspect.EnumType():
                assert all(isinstance(member.value, str) for member in info.cls)
                return found
            case msgspec.inspect.UnionType():
                return found.union(*(kinds(arm, depth) for arm in info.types))
            case msgspec.inspect.VarTupleType():
                return found | kinds(info.item_type, depth + 1)
            case msgspec.inspect.Metadata():
                return found | kinds(info.type, depth)
            case _:
                return found

    for kind in EVENT_TYPES.values():
        integers = {"IntType"} if kind.__name__ in codec._WITH_INTEGERS else set()
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
