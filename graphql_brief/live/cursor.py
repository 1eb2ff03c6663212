"""The live cursor: an opaque resume point of a subscription, log origin + position.

Opaque to clients; inside: base64url of `origin` NUL `position`. The origin is there so that a
cursor of another log (a restored copy, another site) is noticed instead of resuming at a place
that means something else.
"""

import base64
import binascii
from typing import NamedTuple


class LiveCursor(NamedTuple):
    """Everything up to `position` of the log `origin` was seen."""

    origin: str
    position: int

    def __str__(self) -> str:
        raw = f"{self.origin}\x00{self.position}".encode()
        return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def parse(text: str) -> LiveCursor:
    """A cursor from its text. Raises ValueError if it is none."""
    try:
        padded = text.encode("ascii") + b"=" * (-len(text) % 4)
        origin, _, position = (
            base64.b64decode(padded, altchars=b"-_", validate=True).decode().partition("\x00")
        )
        found = LiveCursor(origin, int(position))
    except (ValueError, binascii.Error) as error:
        raise ValueError(f"{text[:80]!r} is not a live cursor") from error
    if str(found) != text or found.position < 0:
        raise ValueError(f"{text[:80]!r} is not a live cursor")
    return found
