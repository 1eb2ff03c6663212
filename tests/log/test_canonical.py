"""Canonical bytes: RFC 8785's own examples, what the profile refuses, and that both ways agree."""

import json
import struct
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from graphql_brief.log.canonical import (
    DEPTH_BOUND,
    INTEGER_BOUND,
    NotCanonical,
    canonicalize,
    encode,
    parse,
)
from tests.log.support import EVENTS, TEXT

JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(1 - INTEGER_BOUND, INTEGER_BOUND - 1) | TEXT,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(st.characters(codec="ascii"), max_size=8), inner, max_size=4)
    ),
    max_leaves=20,
)


def nested(depth: int) -> Any:
    """Lists in lists, so many."""
    value: Any = []
    for _ in range(depth - 1):
        value = [value]
    return value


# RFC 8785's examples


def test_the_sample_object_of_rfc_8785() -> None:
    """Section 3.2.2's object becomes the bytes of section 3.2.4."""
    sample = json.loads(
        r"""
        {
          "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
          "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
          "literals": [null, true, false]
        }
        """
    )
    published = bytes.fromhex(
        "7b 22 6c 69 74 65 72 61 6c 73 22 3a 5b 6e 75 6c 6c 2c 74 72"
        "75 65 2c 66 61 6c 73 65 5d 2c 22 6e 75 6d 62 65 72 73 22 3a"
        "5b 33 33 33 33 33 33 33 33 33 2e 33 33 33 33 33 33 33 2c 31"
        "65 2b 33 30 2c 34 2e 35 2c 30 2e 30 30 32 2c 31 65 2d 32 37"
        "5d 2c 22 73 74 72 69 6e 67 22 3a 22 e2 82 ac 24 5c 75 30 30"
        "30 66 5c 6e 41 27 42 5c 22 5c 5c 5c 5c 5c 22 2f 22 7d"
    )
    assert canonicalize(sample) == published


def test_the_sorting_of_rfc_8785() -> None:
    """Section 3.2.3: names sort by UTF-16 units, so that an emoji precedes U+FB33."""
    sample = json.loads(
        r"""
        {
          "\u20ac": "Euro Sign",
          "\r": "Carriage Return",
          "\ufb33": "Hebrew Letter Dalet With Dagesh",
          "1": "One",
          "\ud83d\ude00": "Emoji: Grinning Face",
          "\u0080": "Control",
          "\u00f6": "Latin Small Letter O With Diaeresis"
        }
        """
    )
    assert list(json.loads(canonicalize(sample)).values()) == [
        "Carriage Return",
        "One",
        "Control",
        "Latin Small Letter O With Diaeresis",
        "Euro Sign",
        "Emoji: Grinning Face",
        "Hebrew Letter Dalet With Dagesh",
    ]


@pytest.mark.parametrize(
    ("bits", "written"),
    [
        ("0000000000000000", "0"),
        ("8000000000000000", "0"),
        ("0000000000000001", "5e-324"),
        ("8000000000000001", "-5e-324"),
        ("7fefffffffffffff", "1.7976931348623157e+308"),
        ("ffefffffffffffff", "-1.7976931348623157e+308"),
        ("4340000000000000", "9007199254740992"),
        ("c340000000000000", "-9007199254740992"),
        ("4430000000000000", "295147905179352830000"),
        ("44b52d02c7e14af5", "9.999999999999997e+22"),
        ("44b52d02c7e14af6", "1e+23"),
        ("44b52d02c7e14af7", "1.0000000000000001e+23"),
        ("444b1ae4d6e2ef4e", "999999999999999700000"),
        ("444b1ae4d6e2ef4f", "999999999999999900000"),
        ("444b1ae4d6e2ef50", "1e+21"),
        ("3eb0c6f7a0b5ed8c", "9.999999999999997e-7"),
        ("3eb0c6f7a0b5ed8d", "0.000001"),
        ("41b3de4355555553", "333333333.3333332"),
        ("41b3de4355555554", "333333333.33333325"),
        ("41b3de4355555555", "333333333.3333333"),
        ("41b3de4355555556", "333333333.3333334"),
        ("41b3de4355555557", "333333333.33333343"),
        ("becbf647612f3696", "-0.0000033333333333333333"),
        ("43143ff3c1cb0959", "1424953923781206.2"),
    ],
)
def test_the_numbers_of_rfc_8785(bits: str, written: str) -> None:
    """Appendix B: how doubles are written; the log itself holds none."""
    (number,) = struct.unpack(">d", bytes.fromhex(bits))
    assert canonicalize(number) == written.encode()


@pytest.mark.parametrize("bits", ["7fffffffffffffff", "7ff0000000000000", "fff0000000000000"])
def test_no_number_at_all(bits: str) -> None:
    """Appendix B: NaN and the infinities are errors."""
    (number,) = struct.unpack(">d", bytes.fromhex(bits))
    with pytest.raises(NotCanonical):
        canonicalize(number)


def test_canonicalize_caps_the_depth_before_it_recurses() -> None:
    """However deep a value is, the answer is NotCanonical and no overflow."""
    assert canonicalize(nested(DEPTH_BOUND)) == b"[" * DEPTH_BOUND + b"]" * DEPTH_BOUND
    for depth in (DEPTH_BOUND + 1, 100_000):
        with pytest.raises(NotCanonical, match="deeper"):
            canonicalize(nested(depth))


# The profile


