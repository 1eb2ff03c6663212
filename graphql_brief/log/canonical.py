"""Canonical bytes: the one way to write a value, so that a hash of the bytes is a hash of it.

The form is RFC 8785 (JSON Canonicalization Scheme). The log uses a profile of it, narrow enough
that no language's JSON library can read a stored value as another one:

| a value is          | so that                                                                |
|---------------------|------------------------------------------------------------------------|
| no float            | nobody asks how 100.0 or 1e21 is written; decimals are text            |
| an integer < 2^53   | a reader whose only number is a double sees the same one               |
| named in ASCII      | members sort alike by bytes, by code points and by UTF-16 units        |
| text without lone   | UTF-8 can hold it; and text is never normalised, so that two distinct  |
| surrogates          | texts stay distinct                                                    |
| at most 32 deep     | a reader may recurse                                                   |

`encode` and `parse` speak the profile only; `canonicalize` is RFC 8785 whole.
"""

from collections.abc import Callable
from typing import Any

import msgspec
import rfc8785

DEPTH_BOUND = 32
"""Deepest nesting of objects and lists; a text or number alone has depth 0."""
INTEGER_BOUND = 2**53
"""First integer, of either sign, that is refused."""
UNREADABLE = (msgspec.MsgspecError, UnicodeDecodeError)
"""What a decoder raises for bytes that are no JSON in UTF-8, or hold another type than its own."""

_encoder = msgspec.json.Encoder(order="sorted")
_encoder_as_declared = msgspec.json.Encoder()


class NotCanonical(ValueError):  # noqa: N818 - says what the value or the bytes are not
    """A value or bytes that the profile does not allow; the message says why."""


def encode(value: object) -> bytes:
    """The canonical bytes of a struct, or of a value as JSON parsers make them.

    Raises NotCanonical for what the profile does not allow.
    """
    try:
        _check(msgspec.to_builtins(value), DEPTH_BOUND)
    except RecursionError as error:
        raise NotCanonical(f"nested deeper than {DEPTH_BOUND}") from error
    return _encoded(_encoder, value)


def encode_flat(value: msgspec.Struct, *integers: int) -> bytes:
    """The same, sooner, of a struct that by its type holds text, nulls, these integers, and
    nothing else, and whose members are declared in the order of their names."""
    for integer in integers:
        if not -INTEGER_BOUND < integer < INTEGER_BOUND:
            raise _beyond(integer)
    return _encoded(_encoder_as_declared, value)


def encode_typed(value: msgspec.Struct, decode: Callable[[bytes], object]) -> bytes:
    """The same, sooner, of a struct that by the type of what decodes it holds text, truth values,
    nulls, lists, structs with names in ASCII, and nothing else.

    Decoding it finds what is of another type, and shows that what is stored can be read again.
    """
    raw = _encoded(_encoder, value)
    try:
        decode(raw)
    except msgspec.ValidationError as error:
        raise NotCanonical(f"a value that is not of its type: {error}") from error
    return raw


def _encoded(encoder: msgspec.json.Encoder, value: object) -> bytes:
    try:
        return encoder.encode(value)
    except UnicodeEncodeError as error:
        raise NotCanonical("a lone surrogate") from error


def parse(raw: bytes) -> Any:
    """The value whose canonical bytes are `raw`.

    Raises NotCanonical if there is none: other whitespace, escapes, order or spelling of a
    number, or a name twice, make it other bytes than those of its value.
    """
    try:
        value = msgspec.json.decode(raw)
    except RecursionError as error:
        raise NotCanonical(f"nested deeper than {DEPTH_BOUND}") from error
    except ValueError as error:
        raise NotCanonical(f"no JSON in UTF-8: {error}") from error
    # Decoding is lenient: it keeps the last of two equal names, reads `1.0`, `\u0041` and
    # blanks. Comparing what the value encodes to is what refuses all of them at once.
    if encode(value) != raw:
        raise NotCanonical("blanks, order, escapes, a number or a repeated name not as in RFC 8785")
    return value


def canonicalize(value: Any) -> bytes:
    """The RFC 8785 bytes of any JSON value, floats included.

    Raises NotCanonical for what RFC 8785 does not allow, and for nesting beyond `DEPTH_BOUND`.
    """
    _check_depth(value, DEPTH_BOUND)  # first: the library recurses
    try:
        return rfc8785.dumps(value)
    except rfc8785.CanonicalizationError as error:
        raise NotCanonical(str(error)) from error


def _check(value: Any, depth_left: int) -> None:
    """Raises NotCanonical unless the value, made of builtins, is of the profile."""
    # By exact types, which are all that msgspec makes; and without a call for each text or number
    # in an object, of which a header has sixteen.
    kind = type(value)
    if kind is dict:
        _check_deeper(depth_left)
        for name, member in value.items():
            if type(name) is not str or not name.isascii():
                raise NotCanonical(f"the member name {name!r} is not ASCII text")
            if type(member) is not str and member is not None:
                _check(member, depth_left - 1)
    elif kind is int:
        if not -INTEGER_BOUND < value < INTEGER_BOUND:
            raise _beyond(value)
    elif kind is list or kind is tuple:
        _check_deeper(depth_left)
        for entry in value:
            if type(entry) is not str:
                _check(entry, depth_left - 1)
    elif kind is float:
        raise NotCanonical(f"the float {value}; a decimal is written as text")
    elif not (kind is str or kind is bool or value is None):
        raise NotCanonical(f"a {kind.__name__}, which JSON does not have")


def _beyond(integer: int) -> NotCanonical:
    return NotCanonical(f"the integer {integer} is not below 2^53")


def _check_depth(value: Any, depth_left: int) -> None:
    if isinstance(value, dict | list | tuple):
        _check_deeper(depth_left)
        for entry in value.values() if isinstance(value, dict) else value:
            _check_depth(entry, depth_left - 1)


def _check_deeper(depth_left: int) -> None:
    if depth_left == 0:
        raise NotCanonical(f"nested deeper than {DEPTH_BOUND}")
