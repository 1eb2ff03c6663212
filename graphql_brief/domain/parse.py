"""From JSON values to edits and commands, with refusals that name the place.

What comes in is what a JSON parser or a GraphQL executor made: dicts, lists, strings, numbers.
"""

import hashlib
import re
from typing import Any, TypeVar

import msgspec

from graphql_brief.domain.edits import ADDING, BATCH_BOUND, EDITS, Edit
from graphql_brief.domain.refusal import Refused
from graphql_brief.domain.vocabulary import ErrorCode

T = TypeVar("T")

WHAT_BOUND = 200
"""Most characters of what does not fit that a refusal repeats."""

_AT = re.compile(r"(?s)(?P<what>.*?)(?: - at `\$(?P<where>[^`]*)`)?")
_STEP = re.compile(r"\.([^.\[]+)|\[([^\]]+)\]")


def fill_keys(edits: list[Any], command_id: str) -> list[Any]:
    """The edits, in JSON, with a key for each thing added without one.

    A key is made from the command's id and the edit's place, so that a repeated command names
    the same things. What is not of an edit's shape is left for `parse_edits` to refuse.
    """
    return [_with_key(edit, f"{command_id}/{place}") for place, edit in enumerate(edits)]


def _with_key(edit: Any, seed: str) -> Any:
    if not isinstance(edit, dict) or len(edit) != 1:
        return edit
    ((name, payload),) = edit.items()
    if EDITS.get(name) not in ADDING or not isinstance(payload, dict):
        return edit
    if payload.get("key") is not None:
        return edit
    return {name: {**payload, "key": f"k{hashlib.sha256(seed.encode()).hexdigest()[:15]}"}}


def parse_edits(edits: list[Any]) -> list[Edit]:
    """Edits from JSON values. Raises Refused with the path to the first that is not an edit."""
    if not edits:
        raise Refused(ErrorCode.INVALID_INPUT, "the batch has no edits", "edits")
    if len(edits) > BATCH_BOUND:
        raise Refused(
            ErrorCode.TOO_MANY,
            f"the batch has {len(edits)} edits, the bound is {BATCH_BOUND}",
            "edits",
        )
    return [_parse_edit(edit, place) for place, edit in enumerate(edits)]


def _parse_edit(edit: Any, place: int) -> Edit:
    where = ("edits", str(place))
    if not isinstance(edit, dict) or len(edit) != 1:
        raise Refused(ErrorCode.INVALID_INPUT, "an edit has exactly one member", *where)
    ((name, payload),) = edit.items()
    kind = EDITS.get(name)
    if kind is None:
        raise Refused(ErrorCode.INVALID_INPUT, f"there is no edit {str(name)[:80]!r}", *where)
    return parse(kind, payload, *where, name)


def parse(kind: type[T], payload: Any, *where: str) -> T:
    """`payload` as a `kind`. Raises Refused with the path to what does not fit, from `where`."""
    try:
        return msgspec.convert(payload, kind)
    except msgspec.ValidationError as error:
        found = _AT.fullmatch(str(error))
        assert found is not None
        steps = [name or place for name, place in _STEP.findall(found["where"] or "")]
        what = found["what"][:WHAT_BOUND]
        raise Refused(ErrorCode.INVALID_INPUT, what, *where, *steps) from error
    except UnicodeEncodeError as error:  # in a name or an enum, where msgspec wants UTF-8
        raise Refused(ErrorCode.INVALID_TEXT, "holds a lone surrogate", *where) from error
