"""Errors of requests: a code on each, and nothing of the server's inside in any."""

import asyncio
import logging
from collections.abc import AsyncIterator
from typing import Any

import pytest

from graphql_brief.api import errors
from graphql_brief.api.errors import ApiCode
from graphql_brief.api.outcomes import payload
from graphql_brief.api.request import Done
from graphql_brief.api.schema import schema
from graphql_brief.log import recording
from graphql_brief.log.port import Append, DatabaseError, OutcomeUnknown, Unreadable
from tests.api.conftest import EDITOR, READER, Newsroom

SECRET = "the password is swordfish"


@pytest.mark.parametrize(
    ("document", "variables", "code"),
    [
        ("{ viewer { actor }", {}, "GRAPHQL_PARSE_FAILED"),
        ("{ nothing }", {}, "GRAPHQL_VALIDATION_FAILED"),
        ("{ brief { id } }", {}, "GRAPHQL_VALIDATION_FAILED"),
        ("query($unused: Int) { viewer { actor } }", {}, "GRAPHQL_VALIDATION_FAILED"),
        ("query($id: ID!) { node(id: $id) { id } }", {}, "BAD_USER_INPUT"),
        ("query($id: ID!) { node(id: $id) { id } }", {"id": [1]}, "BAD_USER_INPUT"),
        ("query($d: Date) { edition(date: $d) { id } }", {"d": "x"}, "BAD_USER_INPUT"),
        ('{ edition(date: "x") { id } }', {}, "BAD_USER_INPUT"),
        ('subscription { breaking(after: "x") { __typename } }', {}, "BAD_CURSOR"),
        ("{ briefs(first: 101) { totalCount } }", {}, "BAD_PAGE"),
        ("{ log { origin } }", {}, "FORBIDDEN"),
    ],
)
async def test_every_error_has_a_code(
    newsroom: Newsroom, document: str, variables: dict[str, Any], code: str
) -> None:
    """For clients to branch on, whatever is wrong with the request."""
    if document.startswith("subscription"):
        assert await (await newsroom.subscribe(document, READER, **variables)).refused() == code
    else:
        assert await newsroom.code(document, READER, **variables) == code


@pytest.mark.parametrize(
    ("document", "column"),
    [
        ('{ edition(date: "x") { id } }', 17),
        ('{ brief(by: {slug: "a"}, at: {time: "x"}) { id } }', 37),
        ("{ briefs(minPosition: -1) { totalCount } }", 23),
        ('subscription { breaking(after: "x") { __typename } }', 32),
    ],
)
async def test_where_in_the_document_a_value_is_wrong(
    newsroom: Newsroom, document: str, column: int
) -> None:
    """An editor can underline it."""
    result: Any
    if document.startswith("subscription"):
        result = await anext(await schema.subscribe(document, context_value=None))
    else:
        result = await newsroom.result(document)
    (error,) = result.errors
    assert error.formatted["locations"] == [{"line": 1, "column": column}]


async def test_where_in_a_variable_an_edit_is_wrong(newsroom: Newsroom) -> None:
    """The message of a batch that does not fit its type says which edit."""
    document = "mutation($i: EditBriefInput!) { editBrief(input: $i) { brief { id } } }"
    good = {"reviseHeadline": {"headline": "x"}}
    for bad in ({}, {**good, "setLanguage": {"language": "en"}}, {"addParagraph": {"texts": "x"}}):
        edits = {"id": "b", "changeNote": "n", "significance": "MINOR", "edits": [good, bad]}
        result = await newsroom.result(document, EDITOR, i=edits)
        assert result.errors
        assert ".edits[1]" in result.errors[0].message


