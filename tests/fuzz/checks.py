"""What must be so in every answer, whatever was sent.

| what                | must be                                                               |
|---------------------|-----------------------------------------------------------------------|
| an answer           | whole, before the time is up; the connection does not just end        |
| its status          | below 500; or 503, of an operation that took too long                 |
| its text            | without a traceback, and without an error of which the server says    |
|                     | that it is at fault (`INTERNAL`)                                      |
| of `/graphql`       | JSON, and called so: `data` or `errors`, or a list of such            |
| of a WebSocket      | messages in JSON; an end by a close frame, of a code that is declared |
"""

import json
from collections.abc import Iterable
from typing import Any, NamedTuple

GIVEN_UP = "EXECUTION_TIMEOUT"
TRACES = (b"Traceback (most recent", b'File "/', b"site-packages")
JSON_TYPES = ("application/json", "application/graphql-response+json")
CLOSE_CODES = {1000, 1001, 1002, 1003, 1007, 1009, 4400, 4401, 4403, 4406, 4408, 4409, 4429}
"""Those of RFC 6455 for which the other side is at fault, and those of graphql-transport-ws."""
WITHOUT_BODY = (204, 304)


class Answer(NamedTuple):
    """An answer over HTTP."""

    status: int
    content_type: str
    body: bytes


def wrong_in_answer(answer: Answer, *, is_api: bool, method: str) -> list[str]:
    """What is wrong with an answer, in words; nothing if it is well."""
    found = list(_traces(answer.body))
    value: Any = None
    is_empty = method == "HEAD" or answer.status in WITHOUT_BODY
    if answer.content_type.partition(";")[0] in JSON_TYPES and not is_empty:
        try:
            value = json.loads(answer.body)
        except ValueError as error:
            found.append(f"it is called JSON and is none: {error}")
    elif is_api and not is_empty and method != "OPTIONS":
        found.append(f"it is called {answer.content_type!r}")
    if is_api and value is not None:
        found += _wrong_in_value(value)
    if answer.status >= 500 and not (answer.status == 503 and GIVEN_UP in _codes(value)):
        found.append(f"its status is {answer.status}")
    return found


def wrong_in_message(payload: bytes) -> list[str]:
    """What is wrong with a message on a WebSocket."""
    found = list(_traces(payload))
    try:
        value = json.loads(payload)
    except ValueError as error:
        return [*found, f"a message is no JSON: {error}"]
    if not isinstance(value, dict) or not isinstance(value.get("type"), str):
        return [*found, "a message has no type"]
    body = {"errors": value["payload"]} if value["type"] == "error" else value.get("payload")
    return found + (_wrong_in_value(body) if value["type"] in ("next", "error") else [])


def wrong_in_close(payload: bytes) -> list[str]:
    """What is wrong with a close frame."""
    code = int.from_bytes(payload[:2]) if payload else 1000
    return [] if code in CLOSE_CODES else [f"it was closed by {code}: {payload[2:]!r}"]


def _traces(body: bytes) -> Iterable[str]:
    return (f"it has {trace.decode()!r} in it" for trace in TRACES if trace in body)


def _wrong_in_value(value: Any) -> list[str]:
    entries = value if isinstance(value, list) else [value]
    if not all(isinstance(entry, dict) and entry.keys() & {"data", "errors"} for entry in entries):
        return ["it is no answer of GraphQL"]
    return ["the server says that it is at fault"] if "INTERNAL" in _codes(value) else []


def _codes(value: Any) -> set[str]:
    entries = value if isinstance(value, list) else [value]
    errors = [
        error for entry in entries if isinstance(entry, dict) for error in entry.get("errors") or ()
    ]
    return {error.get("extensions", {}).get("code", "") for error in errors}
