"""The schemas of header and body, and the code's envelope."""

import json
from typing import Any

import msgspec
import pytest

from graphql_brief.domain.vocabulary import Significance
from graphql_brief.log.envelope import HEADER_BOUND, Header, decode_header
from tests.events.independent import canonical, commitment, leaf_hash, parse
from tests.events.support import event_validator, read, validator

ENVELOPE = validator("envelope.schema.json")
VECTORS = read("vectors/hashes.json")
HEADERS = [json.loads(event["header"]) for event in VECTORS["events"]]
FIRST, THIRD = HEADERS[0], HEADERS[2]


def test_a_header_has_the_members_of_the_code() -> None:
    """All of them, always, and no others."""
    schema = read("envelope.schema.json")
    fields = [field.encode_name for field in msgspec.structs.fields(Header)]
    assert sorted(schema["properties"]) == sorted(fields)
    assert sorted(schema["required"]) == sorted(fields)
    assert schema["additionalProperties"] is False
    assert schema["properties"]["significance"]["enum"] == [s.value for s in Significance]
    assert all(member["description"].endswith(".") for member in schema["properties"].values())


@pytest.mark.parametrize("header", HEADERS, ids=lambda header: header["type"])
def test_a_header_of_the_vectors(header: dict[str, Any]) -> None:
    """It is what the schema describes."""
    ENVELOPE.validate(header)


def test_the_examples_are_of_the_vectors() -> None:
    """So that their hashes are real."""
    assert read("envelope.schema.json")["examples"] == HEADERS[:2]


@pytest.mark.parametrize(
    "change",
    [
        {"format": 2},
        {"origin": ""},
        {"position": 0},
        {"position": 2**53},
        {"position": 1.5},
        {"position": "1"},
        {"eventId": "0" * 31},
        {"eventId": "A" * 32},
        {"stream": "brief-"},
        {"stream": "brief-A"},
        {"stream": "story-a"},
        {"stream": "edition-2026-13-01"},
        {"stream": "page-"},
        {"version": 0},
        {"previous": "0" * 64},
        {"version": 2},
        {"type": "paragraphAdded"},
        {"schema": 0},
        {"actor": ""},
        {"actor": None},
        {"recordedAt": "2026-01-18T09:15:00Z"},
        {"recordedAt": "2026-01-18T09:15:00.000000+00:00"},
        {"recordedAt": "2026-01-18 09:15:00.000000Z"},
        {"recordedAt": "2026-01-18T24:15:00.000000Z"},
        {"significance": "NEWS"},
        {"causationId": ""},
        {"commitment": "0" * 63},
        {"commitment": None},
        {"surprise": 1},
    ],
    ids=str,
)
def test_no_header(change: dict[str, Any]) -> None:
    """A first header with one thing wrong."""
    assert not ENVELOPE.is_valid({**FIRST, **change})


def test_later_versions_have_a_previous() -> None:
    """And only they."""
    assert ENVELOPE.is_valid(THIRD)
    assert not ENVELOPE.is_valid({**THIRD, "previous": None})
    assert not ENVELOPE.is_valid({**THIRD, "previous": "A" * 64})


@pytest.mark.parametrize("member", FIRST)
def test_nothing_is_left_out(member: str) -> None:
    """A header lacks no member, not even where there is nothing to say."""
    assert not ENVELOPE.is_valid({name: FIRST[name] for name in FIRST if name != member})


@pytest.mark.parametrize("stream", ["brief-a1", "entity-b", "edition-2026-01-18", "page-why"])
def test_event_streams(stream: str) -> None:
    """One name for each kind of thing that has a history."""
    ENVELOPE.validate({**FIRST, "stream": stream})


BODY = validator("body.schema.json")


@pytest.mark.parametrize("example", read("body.schema.json")["examples"], ids=str)
def test_a_body(example: dict[str, Any]) -> None:
    """The examples are what the schema describes."""
    BODY.validate(example)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"changeNote": "Why"},
        {"event": []},
        {"event": {}, "changeNote": None},
        {"event": {}, "changeNote": ""},
        {"event": {}, "type": "ParagraphAdded"},
    ],
    ids=str,
)
def test_no_body(body: dict[str, Any]) -> None:
    """An event there must be; a note is text or absent; nothing else."""
    assert not BODY.is_valid(body)


def test_the_bodies_of_the_vectors() -> None:
    """They are what the schemas of their types describe."""
    seen = set()
    for vector, header in zip(VECTORS["events"], HEADERS, strict=True):
        if vector["body"] is not None:
            body = parse(vector["body"].encode())
            BODY.validate(body)
            event_validator(header["type"]).validate(body["event"])
            seen.add(header["type"])
    assert len(seen) == 5


def test_the_code_reads_what_the_schema_allows() -> None:
    """The strangest header that fits the schema is one to the code."""
    strange = {
        **THIRD,
        "origin": "⚓",
        "position": 2**53 - 1,
        "stream": "page-" + "a" * 64,
        "version": 2**53 - 1,
        "actor": "a" * 1000,
        "causationId": None,
    }
    ENVELOPE.validate(strange)
    raw = canonical(strange)
    assert msgspec.to_builtins(decode_header(raw)) == strange
    assert len(raw) < HEADER_BOUND
    assert (len(commitment(b"", b"")), len(leaf_hash(raw))) == (64, 64)