async def test_what_nobody_expected_is_masked(
    newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The client gets an id, the server's log gets the error under the same id."""

    async def broken(_: str) -> None:
        raise RuntimeError(SECRET)

    monkeypatch.setattr(newsroom.node.states, "get", broken)
    with caplog.at_level(logging.ERROR, logger="graphql_brief"):
        result = await newsroom.result('{ node(id: "page-why") { id } viewer { audience } }')
    assert result.data == {"node": None, "viewer": {"audience": "PUBLIC"}}
    assert result.errors is not None
    (error,) = result.errors
    identity = error.message.removeprefix("internal error, id ")
    assert error.extensions == {"code": ApiCode.INTERNAL.value, "errorId": identity}
    assert error.path == ["node"]
    assert SECRET not in str(error.formatted)
    assert_logged(caplog, identity)


def assert_logged(caplog: pytest.LogCaptureFixture, identity: str) -> None:
    """The one line under this id has the exception and where it was raised."""
    (record,) = caplog.records
    assert record.__dict__["error_id"] == identity
    assert identity in record.getMessage()
    assert record.exc_info
    assert SECRET in str(record.exc_info[1])
    assert record.exc_info[2] is not None


@pytest.mark.parametrize(
    ("raised", "code", "told"),
    [
        (OutcomeUnknown, ApiCode.OUTCOME_UNKNOWN, "the same idempotency key"),
        (DatabaseError, ApiCode.UNAVAILABLE, "nothing was written; try again"),
    ],
)
async def test_what_the_database_cannot_do(
    newsroom: Newsroom,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    raised: type[Exception],
    code: ApiCode,
    told: str,
) -> None:
    """The client is told what to do, and not where the database is; the server's log is."""
    brief = await newsroom.draft()

    async def fail(_: Append) -> None:
        raise raised(SECRET)

    monkeypatch.setattr(newsroom.node.log, "append", fail)
    edits = [{"reviseHeadline": {"headline": "x"}}]
    asked = {"id": brief, "changeNote": "n", "significance": "MINOR", "edits": edits}
    document = "mutation($i: EditBriefInput!) { editBrief(input: $i) { brief { id } } }"
    with caplog.at_level(logging.ERROR, logger="graphql_brief"):
        result = await newsroom.result(document, EDITOR, i=asked)
    assert result.errors is not None
    (error,) = result.errors
    message, _, identity = error.message.partition(", id ")
    assert error.extensions == {"code": code.value, "errorId": identity}
    assert told in message
    assert SECRET not in str(error.formatted)
    assert_logged(caplog, identity)


async def test_an_edit_behind_what_cannot_be_read(
    newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Asked again, it is answered from the log, without waiting for read models."""
    brief = await newsroom.draft()
    found = await newsroom.node.log.read(after=0, limit=1)
    behind = recording.appended(found)
    monkeypatch.setattr(newsroom.node.projector._replay, "position", 0)
    monkeypatch.setattr(newsroom.node.log, "broken", Unreadable(1, None, "w"), raising=False)
    async with asyncio.timeout(5):
        answer = await payload(newsroom.node, Done(stream=brief, appended=behind))
    assert answer.revision is not None


async def test_a_broken_subscription_is_masked(
    newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What breaks while events come is told as little of."""

    async def broken(**_: Any) -> AsyncIterator[Any]:
        for _ in ():
            yield
        raise RuntimeError(SECRET)

    monkeypatch.setattr(newsroom.node.live, "breaking", broken)
    stream = await newsroom.subscribe("subscription { breaking { __typename } }")
    error = await stream.failed()
    assert error.extensions
    assert error.extensions["code"] == "INTERNAL"
    assert error.extensions["errorId"]
    assert SECRET not in str(error.formatted)


async def test_an_expected_error_is_not_logged(
    newsroom: Newsroom, caplog: pytest.LogCaptureFixture
) -> None:
    """What clients do wrong does not fill the server's log."""
    with caplog.at_level(logging.DEBUG, logger="graphql_brief"):
        await newsroom.code("{ log { origin } }")
    assert caplog.text == ""


def test_the_table_lists_every_code() -> None:
    """The module's table is the list of codes."""
    assert errors.__doc__ is not None
    rows = [line.split("|")[1].strip() for line in errors.__doc__.splitlines() if "|" in line]
    assert rows[2:] == [code.value for code in ApiCode]
