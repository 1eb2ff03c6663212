"""What a field of an edit may hold, said once as annotations and checked by one walk.

An edit's fields carry their rule in their type, `Annotated[str, Line(200)]`; `check` walks an
edit by these and lists everything that is wrong with it, each with the path to the field. The
API's descriptions are made from the same annotations. Events are not checked: what the log holds
was allowed when it was written, and a bound that is tightened later must not break a replay.
"""

import re
import types
import typing
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Annotated, Any, Protocol, Union

import msgspec

from graphql_brief.domain import edtf
from graphql_brief.domain.refusal import Refusal
from graphql_brief.domain.vocabulary import ErrorCode

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_CONTROL_BUT_NEWLINE = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
_KEY = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?")
_URL = re.compile(r"https?://[^\s<>\"{}|\\^`/?#@:]+(?::[0-9]{1,5})?(?:[/?#][^\s<>\"{}|\\^`]*)?")
_DECIMAL = re.compile(r"-?(?:0|[1-9][0-9]{0,17})(?:\.[0-9]{1,12})?", re.ASCII)
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[A-Z][a-z]{3})?(?:-(?:[A-Z]{2}|[0-9]{3}))?", re.ASCII)

Fault = tuple[ErrorCode, str]


class Rule(Protocol):
    """A bound on one value: its fault or None, and itself as words for the API's manual."""

    def fault(self, value: Any) -> Fault | None:
        """What is wrong with the value, as code and words that follow its name; None if nothing."""

    def words(self) -> str:
        """The rule as a sentence."""
        ...


@dataclass(frozen=True)
class Line:
    """One line of text, 1 to `bound` characters, no control characters."""

    bound: int

    def fault(self, value: str) -> Fault | None:
        return _text_fault(value, self.bound, _CONTROL)

    def words(self) -> str:
        return f"One line, 1 to {self.bound} characters."


@dataclass(frozen=True)
class Prose:
    """Text of one or more lines, 1 to `bound` characters, no control characters but newline."""

    bound: int

    def fault(self, value: str) -> Fault | None:
        return _text_fault(value, self.bound, _CONTROL_BUT_NEWLINE)

    def words(self) -> str:
        return f"Text, 1 to {self.bound} characters; newlines allowed."


def _text_fault(value: str, bound: int, forbidden: re.Pattern[str]) -> Fault | None:
    if len(value) > bound:
        return ErrorCode.TOO_LONG, f"has {len(value)} characters, the bound is {bound}"
    bad = forbidden.search(value)
    if bad is not None:
        return (
            ErrorCode.INVALID_TEXT,
            f"has the character U+{ord(bad[0]):04X} at place {bad.start()}, which no text may hold",
        )
    if not any(character.isprintable() and character != " " for character in value):
        return ErrorCode.INVALID_TEXT, "is empty"
    return None


@dataclass(frozen=True)
class _Pattern:
    pattern: re.Pattern[str]
    code: ErrorCode
    what: str

    def fault(self, value: str) -> Fault | None:
        if self.pattern.fullmatch(value):
            return None
        return self.code, f"is {value[:80]!r}, not {self.what}"

    def words(self) -> str:
        return f"{self.what[0].upper()}{self.what[1:]}."


KEY = _Pattern(
    _KEY, ErrorCode.INVALID_KEY, "1 to 64 of a-z, 0-9 and hyphens, no hyphen at either end"
)
LANGUAGE = _Pattern(
    _LANGUAGE, ErrorCode.INVALID_LANGUAGE, "a BCP 47 language tag such as en or pt-BR"
)
BRIEF_ID = _Pattern(
    re.compile(r"brief-[a-z0-9]{1,40}", re.ASCII), ErrorCode.UNKNOWN_BRIEF, "the id of a brief"
)
ENTITY_ID = _Pattern(
    re.compile(r"entity-[a-z0-9]{1,40}", re.ASCII), ErrorCode.UNKNOWN_ENTITY, "the id of an entity"
)


@dataclass(frozen=True)
class Url:
    """An absolute http or https address, at most 2,048 characters."""

    bound: int = 2048

    def fault(self, value: str) -> Fault | None:
        if len(value) > self.bound:
            return ErrorCode.TOO_LONG, f"has {len(value)} characters, the bound is {self.bound}"
        if _CONTROL.search(value) or not _URL.fullmatch(value):
            return ErrorCode.INVALID_URL, "is not an absolute http or https address"
        return None

    def words(self) -> str:
        return f"An absolute http or https address, at most {self.bound} characters."


