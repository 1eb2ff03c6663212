"""The hash vectors: made without the package, and what the package makes."""

import json
from typing import Any

import pytest

from graphql_brief.log import canonical, codec, envelope
from tests.events import independent, vectors
from tests.events.independent import EVENTS

VECTORS = json.loads((EVENTS / "vectors" / "hashes.json").read_text(encoding="utf-8"))


def test_the_file_is_what_is_made() -> None:
    """Made anew, the vectors are the file, byte for byte."""
    found = (EVENTS / "vectors" / "hashes.json").read_text(encoding="utf-8")
    assert found == vectors.text(), "python -m tests.events.vectors > events/vectors/hashes.json"


@pytest.mark.parametrize("vector", VECTORS["events"], ids=lambda vector: vector["about"])
def test_an_event(vector: dict[str, Any]) -> None:
    """The code gives the same header bytes, leaf hash, commitment and body bytes."""
    raw = vector["header"].encode()
    assert raw.hex() == vector["headerHex"]
    header = envelope.decode_header(raw)
    assert envelope.encode_header(header) == raw
    assert envelope.leaf_hash(raw).hex() == vector["leafHash"]
    assert envelope.time_text(envelope.parse_time(header.recorded_at)) == header.recorded_at
    assert header.commitment == vector["commitment"]
    if vector["body"] is not None:
        body, salt = vector["body"].encode(), bytes.fromhex(vector["salt"])
        assert body.hex() == vector["bodyHex"]
        assert len(salt) == envelope.SALT_BYTES
        assert envelope.commitment(salt, body) == vector["commitment"]
        event, note = codec.decode(header.type, header.schema, body)
        assert codec.encode(event, note) == (header.type, header.schema, body)


def test_the_chain() -> None:
    """Positions and versions have no gaps; each header has its stream's last leaf hash."""
    ends: dict[str, tuple[int, str | None]] = {}
    for position, vector in enumerate(VECTORS["events"], start=1):
        header = envelope.decode_header(vector["header"].encode())
        assert (header.position, header.origin) == (position, VECTORS["origin"])
        version, previous = ends.get(header.stream, (0, None))
        assert (header.version, header.previous) == (version + 1, previous)
        ends[header.stream] = (header.version, vector["leafHash"])
    assert sorted(version for version, _ in ends.values()) == [3, 3]


def test_one_is_erased() -> None:
    """Body and salt together; its header is there, and so is the event that says so."""
    erased = [vector for vector in VECTORS["events"] if vector["body"] is None]
    assert [vector["salt"] for vector in erased] == [None]
    by = json.loads(VECTORS["events"][-1]["body"])["event"]
    header = json.loads(erased[0]["header"])
    last = json.loads(VECTORS["events"][-1]["header"])
    assert (header["stream"], header["version"]) == (last["stream"], by["version"])


@pytest.mark.parametrize("vector", VECTORS["canonical"], ids=lambda vector: vector["about"])
def test_canonical_bytes(vector: dict[str, Any]) -> None:
    """The code writes the value so, by the profile and by RFC 8785, and reads it back."""
    value, raw = json.loads(vector["json"]), bytes.fromhex(vector["bytesHex"])
    assert canonical.encode(value) == raw
    assert canonical.canonicalize(value) == raw
    assert canonical.parse(raw) == value
    assert independent.parse(raw) == value


@pytest.mark.parametrize("vector", VECTORS["refused"], ids=lambda vector: vector["about"])
def test_refused_bytes(vector: dict[str, Any]) -> None:
    """The code refuses them, and so does who read no more than the README."""
    raw = vectors.refused_bytes(vector)
    with pytest.raises(canonical.NotCanonical):
        canonical.parse(raw)
    with pytest.raises(independent.NotOfTheFormat):
        independent.parse(raw)
