"""Media types: what a request is written in, and what its answer is to be written in."""

import re
from collections.abc import Iterable

GRAPHQL_JSON = "application/graphql-response+json"
JSON = "application/json"

_WEIGHT = re.compile(r"q=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)", re.ASCII)


def answered_in(accept: Iterable[str]) -> str | None:
    """The media type to answer in, by the `Accept` headers (RFC 9110 §12.5.1).

    The newer one for those who name it at least as high as the older one; the older one for those
    who name none, such as `*/*`. None if neither will do.
    """
    weights = _weights(",".join(accept).lower())
    if not weights:
        return JSON
    wild = weights.get("application/*", weights.get("*/*", 0.0))
    modern, older = weights.get(GRAPHQL_JSON, wild), weights.get(JSON, wild)
    if modern > older or (modern == older and GRAPHQL_JSON in weights):
        return GRAPHQL_JSON if modern > 0 else None
    return JSON if older > 0 else None


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
