"""events/README.md: its programs run, and its worked example comes out."""

import copy
import hashlib
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from graphql_brief.log.canonical import DEPTH_BOUND
from graphql_brief.log.envelope import HEADER_BOUND, SALT_BYTES
from graphql_brief.log.upcasters import UPCASTERS
from tests.events.independent import EVENTS, canonical, leaf_hash
from tests.events.support import FILES, read

TEXT = (EVENTS / "README.md").read_text(encoding="utf-8")
VECTORS = read("vectors/hashes.json")


def blocks(info: str) -> list[str]:
    """The fenced blocks of the README with this info string."""
    return re.findall(rf"^```{re.escape(info)}\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)


VERIFIER, VALIDATOR = blocks("python")


def run(program: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """What comes of a program of the README, run in the folder that it is about."""
    command = [sys.executable, "-c", program, *arguments]
    return subprocess.run(command, cwd=EVENTS, capture_output=True, text=True, check=False)


def test_the_verifier_verifies() -> None:
    """On the vectors, with the output that the README shows."""
    result = run(VERIFIER)
    assert result.stderr == ""
    assert result.stdout in blocks("text")


def _set(place: int, member: str, value: Any) -> Any:
    def change(events: list[dict[str, Any]]) -> None:
        header = json.loads(events[place]["header"])
        header[member] = value
        events[place]["header"] = canonical(header).decode()

    return change


def _put(place: int, member: str, value: Any) -> Any:
    def change(events: list[dict[str, Any]]) -> None:
        events[place][member] = value

    return change


def _chained(place: int, member: str, value: Any) -> Any:
    """Set, and every later header of the stream made to fit again."""

    def change(events: list[dict[str, Any]]) -> None:
        _set(place, member, value)(events)
        stream = json.loads(events[place]["header"])["stream"]
        previous = leaf_hash(events[place]["header"].encode())
        for later in range(place + 1, len(events)):
            if json.loads(events[later]["header"])["stream"] == stream:
                _set(later, "previous", previous)(events)
                previous = leaf_hash(events[later]["header"].encode())

    return change


def _swap(events: list[dict[str, Any]]) -> None:
    events[1], events[2] = events[2], events[1]


BROKEN: dict[str, tuple[Any, str]] = {
    "a changed author": (_set(0, "actor", "editor-99"), "the stream was altered"),
    "a changed body": (
        _put(2, "body", '{"event":{"key":"lede","text":"No."}}'),
        "body was altered",
    ),
    "a changed salt": (_put(2, "salt", "00" * 16), "body was altered"),
    "a short salt": (_put(2, "salt", "00" * 15), "not a salt"),
    "a body with blanks": (_put(2, "body", '{"event": {}}'), "not canonical"),
    "a header with blanks": (_put(2, "header", '{"format": 1}'), "not canonical"),
    "a name twice": (_put(2, "header", '{"a":1,"a":1}'), "a name twice"),
    "a float": (_put(2, "body", '{"event":1.5}'), "is no integer"),
    "a great integer": (_put(2, "body", '{"event":9007199254740992}'), "beyond 2^53"),
    "a deep body": (_put(2, "body", "[" * 33 + "]" * 33), "too deep"),
    "a strange name": (_put(2, "body", '{"é":1}'), "not ASCII"),
    "a removed event": (lambda events: events.pop(1), "a gap in the log"),
    "swapped events": (_swap, "a gap in the log"),
    "another log": (_chained(4, "origin", "other"), "another log"),
    "another format": (_chained(4, "format", 2), "not a header of this format"),
    "a gap in a stream": (_chained(4, "version", 3), "a gap in the stream"),
    "no previous": (_chained(4, "previous", None), "the stream was altered"),
    "time that goes back": (
        _chained(4, "recordedAt", "2026-01-18T09:00:00.000000Z"),
        "time goes back",
    ),
    "an event twice": (
        _chained(4, "eventId", json.loads(VECTORS["events"][0]["header"])["eventId"]),
        "an event twice",
    ),
    "a header of 65,535 bytes": (_chained(4, "actor", "a" * 65_535), "not a header of this format"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_the_verifier_refuses(name: str, tmp_path: Path) -> None:
    """Each thing that the README says a reader must check."""
    change, why = BROKEN[name]
    events = copy.deepcopy(VECTORS["events"])
    change(events)
    file = tmp_path / "log.json"
    file.write_text(json.dumps({"events": events}), encoding="utf-8")
    result = run(VERIFIER, str(file))
    assert result.returncode != 0
    assert why in result.stderr.splitlines()[-1]


def test_the_validator_validates() -> None:
    """It runs, and with a broken example it does not."""
    assert run(VALIDATOR).stderr == ""
    broken = VALIDATOR.replace('"text": "It began."', '"words": "It began."')
    assert "ValidationError" in run(broken).stderr


def test_the_worked_example() -> None:
    """Its bytes, sizes and hashes, worked out from the text alone."""
    (body,), (header,) = blocks("json body"), blocks("json header")
    raw_body, raw_header = body.strip("\n").encode(), header.strip("\n").encode()
    worked = dict(
        line.rsplit(maxsplit=1)
        for block in blocks("text")
        for line in block.splitlines()
        if re.search(r" [0-9a-f]{32,}$", line)
    )
    salt = bytes.fromhex(worked["salt"])
    assert hashlib.sha256(salt + raw_body).hexdigest() == worked["commitment"]
    assert hashlib.sha256(b"\0" + raw_header).hexdigest() == worked["leaf hash"]
    third, fourth = VECTORS["events"][2:4]
    assert (third["body"], third["header"]) == (raw_body.decode(), raw_header.decode())
    assert json.loads(raw_header)["commitment"] == worked["commitment"]
    assert json.loads(raw_header)["previous"] == VECTORS["events"][0]["leafHash"]
    assert json.loads(fourth["header"])["previous"] == worked["leaf hash"]
    for sentence in (
        f"Its body has {len(raw_body)} bytes",
        f"begin `{raw_body[:4].hex(' ')}` and end `{raw_body[-4:].hex(' ')}`",
        f"{len(salt + raw_body)} bytes are hashed, and give this commitment",
        f"Its header has {len(raw_header)} bytes",
        f"{1 + len(raw_header)} bytes are hashed, and give this leaf hash",
    ):
        assert sentence in TEXT


def test_the_table_of_members() -> None:
    """The header's members, all of them, in the order of the schema."""
    section = TEXT.split("## Header")[1].split("**Recorded time**")[0]
    rows = re.findall(r"^\| `(\w+)` \| (.+?) \|", section, re.MULTILINE)
    schema = read("envelope.schema.json")
    assert [name for name, _ in rows] == list(schema["properties"])
    for name, told in rows:
        member = schema["properties"][name]
        types = member.get("type", "integer" if "const" in member else "string")
        assert {"string": "text", "integer": "integer"}.get(str(types), "text or null") == told


def test_the_bounds() -> None:
    """Those of the code."""
    assert f"Fewer than {HEADER_BOUND:,} bytes" in TEXT
    assert f"at most {DEPTH_BOUND} deep" in TEXT
    assert f"| salt | {SALT_BYTES} random bytes |" in TEXT


def test_the_files() -> None:
    """Every file that the table names is there, and every file that is there is named."""
    table = TEXT.split("## An event")[0]
    named = set(re.findall(r"^\| `([^`]+)` \|", table, re.MULTILINE))
    assert named == {
        *(file.name for file in FILES if file.parent == EVENTS),
        "schemas/<type>.v<n>.schema.json",
        "vectors/hashes.json",
        "vectors/upcasts.json",
        "digests.txt",
    }
    found = {path.relative_to(EVENTS).as_posix() for path in EVENTS.rglob("*") if path.is_file()}
    assert found - {file.relative_to(EVENTS).as_posix() for file in FILES} == {
        "README.md",
        "vectors/hashes.json",
        "vectors/upcasts.json",
        "digests.txt",
    }


def test_the_table_of_steps() -> None:
    """One row for each step that there is."""
    section = TEXT.split("## Versions")[1]
    rows = re.findall(r"^\| `(\w+)` \| (\d+) \| (\d+) \|", section, re.MULTILINE)
    assert [(name, int(old), int(new)) for name, old, new in rows] == [
        (name, version, version + 1) for name, version in sorted(UPCASTERS)
    ]
