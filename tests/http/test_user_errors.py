"""Every user error in docs/errors.md, produced by a mutation over HTTP; and no other exists."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from graphql_brief.domain.vocabulary import ErrorCode, Section
from graphql_brief.log.port import Append, AppendResult, StaleVersion
from tests.api.conftest import EDIT
from tests.domain.samples import adding
from tests.http.application import Application
from tests.http.error_table import USER_ERRORS, table

DRAFT = """mutation($i: DraftBriefInput!) {
  draftBrief(input: $i) { brief { id version } userErrors { __typename code message path } } }"""
SETUP = [
    adding(Section.SOURCES, "notice"),
    adding(Section.INDICATORS, "ships"),
    adding(Section.TIMELINE, "a"),
    adding(Section.TIMELINE, "b"),
    {"retractDevelopment": {"key": "b", "reason": "It did not happen."}},
]


async def told(application: Application, document: str, asked: Any, **headers: str) -> Any:
    """The payload of a mutation, which is 200 whatever it says."""
    response = await application.post({"query": document, "variables": asked}, **headers)
    assert response.status_code == 200
    (payload,) = response.json()["data"].values()
    return payload


async def draft(application: Application, slug: str) -> Any:
    """The payload of a draft."""
    fields = {"slug": slug, "headline": "Port", "standfirst": "A port."}
    return await told(application, DRAFT, {"i": fields}, authorization=application.editor)


async def edit(application: Application, *edits: Any, as_nobody: bool = False, **more: Any) -> Any:
    """The payload of a batch for the one brief, unless `more` names another."""
    asked = {"edits": edits, "changeNote": "n", "significance": "MINOR"} | more
    who = {} if as_nobody else {"authorization": application.editor}
    return await told(application, EDIT, {"input": asked}, **who)


def headline(text: str) -> Any:
    """An edit of the headline."""
    return {"reviseHeadline": {"headline": text}}


BATCHES: dict[ErrorCode, list[Any]] = {
    ErrorCode.INVALID_TEXT: [adding(Section.OVERVIEW, "x", text="a\x07")],
    ErrorCode.TOO_LONG: [adding(Section.OVERVIEW, "x", text="x" * 5001)],
    ErrorCode.TOO_MANY: [{"setSubjects": {"subjects": [str(n) for n in range(21)]}}],
    ErrorCode.INVALID_KEY: [adding(Section.OVERVIEW, "-x")],
    ErrorCode.INVALID_DATE: [adding(Section.TIMELINE, "x", date="2026-02-30")],
    ErrorCode.INVALID_NUMBER: [
        {"recordObservation": {"indicator": "ships", "key": "x", "value": "1e3", "asOf": "2026"}}
    ],
    ErrorCode.INVALID_URL: [adding(Section.SOURCES, "x", url="javascript:x")],
    ErrorCode.INVALID_LANGUAGE: [{"setLanguage": {"language": "EN"}}],
    ErrorCode.DUPLICATE: [adding(Section.TIMELINE, "a")],
    ErrorCode.UNKNOWN_ITEM: [{"removeParagraph": {"key": "nobody"}}],
    ErrorCode.UNKNOWN_SOURCE: [adding(Section.OVERVIEW, "x", citations=[{"source": "nobody"}])],
    ErrorCode.UNKNOWN_ENTITY: [adding(Section.INVOLVEMENTS, "nobody")],
    ErrorCode.UNKNOWN_BRIEF: [adding(Section.PRECEDENTS, "x", brief="brief-nobody")],
    ErrorCode.STILL_CITED: [
        adding(Section.OVERVIEW, "x", citations=[{"source": "notice"}]),
        {"removeSource": {"key": "notice"}},
    ],
    ErrorCode.WRONG_STATE: [{"retractDevelopment": {"key": "b", "reason": "Again."}}],
}
"""Batches that are refused for what their last edit says."""


async def not_there(application: Application, _: str) -> Any:
    """An edit of no brief."""
    return await edit(application, headline("x"), id="brief-nobody")


async def never_was(application: Application, brief: str) -> Any:
    """An edit of a version that has not been."""
    return await edit(application, headline("x"), id=brief, expectedVersion=999)


async def stale(application: Application, brief: str) -> Any:
    """An edit of what was edited since the version that its writer saw."""
    seen = (await edit(application, headline("x"), id=brief))["brief"]["version"]
    await edit(application, headline("y"), id=brief)
    return await edit(application, headline("z"), id=brief, expectedVersion=seen)


async def same_slug(application: Application, _: str) -> Any:
    """A draft with the slug of another brief."""
    await draft(application, "port-strike")
    return await draft(application, "port-strike")


async def same_key(application: Application, brief: str) -> Any:
    """Other content with an idempotency key that was used."""
    await edit(application, headline("x"), id=brief, idempotencyKey="k")
    return await edit(application, headline("y"), id=brief, idempotencyKey="k")


async def nobody(application: Application, brief: str) -> Any:
    """An edit without a token."""
    return await edit(application, headline("x"), id=brief, as_nobody=True)


async def contested(application: Application, brief: str) -> Any:
    """An edit while other writers are always faster."""

    async def append(asked: Append) -> AppendResult:
        return StaleVersion(current_version=asked.expected_version + 1)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(application.node.log, "append", append)
        return await edit(application, headline("x"), id=brief)


REQUESTS: dict[ErrorCode, Callable[[Application, str], Awaitable[Any]]] = {
    ErrorCode.NOT_FOUND: not_there,
    ErrorCode.INVALID_INPUT: never_was,
    ErrorCode.VERSION_CONFLICT: stale,
    ErrorCode.SLUG_TAKEN: same_slug,
    ErrorCode.IDEMPOTENCY_KEY_REUSED: same_key,
    ErrorCode.FORBIDDEN: nobody,
    ErrorCode.OVERLOADED: contested,
}
"""What is refused for more than what a batch says."""


def test_the_table_has_every_code_and_each_is_produced() -> None:
    """The document, the code and this module list the same codes."""
    documented = table(USER_ERRORS)
    assert set(documented) == {code.value for code in ErrorCode}
    assert set(BATCHES) | set(REQUESTS) == set(ErrorCode)
    assert all(len(cells) == 2 and all(cells) for cells in documented.values())


@pytest.mark.parametrize("code", ErrorCode)
async def test_a_user_error(application: Application, code: ErrorCode) -> None:
    """It has its code, its type, words and a path; and nothing was written."""
    drafted = await draft(application, code.lower().replace("_", "-"))
    brief = drafted["brief"]["id"]
    assert (await edit(application, *SETUP, id=brief))["userErrors"] == []
    if code in BATCHES:
        payload = await edit(application, *BATCHES[code], id=brief)
    else:
        payload = await REQUESTS[code](application, brief)
    (error,) = payload["userErrors"]
    kind = "VersionConflict" if code is ErrorCode.VERSION_CONFLICT else "Refusal"
    assert (error["__typename"], error["code"]) == (kind, code)
    assert error["message"]
    assert error["path"][0] == "input"
    assert payload["brief"] is None
