"""The log through the API: for auditors, with all that is needed to check it."""

import hashlib
import json
from typing import Any

import pytest

from graphql_brief.api.viewer import Role, Viewer
from tests.api.conftest import AUDITOR, EDITOR, READER, Newsroom

EVENTS = """
query($after: Position, $first: Int) {
  log {
    origin position
    events(after: $after, first: $first) {
      position stream version eventId type schema actor recordedAt significance changeNote
      commandId correlationId causationId event header body bodySalt leafHash
    }
  }
}
"""


async def test_events_can_be_checked(newsroom: Newsroom) -> None:
    """Header, body and salt hash to what the header and the leaf say; fields are the header's."""
    brief = await newsroom.draft()
    await newsroom.done(brief, {"reviseHeadline": {"headline": "Été"}}, changeNote="Why.")
    log = (await newsroom.ask(EVENTS, AUDITOR))["log"]
    assert (log["origin"], log["position"]) == (newsroom.node.log.origin, 2)
    _, event = log["events"]
    body = event["body"].encode()
    salted = bytes.fromhex(event["bodySalt"]) + body
    header = json.loads(event["header"])
    assert header["commitment"] == hashlib.sha256(salted).hexdigest()
    assert event["leafHash"] == hashlib.sha256(b"\x00" + event["header"].encode()).hexdigest()
    assert json.loads(body) == {"changeNote": "Why.", "event": {"headline": "Été"}}
    assert event["event"] == {"headline": "Été"}
    for name in ("position", "stream", "version", "eventId", "type", "schema", "actor"):
        assert event[name] == header[name]
    for name in ("significance", "commandId", "correlationId", "causationId"):
        assert event[name] == header[name]
    assert (event["changeNote"], event["recordedAt"]) == ("Why.", "2026-02-01T09:02:00Z")


async def test_pages_of_the_log(newsroom: Newsroom) -> None:
    """Behind a position, so many, in order."""
    brief = await newsroom.draft()
    for number in range(4):
        await newsroom.done(brief, {"reviseHeadline": {"headline": f"H{number}"}})
    page = (await newsroom.ask(EVENTS, AUDITOR, after=1, first=2))["log"]["events"]
    assert [event["position"] for event in page] == [2, 3]
    page = (await newsroom.ask(EVENTS, AUDITOR, after=3, first=1000))["log"]["events"]
    assert [event["position"] for event in page] == [4, 5]
    assert (await newsroom.ask(EVENTS, AUDITOR, after=5))["log"]["events"] == []


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"first": 0}, "BAD_PAGE"),
        ({"first": 1001}, "BAD_PAGE"),
        ({"after": -1}, "BAD_USER_INPUT"),
        ({"after": 2**53}, "BAD_USER_INPUT"),
    ],
)
async def test_bad_pages(newsroom: Newsroom, asked: dict[str, Any], code: str) -> None:
    """Refused with a code."""
    assert await newsroom.code(EVENTS, AUDITOR, **asked) == code


@pytest.mark.parametrize(
    "viewer", [READER, EDITOR, Viewer(actor="r", roles=frozenset({Role.READER}))]
)
async def test_only_auditors_read_the_log(newsroom: Newsroom, viewer: Viewer) -> None:
    """Others are told that they may not."""
    assert await newsroom.code("{ log { origin } }", viewer) == "FORBIDDEN"


async def test_an_admin_is_an_auditor_too(newsroom: Newsroom) -> None:
    """Whoever may do everything may read the log."""
    admin = Viewer(actor="a", roles=frozenset({Role.ADMIN}))
    assert (await newsroom.ask("{ log { position } }", admin))["log"] == {"position": 0}
