"""The live cursor: an opaque resume point of a subscription.

Opaque to clients; inside: base64url of `origin` NUL `position` NUL `recorded`. The origin is there
so that a cursor of another log is noticed instead of resuming at a place that means something else.
The recorded time is there for a log that was put back to an older state and has grown since: what
stands at the position now was recorded later than what was lost.
"""

import base64
import binascii
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class LiveCursor(NamedTuple):
    """Everything up to `position` of the log `origin` was seen."""

    origin: str
    position: int
    recorded_at: datetime | None = None
    """UTC, when the log recorded what is at the position; None: not known, or there is nothing."""

    def __str__(self) -> str:
        parts = [self.origin, str(self.position)]
        if self.recorded_at is not None:
            parts.append(str((self.recorded_at - _EPOCH) // _MICROSECOND))
        raw = "\0".join(parts).encode()
        return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def parse(text: str) -> LiveCursor:
    """A cursor from its text. Raises ValueError if it is none."""
    try:
        padded = text.encode("ascii") + b"=" * (-len(text) % 4)
        origin, position, *recorded = (
            base64.b64decode(padded, altchars=b"-_", validate=True).decode().split("\0")
        )
        times = [_EPOCH + int(microseconds) * _MICROSECOND for microseconds in recorded]
        found = LiveCursor(origin, int(position), *times)
    except (ValueError, TypeError, OverflowError, binascii.Error) as error:
        raise ValueError(f"{text[:80]!r} is not a live cursor") from error
    if str(found) != text or found.position < 0:
        raise ValueError(f"{text[:80]!r} is not a live cursor")
    return found
