"""Makes `events/vectors/hashes.json`, without the package's help.

python -m tests.events.vectors > events/vectors/hashes.json
"""

import hashlib
import json
import sys
from typing import Any

from tests.events.independent import canonical, commitment, leaf_hash

ORIGIN = "graphql-brief/5b1f0c64d2a97e38"
BRIEF, ENTITY = "brief-lindholm", "entity-mirasand"


def _bits(name: str) -> str:
    """128 bits, hex: the same for the same name."""
    return hashlib.sha256(name.encode()).hexdigest()[:32]


def _command(name: str, recorded_at: str, significance: str, actor: str) -> dict[str, Any]:
    return {
        "actor": actor,
        "recordedAt": recorded_at,
        "significance": significance,
        "commandId": _bits(name),
        "correlationId": _bits(name),
        "causationId": None,
    }


_DRAFT = _command("draft", "2026-01-18T09:15:00.000000Z", "MINOR", "editor-2f")
_REGISTER = _command("register", "2026-01-18T09:15:00.000000Z", "MINOR", "editor-7c")
_EDIT = _command("edit", "2026-01-18T09:41:07.250000Z", "SUBSTANTIVE", "editor-2f") | {
    "correlationId": _bits("the morning's work"),
    "causationId": _bits("draft"),
}
_REVISE = _command("revise", "2026-01-18T10:02:59.999999Z", "COPY_EDIT", "editor-7c")
_ERASE = _command("erase", "2026-02-03T16:20:00.000000Z", "COPY_EDIT", "admin-01")

_HISTORY: list[tuple[str, str, dict[str, Any], str, dict[str, Any]]] = [
    (
        "the first of a stream, with a change note",
        BRIEF,
        _DRAFT,
        "BriefDrafted",
        {
            "changeNote": "The night shift did not come in",
            "event": {
                "slug": "lindholm-port-strike",
                "headline": "The strike at Lindholm port",
                "standfirst": "Since the night shift of 17 January no crane has moved.",
                "language": "en",
                "subjects": ["Labour", "Shipping"],
            },
        },
    ),
    (
        "the first of another stream: no previous; text beyond ASCII as it is",
        ENTITY,
        _REGISTER,
        "EntityRegistered",
        {
            "event": {
                "kind": "PERSON",
                "name": "Míra Sandström",
                "description": 'Harbour master. Her own words: "⚓ 港 — C:\\quay".\nSince 2019.',
                "initials": "MS",
            }
        },
    ),
    (
        "the second of its stream: previous is the leaf hash at position 1",
        BRIEF,
        _EDIT,
        "ParagraphAdded",
        {
            "changeNote": "First facts, from the port's own notice",
            "event": {"key": "lede", "text": "No crane has moved since Saturday."},
        },
    ),
    (
        "the same command's second event: same time, no change note",
        BRIEF,
        _EDIT,
        "BriefPublished",
        {"event": {}},
    ),
    (
        "erased: body and salt are gone, the header stays and the chain holds",
        ENTITY,
        _REVISE,
        "EntityRevised",
        {"event": {"description": None}},
    ),
    (
        "what says so: the stream's next event; it keeps the name of the member that was set",
        ENTITY,
        _ERASE,
        "BodyErased",
        {
            "event": {
                "version": 2,
                "basis": "DATA_PROTECTION",
                "caseReference": "DP 2026/14",
                "kept": {"fields": ["description"]},
            }
        },
    ),
]


def _events() -> list[dict[str, Any]]:
    ends: dict[str, tuple[int, str | None]] = {}
    events = []
    for position, (about, stream, command, event_type, body) in enumerate(_HISTORY, start=1):
        version, previous = ends.get(stream, (0, None))
        salt, raw_body = bytes.fromhex(_bits(f"salt {position}")), canonical(body)
        raw_header = canonical(
            {
                "format": 1,
                "origin": ORIGIN,
                "position": position,
                "eventId": _bits(f"event {position}"),
                "stream": stream,
                "version": version + 1,
                "previous": previous,
                "type": event_type,
                "schema": 1,
                "commitment": commitment(salt, raw_body),
                **command,
            }
        )
        ends[stream] = (version + 1, leaf_hash(raw_header))
        erased = about.startswith("erased")
        events.append(
            {
                "about": about,
                "header": raw_header.decode(),
                "headerHex": raw_header.hex(),
                "leafHash": leaf_hash(raw_header),
                "commitment": commitment(salt, raw_body),
                "salt": None if erased else salt.hex(),
                "body": None if erased else raw_body.decode(),
                "bodyHex": None if erased else raw_body.hex(),
            }
        )
    return events