@dataclass(frozen=True)
class EdtfDate:
    """A date of the world; `single` refuses intervals, `day` all but a whole date."""

    single: bool = False
    day: bool = False

    def fault(self, value: str) -> Fault | None:
        try:
            span = edtf.parse(value)
        except ValueError as error:
            return ErrorCode.INVALID_DATE, str(error)
        if self.single and "/" in value:
            return ErrorCode.INVALID_DATE, f"{value!r} is an interval; one date is wanted"
        if self.day and (span.earliest is None or value != span.earliest.isoformat()):
            return ErrorCode.INVALID_DATE, f"{value!r} is not a whole date such as 2026-01-18"
        return None

    def words(self) -> str:
        if self.day:
            return "A whole date: `2026-01-18`."
        if self.single:
            return "EDTF (ISO 8601-2), one date: `2026-01-18`, `2011-12`, `2014~`."
        return "EDTF (ISO 8601-2): `2026-01-18`, `2011-12`, `1991-09/1992-11`, `2023-10/..`."


@dataclass(frozen=True)
class DecimalText:
    """A decimal number as text, optionally within [low, high]."""

    low: Decimal | None = None
    high: Decimal | None = None

    def fault(self, value: str) -> Fault | None:
        if not _DECIMAL.fullmatch(value):
            return (
                ErrorCode.INVALID_NUMBER,
                f"is {value[:80]!r}, not a decimal number such as 2500 or 0.35",
            )
        number = Decimal(value)
        if (self.low is not None and number < self.low) or (
            self.high is not None and number > self.high
        ):
            return ErrorCode.INVALID_NUMBER, f"is {value}, not within {self.low} to {self.high}"
        return None

    def words(self) -> str:
        within = "" if self.low is None else f", {self.low} to {self.high}"
        return f"A decimal number as text{within}."


@dataclass(frozen=True)
class Many:
    """A list of at most `bound` entries, none twice."""

    bound: int

    def fault(self, value: tuple[Any, ...]) -> Fault | None:
        if len(value) > self.bound:
            return ErrorCode.TOO_MANY, f"has {len(value)} entries, the bound is {self.bound}"
        seen = []
        for entry in value:
            if entry in seen:
                return ErrorCode.DUPLICATE, "has the same entry twice"
            seen.append(entry)
        return None

    def words(self) -> str:
        return f"At most {self.bound} entries, none twice."


def check(value: msgspec.Struct) -> list[Refusal]:
    """Everything that is wrong with the fields of `value`, in field order; [] if nothing is."""
    return list(_faults(value, ()))


def _faults(value: msgspec.Struct, path: tuple[str, ...]) -> Iterator[Refusal]:
    for name, public_name, walk in _plan(type(value)):
        field_value = getattr(value, name)
        if field_value is not None and field_value is not msgspec.UNSET:
            yield from walk(field_value, (*path, public_name))


_Walk = Callable[[Any, tuple[str, ...]], Iterator[Refusal]]


@cache
def _plan(struct: type[msgspec.Struct]) -> tuple[tuple[str, str, _Walk], ...]:
    hints = typing.get_type_hints(struct, include_extras=True)
    return tuple(
        (field.name, field.encode_name, _walk_for(hints[field.name]))
        for field in msgspec.structs.fields(struct)
    )


def _walk_for(hint: Any) -> _Walk:
    """The check for one type; its own rules first, then those of what it holds."""
    rules, bare = split(hint)
    origin = typing.get_origin(bare)
    inner: _Walk | None = None
    if origin is tuple:
        inner = _each(_walk_for(typing.get_args(bare)[0]))
    elif isinstance(bare, type) and issubclass(bare, msgspec.Struct):
        inner = _faults

    def walk(value: Any, path: tuple[str, ...]) -> Iterator[Refusal]:
        for rule in rules:
            found = rule.fault(value)
            if found is not None:
                code, message = found
                yield Refusal(code, f"{path[-1]} {message}", path)
                return
        if inner is not None:
            yield from inner(value, path)

    return walk


def _each(walk: _Walk) -> _Walk:
    def walk_all(values: Any, path: tuple[str, ...]) -> Iterator[Refusal]:
        for place, value in enumerate(values):
            yield from walk(value, (*path, str(place)))

    return walk_all


def split(hint: Any) -> tuple[tuple[Rule, ...], Any]:
    """A hint's rules, and the type without them and without None and UNSET."""
    rules: tuple[Rule, ...] = ()
    while True:
        origin = typing.get_origin(hint)
        if origin is Annotated:
            extras = hint.__metadata__
            rules += tuple(extra for extra in extras if hasattr(extra, "fault"))
            hint = hint.__origin__
        elif origin in (Union, types.UnionType):
            left = [
                arm
                for arm in typing.get_args(hint)
                if arm not in (types.NoneType, msgspec.UnsetType)
            ]
            if len(left) != 1:
                return rules, hint
            hint = left[0]
        else:
            return rules, hint
