"""From JSON to edits: what is read, and what is refused where."""

from typing import Any

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from graphql_brief.domain import commands as c
from graphql_brief.domain import edits as e
from graphql_brief.domain.items import Citation
from graphql_brief.domain.parse import WHAT_BOUND, fill_keys, parse, parse_edits
from graphql_brief.domain.refusal import Refusal, Refused
from graphql_brief.domain.rules import KEY
from graphql_brief.domain.vocabulary import ErrorCode


def refusal(edits: Any) -> Refusal:
    """Why a batch is refused."""
    with pytest.raises(Refused) as caught:
        parse_edits(edits)
    return caught.value.refusal


def test_edits_are_read() -> None:
    """Each by its one member's name, camelCase fields as ours, absent ones as their defaults."""
    expected: list[e.Edit] = [
        e.PinDevelopment(key="a"),
        e.ReviseIndicator(key="b", note=None),
        e.AddPrecedent(
            key="c",
            title="T",
            period="1984",
            what_happened="W",
            citations=(Citation(source="s"),),
        ),
    ]
    edits = parse_edits(
        [
            {"pinDevelopment": {"key": "a"}},
            {"reviseIndicator": {"key": "b", "note": None}},
            {
                "addPrecedent": {
                    "key": "c",
                    "title": "T",
                    "period": "1984",
                    "whatHappened": "W",
                    "citations": [{"source": "s"}],
                }
            },
        ]
    )
    assert edits == expected


def test_every_edit_has_a_name() -> None:
    """Forty edits, by the names that the API and the fixtures use."""
    assert len(e.EDITS) == 40
    assert e.EDITS["addParagraph"] is e.AddParagraph
    assert e.EDITS["involveEntity"] is e.InvolveEntity
    assert {kind: name for name, kind in e.EDITS.items()} == e.EDIT_NAMES


@pytest.mark.parametrize(
    ("edits", "code", "path", "saying"),
    [
        ([], ErrorCode.INVALID_INPUT, (), "no edits"),
        ([{"a": {}}] * 501, ErrorCode.TOO_MANY, (), "501 edits, the bound is 500"),
        ([None], ErrorCode.INVALID_INPUT, ("0",), "exactly one member"),
        (["addParagraph"], ErrorCode.INVALID_INPUT, ("0",), "exactly one member"),
        ([[]], ErrorCode.INVALID_INPUT, ("0",), "exactly one member"),
        ([{}], ErrorCode.INVALID_INPUT, ("0",), "exactly one member"),
        (
            [{"pinDevelopment": {"key": "a"}}, {"pinDevelopment": {}, "unpinDevelopment": {}}],
            ErrorCode.INVALID_INPUT,
            ("1",),
            "exactly one member",
        ),
        ([{"addComment": {}}], ErrorCode.INVALID_INPUT, ("0",), "there is no edit 'addComment'"),
        ([{"\ud800": {}}], ErrorCode.INVALID_INPUT, ("0",), "there is no edit"),
        ([{7: {}}], ErrorCode.INVALID_INPUT, ("0",), "there is no edit '7'"),
        ([{"x" * 9999: {}}], ErrorCode.INVALID_INPUT, ("0",), "there is no edit 'xxx"),
        ([{"pinDevelopment": None}], ErrorCode.INVALID_INPUT, ("0", "pinDevelopment"), "`null`"),
        ([{"pinDevelopment": []}], ErrorCode.INVALID_INPUT, ("0", "pinDevelopment"), "`array`"),
        (
            [{"pinDevelopment": {}}],
            ErrorCode.INVALID_INPUT,
            ("0", "pinDevelopment"),
            "missing required field `key`",
        ),
        (
            [{"pinDevelopment": {"key": "a", "why": "b"}}],
            ErrorCode.INVALID_INPUT,
            ("0", "pinDevelopment"),
            "unknown field `why`",
        ),
        (
            [{"pinDevelopment": {"key": "a", "x" * 9999: "b"}}],
            ErrorCode.INVALID_INPUT,
            ("0", "pinDevelopment"),
            "unknown field `xxx",
        ),
        (
            [{"pinDevelopment": {"key": "a", "\ud800": "b"}}],
            ErrorCode.INVALID_TEXT,
            ("0", "pinDevelopment"),
            "surrogate",
        ),
        (
            [{"pinDevelopment": {"key": 7}}],
            ErrorCode.INVALID_INPUT,
            ("0", "pinDevelopment", "key"),
            "Expected `str`, got `int`",
        ),
        (
            [{"addParagraph": {"key": "a", "text": "b", "citations": [{"source": "c"}, 7]}}],
            ErrorCode.INVALID_INPUT,
            ("0", "addParagraph", "citations", "1"),
            "Expected `object`, got `int`",
        ),
        (
            [{"addParagraph": {"key": "a", "text": "b", "citations": [{"source": None}]}}],
            ErrorCode.INVALID_INPUT,
            ("0", "addParagraph", "citations", "0", "source"),
            "Expected `str`, got `null`",
        ),
        (
            [{"publishCorrection": {"key": "a", "text": "b", "corrects": [{"section": "TOP"}]}}],
            ErrorCode.INVALID_INPUT,
            ("0", "publishCorrection", "corrects", "0", "section"),
            "Invalid enum value 'TOP'",
        ),
        (
            [{"publishCorrection": {"key": "a", "text": "b", "corrects": [{"section": "\ud800"}]}}],
            ErrorCode.INVALID_TEXT,
            ("0", "publishCorrection"),
            "surrogate",
        ),
        (
            [{"reviseDevelopment": {"key": "a", "breaking": 1}}],
            ErrorCode.INVALID_INPUT,
            ("0", "reviseDevelopment", "breaking"),
            "Expected `bool`, got `int`",
        ),
    ],
)
def test_no_edit(edits: Any, code: ErrorCode, path: tuple[str, ...], saying: str) -> None:
    """The first thing that does not fit, with its place, in words that are short and sendable."""
    found = refusal(edits)
    assert (found.code, found.path) == (code, ("edits", *path))
    assert saying in found.message
    assert len(found.message.encode()) <= WHAT_BOUND


