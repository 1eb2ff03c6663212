"""Media types, by RFC 9110: what is answered in, and what is taken for JSON."""

import pytest

from graphql_brief.http.negotiation import (
    EVENT_STREAM,
    GRAPHQL_JSON,
    JSON,
    Events,
    answered_in,
    events_in,
    is_json,
)


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ([], JSON),
        ([""], JSON),
        ([" , "], JSON),
        ([JSON], JSON),
        ([GRAPHQL_JSON], GRAPHQL_JSON),
        ([f"{GRAPHQL_JSON}, {JSON}"], GRAPHQL_JSON),
        ([f"{JSON}, {GRAPHQL_JSON}"], GRAPHQL_JSON),
        ([JSON, GRAPHQL_JSON], GRAPHQL_JSON),  # two headers are one list
        ([f"{GRAPHQL_JSON}; charset=utf-8, {JSON};q=0.9"], GRAPHQL_JSON),
        ([f"{GRAPHQL_JSON};charset=utf-8;q=0.5,{JSON};q=0.9"], JSON),
        ([GRAPHQL_JSON.upper()], GRAPHQL_JSON),
        ([f"{GRAPHQL_JSON};Q=0, {JSON};q=0.001"], JSON),
        # Who names neither gets what every client knows.
        (["*/*"], JSON),
        (["application/*"], JSON),
        (["text/html, application/xhtml+xml, */*;q=0.8"], JSON),
        # The nearer range counts.
        ([f"{JSON};q=0, */*"], GRAPHQL_JSON),
        ([f"{JSON};q=0.1, application/*"], GRAPHQL_JSON),
        (["application/*;q=0, */*"], None),
        ([f"{GRAPHQL_JSON}, */*;q=0.1"], GRAPHQL_JSON),
        ([f"{GRAPHQL_JSON};q=0.1, */*"], JSON),
        ([f"{GRAPHQL_JSON};q=0, */*"], JSON),
        # Neither will do.
        (["text/html"], None),
        ([f"{JSON};q=0"], None),
        ([f"{JSON};q=0.0, {GRAPHQL_JSON};q=0"], None),
        (["*/*;q=0"], None),
        # A weight that is none does not count.
        ([f"{GRAPHQL_JSON};q=nan, {JSON};q=0.9"], GRAPHQL_JSON),
        ([f"{GRAPHQL_JSON};q=-1, {JSON};q=0.9"], GRAPHQL_JSON),
        ([f"{JSON};q=2"], JSON),
    ],
)
def test_what_is_answered_in(accept: list[str], kind: str | None) -> None:
    """By weight, then the newer one of those who name it."""
    assert answered_in(accept) == kind


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ([], Events.NONE),
        (["*/*"], Events.NONE),
        (["text/*"], Events.NONE),
        ([JSON], Events.NONE),
        ([f"{EVENT_STREAM};q=0, */*"], Events.NONE),
        ([EVENT_STREAM], Events.ALL),
        ([EVENT_STREAM.upper()], Events.ALL),
        ([f"{EVENT_STREAM}, */*"], Events.ALL),
        ([f"{EVENT_STREAM};q=0.1, {JSON};q=0"], Events.ALL),
        ([f"{EVENT_STREAM}, {JSON};q=0.9"], Events.ALL),
        # urql's, for subscriptions and for the rest.
        ([f"{EVENT_STREAM}, multipart/mixed"], Events.ALL),
        ([f"{GRAPHQL_JSON}, {JSON}, {EVENT_STREAM}, multipart/mixed"], Events.SUBSCRIPTIONS),
        ([JSON, EVENT_STREAM], Events.SUBSCRIPTIONS),
        ([f"{EVENT_STREAM};q=0.5, {GRAPHQL_JSON}"], Events.SUBSCRIPTIONS),
        ([f"{EVENT_STREAM};q=0.5, */*"], Events.SUBSCRIPTIONS),
        ([f"{EVENT_STREAM};q=0.5, {JSON};q=0.1, */*"], Events.SUBSCRIPTIONS),
    ],
)
def test_what_is_streamed(accept: list[str], expected: Events) -> None:
    """Everything for who would rather have it so; what JSON cannot answer for who takes both."""
    assert events_in(accept) is expected


@pytest.mark.parametrize(
    ("content_type", "expected"),
    [
        ("application/json", True),
        ("Application/JSON", True),
        ("application/json; charset=utf-8", True),
        ('application/json;charset="UTF-8"', True),
        ("application/json; charset=utf8; odata=minimal", True),
        ("application/json; charset=latin1", False),
        ("application/json; odata=minimal; charset=utf-16", False),
        ("application/jsonp", False),
        ("application/graphql", False),
        ("text/plain; application/json", False),
        ("text/plain", False),
        ("multipart/form-data; boundary=x", False),
        ("", False),
    ],
)
def test_what_is_json(content_type: str, expected: bool) -> None:
    """The one media type, in the one encoding; nothing that a page sends without a preflight."""
    assert is_json(content_type) is expected
