"""The envelope: hashes over known bytes, and what is no header or no time."""

import hashlib
import typing
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from graphql_brief.domain.vocabulary import Significance
from graphql_brief.log import canonical
from graphql_brief.log.envelope import (
    HEADER_BOUND,
    Header,
    commitment,
    decode_header,
    decode_told,
    encode_header,
    leaf_hash,
    parse_time,
    time_text,
)
from graphql_brief.log.port import LogBroken
from tests.log.support import NOON

HEADER = Header(
    origin="graphql-brief/test",
    position=7,
    event_id="0" * 32,
    stream="brief-a",
    version=1,
    previous=None,
    type="BriefPublished",
    schema=1,
    actor="editor-1",
    recorded_at="2026-01-18T12:00:00.000000Z",
    significance=Significance.BREAKING,
    command_id="c",
    correlation_id="d",
    causation_id=None,
    commitment="f" * 64,
)


def test_a_headers_bytes() -> None:
    """Every member is there, camelCase and sorted, null where there is nothing to say."""
    assert encode_header(HEADER).decode() == (
        '{"actor":"editor-1","causationId":null,"commandId":"c","commitment":"' + "f" * 64 + '",'
        '"correlationId":"d","eventId":"' + "0" * 32 + '","format":1,'
        '"origin":"graphql-brief/test","position":7,"previous":null,'
        '"recordedAt":"2026-01-18T12:00:00.000000Z","schema":1,"significance":"BREAKING",'
        '"stream":"brief-a","type":"BriefPublished","version":1}'
    )


def test_a_header_comes_back() -> None:
    """Decoding reverses encoding."""
    assert decode_header(encode_header(HEADER)) == HEADER


def test_the_bound_of_a_header() -> None:
    """A header of one byte less than the bound is the longest."""
    spare = HEADER_BOUND - 1 - len(encode_header(HEADER))
    longest = msgspec.structs.replace(HEADER, actor=HEADER.actor + "x" * spare)
    assert len(encode_header(longest)) == HEADER_BOUND - 1
    with pytest.raises(ValueError, match="65535 bytes"):
        encode_header(msgspec.structs.replace(longest, actor=longest.actor + "x"))


def test_a_header_holds_only_text_and_integers() -> None:
    """By its types: what `encode_header` does not look into cannot be of another kind."""
    hints = typing.get_type_hints(Header)
    assert set(hints.values()) == {str, str | None, int, Significance}
    integers = [name for name, hint in hints.items() if hint is int]
    assert integers == ["format", "position", "schema", "version"]


_VALUES: dict[Any, st.SearchStrategy[Any]] = {
    # With lone surrogates, and with integers about the bound.
    str: st.text(),
    str | None: st.none() | st.text(),
    int: st.integers() | st.sampled_from([2**53 - 1, 2**53, -(2**53)]),
    Significance: st.sampled_from(Significance),
}


@given(st.fixed_dictionaries({k: _VALUES[h] for k, h in typing.get_type_hints(Header).items()}))
def test_a_headers_bytes_are_canonical(members: dict[str, Any]) -> None:
    """The bytes, or that there are none, are as for any value."""
    header = Header(**members)

    def outcome(encode: Callable[[Any], bytes]) -> bytes | None:
        try:
            return encode(header)
        except canonical.NotCanonical:
            return None

    general = outcome(canonical.encode)
    assert outcome(encode_header) == general
    if general is not None:
        assert general == canonical.canonicalize(msgspec.to_builtins(header))


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        (b'"format":1', b'"format":2', "format 2"),
        (b'"format":1,', b'"format":1,"more":1,', "no header"),
        (b'"position":7,', b"", "no header"),
        (b'"position":7', b'"position":"7"', "no header"),
        (b"BREAKING", b"SHOUTING", "no header"),
        (b"editor-1", b"editor-\xff", "no header"),
        (b"{", b"", "no header"),
    ],
)
def test_bytes_that_are_no_header(old: bytes, new: bytes, why: str) -> None:
    """A header of another format, or damaged, is a broken log."""
    raw = encode_header(HEADER)
    assert old in raw
    with pytest.raises(LogBroken, match=why):
        decode_header(raw.replace(old, new, 1))