_CANONICAL: list[tuple[str, Any]] = [
    ("members sorted by name, byte by byte", {"b": 1, "a": 2, "B": 3, "": 4, "a1": 5, "_": 6}),
    ("no blanks, nested too", {"list": [1, [], {}, {"a": [None, True, False]}]}),
    ("the least and the greatest integer", [-(2**53) + 1, 2**53 - 1, 0]),
    ("two-character escapes", '"\\\b\f\n\r\t'),
    ("other control characters, lower-case hex", "\x00\x01\x0b\x1f"),
    ("not escaped", "/\x7f\x80\u00e9\u2028\u2029\ufeff\uffff\U0001f6a2"),
    ("not normalised: composed, then decomposed", ["\u00e9", "e\u0301"]),
    ("nested 32 deep", json.loads("[" * 32 + "]" * 32)),
]

_REFUSED: list[tuple[str, bytes]] = [
    ("empty", b""),
    ("not JSON", b"{a:1}"),
    ("two values", b"{}{}"),
    ("a byte order mark", b"\xef\xbb\xbf{}"),
    ("a blank after a colon", b'{"a": 1}'),
    ("a blank before the value", b" {}"),
    ("a newline after the value", b"{}\n"),
    ("members out of order", b'{"b":1,"a":2}'),
    ("a name twice", b'{"a":1,"a":1}'),
    ("a name twice, once escaped", b'{"a":1,"\\u0061":1}'),
    ("a name that is not ASCII", '{"é":1}'.encode()),
    ("a fraction", b"[0.5]"),
    ("an integer written as a fraction", b"[1.0]"),
    ("an exponent", b"[1e2]"),
    ("minus zero", b"[-0]"),
    ("a leading zero", b"[01]"),
    ("a plus sign", b"[+1]"),
    ("2^53", b"[9007199254740992]"),
    ("-2^53", b"[-9007199254740992]"),
    ("an integer that no machine holds", b"[1" + b"0" * 400 + b"]"),
    ("NaN", b"[NaN]"),
    ("Infinity", b"[Infinity]"),
    ("an escaped letter", b'["\\u0061"]'),
    ("an escaped letter beyond ASCII", b'["\\u00e9"]'),
    ("an escaped slash", b'["\\/"]'),
    ("upper-case hex", b'["\\u001F"]'),
    ("a long escape where there is a short one", b'["\\u000a"]'),
    ("a control character as it is", b'["\n"]'),
    ("a pair of surrogates, escaped", b'["\\ud83d\\udea2"]'),
    ("a lone surrogate, escaped", b'["\\ud800"]'),
    ("a lone surrogate in a name", b'{"\\udfff":1}'),
    ("a lone surrogate, in three bytes", b'["\xed\xa0\x80"]'),
    ("a pair of surrogates, in six bytes", b'["\xed\xa0\xbd\xed\xba\xa2"]'),
    ("a byte that UTF-8 does not have", b'["\xff"]'),
    ("UTF-8 cut short", b'["\xc3"]'),
    ("UTF-8 longer than needed", b'["\xc0\xaf"]'),
    ("UTF-16", '{"a":1}'.encode("utf-16-le")),
    ("nested 33 deep", b"[" * 33 + b"]" * 33),
    ("nested 100,000 deep", b"[" * 100_000 + b"]" * 100_000),
    ("a trailing comma", b"[1,]"),
    ("a comment", b"[1/**/]"),
]


def build() -> dict[str, Any]:
    """The test vectors."""
    return {
        "about": [
            "Test vectors for the format that ../README.md specifies.",
            "Bytes are hex; where there is text beside them, it is the same bytes as UTF-8.",
            "events: a whole log of two streams, in order of position, with one erased event.",
            "canonical: JSON values and their canonical bytes.",
            "refused: bytes that are no canonical form of anything, and why.",
            "runsHex, times: each of these bytes so many times in a row.",
        ],
        "format": 1,
        "origin": ORIGIN,
        "events": _events(),
        "canonical": [
            {"about": about, "json": json.dumps(value), "bytesHex": canonical(value).hex()}
            for about, value in _CANONICAL
        ],
        "refused": [_refused(about, raw) for about, raw in _REFUSED],
    }


def _refused(about: str, raw: bytes) -> dict[str, Any]:
    if len(raw) > 1000:  # 100,000 brackets would drown the rest
        return {"about": about, "runsHex": ["5b", "5d"], "times": len(raw) // 2}
    return {"about": about, "bytesHex": raw.hex()}


def refused_bytes(vector: dict[str, Any]) -> bytes:
    """The bytes of an entry of `refused`."""
    if "bytesHex" in vector:
        return bytes.fromhex(vector["bytesHex"])
    return b"".join(bytes.fromhex(run) * vector["times"] for run in vector["runsHex"])


def text() -> str:
    """The file's content."""
    return json.dumps(build(), indent=2) + "\n"


if __name__ == "__main__":
    sys.stdout.write(text())
