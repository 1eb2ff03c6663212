"""The log's format a second time, from `events/README.md` alone: plain json and hashlib.

Nothing here uses the package: what it makes holds the package to account.
"""

import hashlib
import json
from pathlib import Path
from typing import Any

EVENTS = Path(__file__).parents[2] / "events"
"""The folder under test."""


class NotOfTheFormat(Exception):  # noqa: N818 - says what the bytes are not
    """Bytes that README.md says must be refused."""


def canonical(value: Any) -> bytes:
    """The canonical bytes of a value of the profile."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.encode()


def parse(raw: bytes) -> Any:
    """The value of canonical bytes. Raises NotOfTheFormat for any others."""
    try:
        value = json.loads(
            raw.decode(),
            object_pairs_hook=_object,
            parse_float=_refuse,
            parse_int=_integer,
            parse_constant=_refuse,
        )
        again = canonical(value)
    except (ValueError, RecursionError) as error:
        raise NotOfTheFormat(str(error)) from error
    if _depth(value) > 32:
        raise NotOfTheFormat("nested deeper than 32")
    if again != raw:
        raise NotOfTheFormat("not the canonical bytes of its value")
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise NotOfTheFormat("a name twice")
    if not all(name.isascii() for name in found):
        raise NotOfTheFormat("a name that is not ASCII")
    return found


def _integer(text: str) -> int:
    if abs(int(text)) >= 2**53:
        raise NotOfTheFormat(f"{text} is not below 2^53")
    return int(text)


def _refuse(text: str) -> Any:
    raise NotOfTheFormat(f"{text} is no integer")


def _depth(value: Any) -> int:
    if isinstance(value, dict):
        return 1 + max(map(_depth, value.values()), default=0)
    if isinstance(value, list):
        return 1 + max(map(_depth, value), default=0)
    return 0


def commitment(salt: bytes, body: bytes) -> str:
    """SHA-256(salt || body), hex."""
    return hashlib.sha256(salt + body).hexdigest()


def leaf_hash(header: bytes) -> str:
    """SHA-256(0x00 || header), hex."""
    return hashlib.sha256(b"\x00" + header).hexdigest()