def test_what_a_header_tells_those_who_fold() -> None:
    """The members that a fold needs, as the whole header has them."""
    told = decode_told(encode_header(HEADER))
    for name in told.__struct_fields__:
        assert getattr(told, name) == getattr(HEADER, name)


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        (b'"format":1', b'"format":2', "format 2"),
        (b'"position":7,', b"", "no header"),
        (b'"version":1', b'"version":"1"', "no header"),
        (b"BREAKING", b"SHOUTING", "no header"),
        (b"{", b"", "no header"),
    ],
)
def test_bytes_that_tell_nothing(old: bytes, new: bytes, why: str) -> None:
    """What a fold needs must be there, and of this format."""
    raw = encode_header(HEADER)
    assert old in raw
    with pytest.raises(LogBroken, match=why):
        decode_told(raw.replace(old, new, 1))


def test_hashes() -> None:
    """The commitment and the leaf hash are SHA-256 of just these bytes."""
    assert commitment(b"salt", b"body") == hashlib.sha256(b"saltbody").hexdigest()
    assert leaf_hash(b"header") == hashlib.sha256(b"\0header").digest()


def test_the_leaf_hash_is_that_of_rfc_9162() -> None:
    """The hash of an empty leaf, as published for Certificate Transparency logs."""
    assert (
        leaf_hash(b"").hex() == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
    )


@pytest.mark.parametrize(
    ("time", "text"),
    [
        (NOON, "2026-01-18T12:00:00.000000Z"),
        (NOON + timedelta(microseconds=1), "2026-01-18T12:00:00.000001Z"),
        (NOON.astimezone(timezone(timedelta(hours=-5))), "2026-01-18T12:00:00.000000Z"),
        (datetime(33, 4, 3, tzinfo=UTC), "0033-04-03T00:00:00.000000Z"),
    ],
)
def test_how_a_time_is_written(time: datetime, text: str) -> None:
    """UTC, always of the same length."""
    assert time_text(time) == text
    assert parse_time(text) == time


def test_a_time_without_zone_is_refused() -> None:
    """The log would not know what it means."""
    with pytest.raises(ValueError, match="time zone"):
        time_text(NOON.replace(tzinfo=None))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "noon",
        "2026-01-18T12:00:00Z",
        "2026-01-18T12:00:00.000000",
        "2026-01-18T12:00:00.000000+00:00",
        "2026-01-18T13:00:00.000000+01:00",
        "2026-02-30T12:00:00.000000Z",
    ],
)
def test_text_that_is_no_time_of_the_log(text: str) -> None:
    """Times not written as the log writes them would not sort."""
    with pytest.raises(LogBroken):
        parse_time(text)


TIMES = st.datetimes(timezones=st.just(UTC))


@given(TIMES, TIMES)
def test_times_sort_as_text(one: datetime, other: datetime) -> None:
    """What the database compares as text compares as time."""
    assert (one < other) == (time_text(one) < time_text(other))


def was_written(text: str) -> datetime | None:
    """What `parse_time` must give, by its definition: a time that is written as `text`."""
    try:
        time = datetime.fromisoformat(text)
        return time if time_text(time) == text else None
    except ValueError:
        return None


NEARLY = st.from_regex(
    r"[0-9]{4}-[0-1][0-9]-[0-3][0-9]T[0-2][0-9]:[0-6][0-9]:[0-6][0-9]\.[0-9]{6}Z", fullmatch=True
)
SPOILT = st.tuples(TIMES, st.integers(0, 27), st.text(max_size=2)).map(
    lambda drawn: time_text(drawn[0])[: drawn[1]] + drawn[2] + time_text(drawn[0])[drawn[1] + 1 :]
)


@given(TIMES.map(time_text) | NEARLY | SPOILT)
@example("2026-01-18T24:00:00.000000Z")
@example("2026-01-18T12:00:60.000000Z")
@example("0000-01-18T12:00:00.000000Z")
@example("٢٠٢٦-01-18T12:00:00.000000Z")
@example("2026-01-18T12:00:00.000000Z\n")
@example("2026-01-18T12:00:00,000000Z")
@example("2026-01-18t12:00:00.000000z")
def test_a_text_is_a_time_if_that_is_written_so(text: str) -> None:
    """Nothing else is, however near it comes."""
    expected = was_written(text)
    if expected is None:
        with pytest.raises(LogBroken):
            parse_time(text)
    else:
        assert parse_time(text) == expected
        assert parse_time(text).tzinfo is UTC


def test_equal_times_that_are_not_the_same() -> None:
    """In the hour that comes twice when clocks are set back."""
    berlin = ZoneInfo("Europe/Berlin")
    first = datetime(2026, 10, 25, 2, 30, tzinfo=berlin)
    second = first.replace(fold=1)
    assert first == second
    assert time_text(first) == "2026-10-25T00:30:00.000000Z"
    assert time_text(second) == "2026-10-25T01:30:00.000000Z"