@pytest.mark.parametrize(
    ("value", "why"),
    [
        (1.5, "float"),
        (1.0, "float"),
        ({"a": [float("nan")]}, "float"),
        (INTEGER_BOUND, "not below"),
        (-INTEGER_BOUND, "not below"),
        ("\ud800", "lone surrogate"),
        ({"a": "\udfff"}, "lone surrogate"),
        ({"\u00e9": 1}, "not ASCII"),
        ({1: 1}, "not ASCII"),
        (nested(DEPTH_BOUND + 1), "deeper"),
        (nested(100_000), "deeper"),
    ],
)
def test_encode_refuses_what_is_not_of_the_profile(value: Any, why: str) -> None:
    """Each rule of the profile's table, where a value breaks it."""
    with pytest.raises(NotCanonical, match=why):
        encode(value)


@pytest.mark.parametrize(
    ("value", "raw"),
    [
        (INTEGER_BOUND - 1, b"9007199254740991"),
        (1 - INTEGER_BOUND, b"-9007199254740991"),
        (nested(DEPTH_BOUND), b"[" * DEPTH_BOUND + b"]" * DEPTH_BOUND),
        ({"b": 1, "a": None, "B": True}, b'{"B":true,"a":null,"b":1}'),
        ('\x00\x1f\x7f\b\t\n\f\r"\\/', b'"\\u0000\\u001f\x7f\\b\\t\\n\\f\\r\\"\\\\/"'),
        ("e\u0301 \u00e9", b'"e\xcc\x81 \xc3\xa9"'),
        ("\U0001f600\u2028", b'"\xf0\x9f\x98\x80\xe2\x80\xa8"'),
    ],
)
def test_encode_and_parse_at_the_edges(value: Any, raw: bytes) -> None:
    """The last value that each rule allows, and text exactly as it is, not normalised."""
    assert encode(value) == raw
    assert parse(raw) == value


@pytest.mark.parametrize(
    "raw",
    [
        b'{"a":1,"a":1}',
        b'{"a":1,"a":2}',
        b'{"a":1,"\\u0061":2}',
        b'{"b":1,"a":1}',
        b"1.5",
        b"1.0",
        b"1e2",
        b"-0",
        b"-0.0",
        b"9007199254740992",
        b"-9007199254740992",
        b"99999999999999999999999999",
        b'"\\ud800"',
        b'"\\udc00"',
        b'"\\ude00\\ud83d"',
        b'"\xed\xa0\x80"',
        b'"\xff"',
        b'"\xc0\x80"',
        b'"\xf4\x90\x80\x80"',
        b'{"\xc3\xa9":1}',
        b" 1",
        b"1\n",
        b"[1, 2]",
        b'{"a": 1}',
        b'"\\/"',
        b'"\\u0041"',
        b'"\\u000A"',
        b'"\\u000a"',
        b'"\\u001F"',
        b'"\\ud83d\\ude00"',
        b'"\n"',
        b"\xef\xbb\xbf1",
        b"01",
        b"+1",
        b"NaN",
        b"Infinity",
        b"[1,]",
        b"[1",
        b"1 1",
        b"",
    ],
    ids=lambda raw: ascii(raw)[2:-1],
)
def test_parse_refuses_other_bytes(raw: bytes) -> None:
    """Bytes that are JSON but not canonical, and bytes that are no JSON."""
    with pytest.raises(NotCanonical):
        parse(raw)


@pytest.mark.parametrize("depth", [DEPTH_BOUND + 1, 500, 100_000])
def test_parse_refuses_what_is_too_deep(depth: int) -> None:
    """Lists and objects alike, at any depth beyond the bound, without an overflow."""
    for raw in (b"[" * depth + b"]" * depth, b'{"a":' * depth + b"1" + b"}" * depth):
        with pytest.raises(NotCanonical, match="deeper"):
            parse(raw)


@given(JSON_VALUES)
def test_encode_agrees_with_the_library(value: Any) -> None:
    """On the profile, the quick encoder writes what a plain RFC 8785 implementation writes."""
    assert encode(value) == rfc8785.dumps(value)


@given(EVENTS)
def test_encode_agrees_with_the_library_on_events(event: Any) -> None:
    """The same for events, as structs and as the values that JSON parsers make of them."""
    raw = encode(event)
    assert raw == rfc8785.dumps(json.loads(raw)) == canonicalize(json.loads(raw))


@given(JSON_VALUES)
def test_parse_reverses_encode(value: Any) -> None:
    """What was encoded parses to an equal value."""
    assert parse(encode(value)) == value


@given(JSON_VALUES, st.data())
def test_parse_takes_one_spelling_only(value: Any, data: st.DataObject) -> None:
    """Of all that a JSON parser reads as the same value, only the canonical bytes are taken."""
    spelled = json.dumps(
        value,
        ensure_ascii=data.draw(st.booleans()),
        indent=data.draw(st.none() | st.integers(0, 2)),
        sort_keys=data.draw(st.booleans()),
    ).encode()
    if spelled == encode(value):
        assert parse(spelled) == value
    else:
        with pytest.raises(NotCanonical):
            parse(spelled)


@given(st.binary(max_size=12))
def test_parse_has_one_answer_for_any_bytes(raw: bytes) -> None:
    """Any bytes either are the canonical ones of a value, or are refused."""
    try:
        value = parse(raw)
    except NotCanonical:
        return
    assert encode(value) == raw
