"""The live cursor: an opaque resume point of a subscription.

Opaque to clients; inside: base64url of `origin` NUL `position` NUL `time`, the time in microseconds
since 1970; at position 0, where nothing was recorded, without it. The origin is there so that a
cursor of another log is noticed instead of resuming at a place that means something else. The time
is there for a log that was restored, and has grown since: what stands at a position now was
recorded at another time than what was lost.
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
    """UTC, when the log recorded what is at the position; None: there is nothing."""

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
        raw = base64.b64decode(padded, altchars=b"-_", validate=True).decode()
        found = _read(*raw.split("\0", 2))
    except (ValueError, OverflowError, binascii.Error) as error:
        raise ValueError(f"{text[:80]!r} is not a live cursor") from error
    if str(found) != text:
        raise ValueError(f"{text[:80]!r} is not a live cursor")
    return found


def _read(origin: str, position: str = "", time: str | None = None) -> LiveCursor:
    recorded_at = None if time is None else _EPOCH + int(time) * _MICROSECOND
    found = LiveCursor(origin, int(position), recorded_at)
    if found.position < 0 or (recorded_at or _EPOCH) < _EPOCH:
        raise ValueError("a position or a time before the first")
    if (found.position == 0) != (recorded_at is None):
        raise ValueError("a position without its time, or a time of nothing")
    return found
