"""Media types: what a request is written in, and what its answer is to be written in."""

import re
from collections.abc import Iterable
from enum import Enum

GRAPHQL_JSON = "application/graphql-response+json"
JSON = "application/json"
EVENT_STREAM = "text/event-stream"

_WEIGHT = re.compile(r"q=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)", re.ASCII)


def answered_in(accept: Iterable[str]) -> str | None:
    """The media type to answer in, by the `Accept` headers (RFC 9110 §12.5.1).

    The newer one for those who name it at least as high as the older one; the older one for those
    who name none, such as `*/*`. None if neither will do.
    """
    weights = _weights(",".join(accept).lower())
    if not weights:
        return JSON
    modern, older = _json_weights(weights)
    if modern > older or (modern == older and GRAPHQL_JSON in weights):
        return GRAPHQL_JSON if modern > 0 else None
    return JSON if older > 0 else None


class Events(Enum):
    """Which operations a client wants answered by an event stream."""

    NONE = "none"
    SUBSCRIPTIONS = "subscriptions"
    """Those that JSON cannot answer: the client takes a stream, and JSON as gladly."""
    ALL = "all"


def events_in(accept: Iterable[str]) -> Events:
    """What is to be answered by an event stream, by the `Accept` headers.

    A stream is for those who name it: `*/*` means JSON.
    """
    told = ",".join(accept).lower()
    if EVENT_STREAM not in told:
        return Events.NONE
    weights = _weights(told)
    events = weights.get(EVENT_STREAM, 0.0)
    if events <= 0:
        return Events.NONE
    json = max(_json_weights(weights))
    names_json = GRAPHQL_JSON in weights or JSON in weights
    is_first = events > json or (events == json and not names_json)
    return Events.ALL if is_first else Events.SUBSCRIPTIONS


def _json_weights(weights: dict[str, float]) -> tuple[float, float]:
    """Of the newer media type and of the older one."""
    wild = weights.get("application/*", weights.get("*/*", 0.0))
    return weights.get(GRAPHQL_JSON, wild), weights.get(JSON, wild)


def _weights(accept: str) -> dict[str, float]:
    weights = {}
    for entry in accept.split(","):
        kind, *parameters = (part.strip() for part in entry.split(";"))
        if kind:
            given = (_WEIGHT.fullmatch(part) for part in parameters)
            weights[kind] = next((float(found[1]) for found in given if found), 1.0)
    return weights


def is_json(content_type: str) -> bool:
    """Whether a body of this `Content-Type` is JSON in UTF-8; other parameters mean nothing."""
    kind, *parameters = (part.strip().lower() for part in content_type.split(";"))
    charsets = [
        value.strip().strip('"')
        for name, _, value in (part.partition("=") for part in parameters)
        if name.strip() == "charset"
    ]
    return kind == JSON and all(charset in ("utf-8", "utf8") for charset in charsets)
