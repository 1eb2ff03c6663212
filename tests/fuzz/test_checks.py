"""The checks of the fuzzing see what they are there for."""

import json

import pytest

from tests.fuzz import frames
from tests.fuzz.checks import Answer, wrong_in_answer, wrong_in_close, wrong_in_message
from tests.fuzz.memory import growth

JSON = "application/json; charset=utf-8"
GOOD = b'{"data": null}'


def errors(code: str) -> bytes:
    """An answer with one error."""
    return json.dumps({"errors": [{"message": "m", "extensions": {"code": code}}]}).encode()


@pytest.mark.parametrize(
    ("answer", "method"),
    [
        (Answer(200, JSON, GOOD), "POST"),
        (
            Answer(200, "application/graphql-response+json; charset=utf-8", b"[" + GOOD + b"]"),
            "POST",
        ),
        (Answer(400, JSON, errors("BAD_REQUEST")), "POST"),
        (Answer(503, JSON, errors("EXECUTION_TIMEOUT")), "POST"),
        (Answer(405, JSON, b""), "HEAD"),
        (Answer(304, "", b""), "GET"),
        (Answer(200, "text/plain", b"OK"), "OPTIONS"),
    ],
)
def test_well(answer: Answer, method: str) -> None:
    """What the server may answer."""
    assert wrong_in_answer(answer, is_api=True, method=method) == []


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (Answer(500, JSON, GOOD), "status is 500"),
        (Answer(502, JSON, GOOD), "status is 502"),
        (Answer(503, JSON, errors("UNAVAILABLE")), "status is 503"),
        (Answer(200, JSON, errors("INTERNAL")), "at fault"),
        (Answer(200, JSON, b"[" + GOOD + b"," + errors("INTERNAL") + b"]"), "at fault"),
        (Answer(200, JSON, b"{"), "is none"),
        (Answer(200, JSON, b'{"message": "no"}'), "no answer of GraphQL"),
        (Answer(200, JSON, b"[1]"), "no answer of GraphQL"),
        (Answer(400, "text/plain", b"Bad Request"), "text/plain"),
        (Answer(400, "", b""), "called ''"),
        (Answer(400, JSON, b'{"data": "Traceback (most recent call last)"}'), "Traceback"),
    ],
)
def test_wrong(answer: Answer, told: str) -> None:
    """What it may not."""
    assert told in " ".join(wrong_in_answer(answer, is_api=True, method="POST"))


def test_elsewhere_not_all_is_json() -> None:
    """But what is called so is, and no status is the server's fault."""
    assert wrong_in_answer(Answer(404, "text/plain", b"no"), is_api=False, method="GET") == []
    assert wrong_in_answer(Answer(500, "text/plain", b"no"), is_api=False, method="GET") != []
    assert wrong_in_answer(Answer(200, JSON, b"no"), is_api=False, method="GET") != []


@pytest.mark.parametrize(
    ("message", "is_well"),
    [
        ({"type": "next", "id": "1", "payload": {"data": {}}}, True),
        ({"type": "next", "id": "1", "payload": {}}, False),
        ({"type": "next", "id": "1", "payload": json.loads(errors("INTERNAL"))}, False),
        ({"type": "error", "id": "1", "payload": json.loads(errors("X"))["errors"]}, True),
        ({"type": "error", "id": "1", "payload": json.loads(errors("INTERNAL"))["errors"]}, False),
        ({"type": "connection_ack"}, True),
        ({"id": "1"}, False),
        ([], False),
    ],
)
def test_messages(message: object, is_well: bool) -> None:
    """Of the protocol on WebSockets."""
    assert (wrong_in_message(json.dumps(message).encode()) == []) == is_well


def test_close_codes() -> None:
    """1011 is the server's fault; no code at all is well."""
    assert wrong_in_close(b"") == wrong_in_close((4400).to_bytes(2)) == []
    assert wrong_in_close((1011).to_bytes(2) + b"why") != []


@pytest.mark.parametrize("size", [0, 125, 126, 65_535, 65_536])
def test_frames_of_all_lengths(size: int) -> None:
    """What is put into a frame comes out of it, in whatever pieces it arrives."""
    sent = frames.frame(frames.TEXT, b"a" * size, masked=False)
    assert frames.parsed(sent + sent[:1]) == ([(frames.TEXT, b"a" * size)], sent[:1])
    assert frames.parsed(sent[:-1] if size else sent[:1])[0] == []


def test_growth() -> None:
    """A steady climb is seen; a start, a spike and noise are not taken for one."""
    steady = growth([100.0 + number * 0.2 for number in range(101)])
    assert steady == pytest.approx((107.4, 117.6))
    assert steady is not None
    assert steady.is_beyond
    for well in (
        [min(100.0 + number * 4, 200.0) for number in range(100)],
        [100.0, 101.0] * 30 + [300.0] + [100.0, 101.0] * 30,
    ):
        found = growth(well)
        assert found is not None
        assert not found.is_beyond
    assert growth([1.0] * 7) is None
