"""How good things are made bad; all by the random numbers given, so that they come again."""

from collections.abc import Callable
from random import Random
from typing import Any

TEXTS = (
    *("", "\0", "\ud800", "\ufeff", "\u202e", "é" * 300, "\U0001f9e8", "'; DROP TABLE event;--"),
    *("{", "}", "(", ")", "[", "]", "...", "@", "$", '"', '"""', "\\", "\\u", "#", "&", "|", "!"),
    *("query", "mutation", "subscription", "fragment F on", "on", "null", "__schema", "__proto__"),
    *("@include(if: true)", "@skip(if: $nothing)", "@oneOf", "...F", "a: b: c", "$x: Int = 1"),
    *("9" * 1100, "-" + "9" * 400, "1e999999", "-0", "0x10", "1.5e-400", "9007199254740993"),
)
"""What is put into a text."""
VALUES: tuple[Any, ...] = (
    *(None, True, 0, -1, 1.5, 2**31, 2**63, 10**400, "", "\0", "a" * 5000, [], {}, [[]], [None]),
    *({"": ""}, {"a": {"b": {"c": [1, {"d": None}]}}}, {"__proto__": {"x": 1}}, "brief-iraqexit"),
    *(
        {"slug": "americas-second-exit-from-iraq"},
        {"id": "brief-iraqexit", "slug": "a"},
        169,
        "A" * 9,
    ),
)
"""What a variable or a part of a request can be."""
BYTES = (
    *(
        b"\xff",
        b"\xc3",
        b"\xed\xa0\x80",
        b"\xf8\x88\x80\x80\x80",
        b"\0",
        b"\x1f\x8b\x08",
        b"\x00d\x00",
    ),
    *(b"[" * 5000, b'{"a":' * 5000, b"1e9999", b"9" * 5000, b"\\ud800", b"NaN", b"-", b"//", b"'"),
    *(b"\r\n\r\n", b",", b":", b"}", b"]", b'"', b"\xef\xbb\xbf", b"\xfe\xff", b"nul", b"tru"),
)
"""What is put into bytes."""


def text(good: str, random: Random) -> str:
    """A text with one to three wrongs in it."""
    for _ in range(random.randint(1, 3)):
        good = _spoiled(good, random, TEXTS)
    return good


def raw(good: bytes, random: Random) -> bytes:
    """Bytes with one to three wrongs in them."""
    for _ in range(random.randint(1, 3)):
        good = _spoiled(good, random, BYTES)
    return good


def _spoiled(good: Any, random: Random, pieces: tuple[Any, ...]) -> Any:
    start, end = sorted(random.randint(0, len(good)) for _ in range(2))
    end = min(end, start + 40)
    part = good[start:end]
    ways: tuple[Callable[[], Any], ...] = (
        lambda: good[:start],
        lambda: good[:start] + good[end:],
        lambda: good[:end] + part * random.randint(1, 30) + good[end:],
        lambda: good[:start] + random.choice(pieces) + good[start:],
        lambda: good[:start] + random.choice(pieces) + good[end:],
        lambda: good[end:] + part + good[:start],
        lambda: good[::-1],
    )
    return random.choice(ways)()


def request(good: dict[str, Any], random: Random) -> Any:
    """A request's object with one wrong value or name, or something that is none."""
    if random.random() < 0.1:
        return random.choice(VALUES)
    bad = dict(good)
    name = random.choice(("query", "variables", "operationName", "extensions", "id", "documentId"))
    bad[name] = random.choice(VALUES)
    return bad
