"""How times and texts are stored where they are sorted and compared."""

import unicodedata
from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def micros(time: datetime | None) -> int:
    """A time in microseconds since 1970, UTC; 0 for none, so that a column of them sorts whole."""
    return 0 if time is None else (time - _EPOCH) // timedelta(microseconds=1)


def from_micros(stored: int) -> datetime:
    """The time that `micros` stored."""
    return _EPOCH + timedelta(microseconds=stored)


def folded(text: str) -> str:
    """A text without case, so that equal subjects meet."""
    return unicodedata.normalize("NFKC", text.casefold())


def sort_key(text: str) -> str:
    """A text as it is put in alphabetical order: without case, accents and punctuation."""
    letters = unicodedata.normalize("NFKD", text.casefold())
    kept = "".join(letter for letter in letters if letter.isalnum() or letter.isspace())
    return " ".join(kept.split())