def test_the_most_edits() -> None:
    """Five hundred are a batch."""
    assert len(parse_edits([{"pinDevelopment": {"key": "a"}}] * 500)) == 500


def test_a_command_is_read() -> None:
    """From wherever it stands in the input."""
    payload = {"slug": "port", "headline": "Port", "standfirst": "A port."}
    assert parse(c.DraftBrief, payload, "input") == c.DraftBrief(
        slug="port", headline="Port", standfirst="A port."
    )
    with pytest.raises(Refused) as caught:
        parse(c.DraftBrief, {**payload, "subjects": ["a", None]}, "input")
    assert caught.value.refusal.path == ("input", "subjects", "1")


def test_a_misleading_name() -> None:
    """A field whose name looks like a path does not break the reading of one."""
    found = refusal([{"pinDevelopment": {"key": "a", "x` - at `$.y[0]": 1}}])
    assert found.code is ErrorCode.INVALID_INPUT
    assert found.path[:3] == ("edits", "0", "pinDevelopment")


NAMES_OF_ADDING = sorted(name for name, kind in e.EDITS.items() if kind in e.ADDING)


@pytest.mark.parametrize("name", NAMES_OF_ADDING)
def test_a_key_is_filled_in(name: str) -> None:
    """For everything that is added without one; null means left out."""
    ((_, filled),) = fill_keys([{name: {"x": 1}}], "c1")[0].items()
    assert filled.keys() == {"x", "key"}
    assert fill_keys([{name: {"x": 1, "key": None}}], "c1") == [{name: filled}]
    assert KEY.fault(filled["key"]) is None


def test_what_adds() -> None:
    """The edits that make something are those whose names say so."""
    verbs = ("add", "record", "involve", "make", "publish")
    assert [name for name in sorted(e.EDITS) if name.startswith(verbs)] == NAMES_OF_ADDING


def test_keys_are_made_of_the_command() -> None:
    """The same command and place, the same key; another place or command, another key."""
    batch = [{"addParagraph": {"text": "One."}}] * 3
    keys = [edit["addParagraph"]["key"] for edit in fill_keys(batch, "c1")]
    assert keys == [edit["addParagraph"]["key"] for edit in fill_keys(batch, "c1")]
    others = [edit["addParagraph"]["key"] for edit in fill_keys(batch, "c2")]
    assert len({*keys, *others}) == 6
    assert all(len(key) == 16 and key.startswith("k") for key in keys)


def test_a_key_for_ever() -> None:
    """How a key is made never changes: a repeated command must meet what its first run made."""
    assert fill_keys([{"addSource": {}}], "c1") == [{"addSource": {"key": "k94bf5b05ac5c12e"}}]


@pytest.mark.parametrize(
    "edit",
    [
        {"addParagraph": {"key": "mine"}},
        {"addParagraph": {"key": ""}},
        {"reviseParagraph": {"text": "a"}},
        {"pinDevelopment": {}},
        {"addComment": {}},
        {"addParagraph": None},
        {"addParagraph": {}, "addSource": {}},
        {},
        None,
        "addParagraph",
    ],
)
def test_what_keeps_its_key(edit: Any) -> None:
    """A given key stays, also a bad one; what is no edit that adds is left to be refused."""
    assert fill_keys([edit], "c1") == [edit]


def test_what_came_in_stays() -> None:
    """Keys are filled into a copy."""
    batch = [{"addParagraph": {"text": "One."}}]
    fill_keys(batch, "c1")
    assert batch == [{"addParagraph": {"text": "One."}}]


TEXTS = st.text(st.characters()) | st.sampled_from(["\ud800", "key", "text", "citations"])
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)
FIELDS = sorted({name for kind in e.EDITS.values() for name in kind.__struct_encode_fields__})
ALMOST_EDITS = st.dictionaries(
    st.sampled_from(sorted(e.EDITS)),
    st.dictionaries(st.sampled_from(FIELDS) | TEXTS, ANY_JSON, max_size=4) | ANY_JSON,
    min_size=1,
    max_size=1,
)


@for_all(st.lists(ANY_JSON | ALMOST_EDITS, max_size=4))
def test_whatever_comes_in(edits: list[Any]) -> None:
    """Any JSON is read as edits or refused with words and a path; nothing else is raised."""
    try:
        parse_edits(fill_keys(edits, "c1"))
    except Refused as refused:
        found = refused.refusal
        assert found.message.encode()
        assert all(isinstance(step, str) for step in found.path)
