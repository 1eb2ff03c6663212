"""GraphQL over server-sent events: what comes, by which id it is resumed, and how it ends."""

import asyncio
import io
import json
from collections.abc import AsyncGenerator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from graphql_brief.api.context import Node
from graphql_brief.api.document import digest_of
from graphql_brief.api.scalars import read_live_cursor
from graphql_brief.api.viewer import Role
from graphql_brief.api.weights import READS
from graphql_brief.domain.vocabulary import Audience
from graphql_brief.http.app import make_app
from graphql_brief.http.lines import SHORT_DIGEST
from graphql_brief.http.logs import AccessLog, LogFormat
from graphql_brief.http.settings import HttpSettings
from graphql_brief.http.tokens import Tokens
from graphql_brief.live.cursor import LiveCursor
from graphql_brief.live.sources import Breaking, LiveSources, Resync, ResyncReason
from tests.http.application import PATH, TIMEOUT_S, Application, Opening, code
from tests.http.streaming import NO_HEADERS, Event, Listening
from tests.http.test_documents import hashed

AUDITOR = f"Bearer {Tokens('s' * 64).make('auditor-1', [Role.AUDITOR])}"
ANOTHER = LiveCursor("another", 1, datetime(2026, 1, 18, tzinfo=UTC))
"""Of another log."""
HELLO = "query Hello { __typename }"
OTHER = "{ __typename }"
EVENTS = "text/event-stream"
BREAKING = "subscription Breaking { breaking { __typename } }"
UPDATES = """subscription Updates($id: ID!, $after: LiveCursor) {
  briefUpdates(by: {id: $id}, after: $after) {
    ... on BriefUpdate { version }
    ... on ResyncRequired { reason }
  }
}"""
TAIL = """subscription($after: Position) {
  logTail(after: $after) { ... on LogEvent { position } ... on ResyncRequired { reason cursor } }
}"""
EDIT = """mutation Edit($id: ID!, $text: String!) {
  editBrief(input: {
    id: $id, changeNote: "n", significance: MINOR
    edits: [{reviseHeadline: {headline: $text}}]
  }) { brief { version liveCursor } userErrors { message } }
}"""
DRAFT = """mutation($slug: String!) {
  draftBrief(input: {slug: $slug, headline: "H", standfirst: "S."}) { brief { id liveCursor } }
}"""
COMPLETE = Event("complete", "", "")


class Brief:
    """A brief to follow, as an editor, who sees it though it is not published."""

    def __init__(self, application: Application, id: str, cursor: str) -> None:
        self.application = application
        self.id = id
        self.start = cursor
        self.cursors = {1: cursor}
        """By the version that they come after."""

    async def edit(self) -> int:
        """Write something; gives the version."""
        written = await self.application.data(EDIT, id=self.id, text=f"H {len(self.cursors)}")
        brief = written["editBrief"]["brief"]
        self.cursors[brief["version"]] = brief["liveCursor"]
        version: int = brief["version"]
        return version

    def follow(self, after: str | None = None, last_id: str | None = None) -> Listening:
        """Its updates."""
        asked = {"query": UPDATES, "variables": {"id": self.id, "after": after}}
        headers = {"authorization": self.application.editor} | seen(last_id)
        return Listening(self.application.app, asked, headers)


@pytest.fixture
async def brief(application: Application, request: pytest.FixtureRequest) -> Brief:
    """One of the test's own."""
    slug = request.node.name.partition("[")[0].replace("_", "-")
    made = (await application.data(DRAFT, slug=slug))["draftBrief"]["brief"]
    return Brief(application, made["id"], made["liveCursor"])


def seen(last_id: str | None) -> dict[str, str]:
    """The headers of a client that saw something."""
    return {} if last_id is None else {"last-event-id": last_id}


def version(event: Event | None) -> int:
    """The version that an update brings."""
    assert event is not None
    found: int = event.result["data"]["briefUpdates"]["version"]
    return found


async def events_of(
    application: Application,
    asked: dict[str, Any],
    headers: Mapping[str, str] = NO_HEADERS,
    *,
    by_get: bool = False,
) -> list[Event]:
    """The events of a stream that ends."""
    async with Listening(application.app, asked, headers, by_get=by_get) as stream:
        assert stream.status == 200
        assert stream.headers["content-type"] == "text/event-stream; charset=utf-8"
        return await stream.rest()


# What has one result


@pytest.mark.parametrize("by_get", [False, True])
async def test_a_query(application: Application, by_get: bool) -> None:
    """One result, then the end; as bytes what the protocol has."""
    async with Listening(application.app, {"query": "{ __typename }"}, by_get=by_get) as stream:
        assert await stream.rest() == [
            Event("next", '{"data":{"__typename":"Query"}}', ""),
            COMPLETE,
        ]
    assert stream.status == 200
    assert stream.headers["cache-control"] == "no-store"
    assert stream.headers["x-accel-buffering"] == "no"
    assert "etag" not in stream.headers
    headers = {"accept": EVENTS}
    response = await application.client.get(
        PATH, params={"query": "{ __typename }"}, headers=headers
    )
    assert response.content == (
        b'event: next\ndata: {"data":{"__typename":"Query"}}\n\nevent: complete\ndata:\n\n'
    )


async def test_a_mutation(brief: Brief) -> None:
    """By POST it is executed; by GET it is refused, as a link must not write."""
    application = brief.application
    asked = {"query": EDIT, "variables": {"id": brief.id, "text": "Written"}}
    headers = {"authorization": application.editor}
    async with Listening(application.app, asked, headers, by_get=True) as stream:
        assert stream.status == 405
    one, end = await events_of(application, asked, headers)
    assert one.result["data"]["editBrief"]["brief"]["version"] == 2
    assert end == COMPLETE


async def test_kept_answers_are_used_and_streams_are_not_kept(application: Application) -> None:
    """What was asked as JSON is the stream's result, and the other way round."""
    asked = {"query": 'query KeptForBoth { page(slug: "none") { slug } }'}
    plain = await application.post(asked)
    kept = len(application.app.answers)
    one, _ = await events_of(application, asked)
    assert one.data.encode() == plain.content
    assert len(application.app.answers) == kept
    for _ in range(3):  # nor is it known by its bytes: the media type is another
        again = await application.post(asked)
        assert (again.content, again.headers["etag"]) == (plain.content, plain.headers["etag"])
        assert await events_of(application, asked) == [one, COMPLETE]
    async with Listening(application.app, {"query": BREAKING}):
        assert len(application.app.answers) == kept


# What is not executed


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"query": "{"}, "GRAPHQL_PARSE_FAILED"),
        ({"query": "{ nothing }"}, "GRAPHQL_VALIDATION_FAILED"),
        ({"query": "subscription { nothing }"}, "GRAPHQL_VALIDATION_FAILED"),
        ({"query": UPDATES}, "BAD_USER_INPUT"),
        ({"query": UPDATES, "variables": {"id": "x", "after": "!"}}, "BAD_CURSOR"),
        ({"query": 'subscription { breaking(after: "!") { __typename } }'}, "BAD_CURSOR"),
        ({"query": UPDATES, "variables": {"id": "none"}}, "NOT_FOUND"),
        ({"query": TAIL}, "FORBIDDEN"),
        ({"query": "subscription {" + "breaking { __typename } " * 60 + "}"}, "DOCUMENT_TOO_LARGE"),
        ({"query": f"{BREAKING} query Other {{ __typename }}"}, "BAD_USER_INPUT"),
        ({"query": BREAKING, "operationName": "None"}, "BAD_USER_INPUT"),
        ({"query": BREAKING, "documentId": "x"}, "BAD_REQUEST"),
        ({"documentId": "none"}, "DOCUMENT_NOT_FOUND"),
    ],
)
async def test_what_is_wrong_with_an_operation(
    application: Application, asked: dict[str, Any], expected: str
) -> None:
    """It is told in the stream, as the protocol wants: a browser shows nothing of another status.

    Nothing is to be resumed, so that there is no id.
    """
    for by_get in (False, True):
        one, end = await events_of(application, asked, by_get=by_get)
        (error,) = one.result["errors"]
        assert error["extensions"]["code"] == expected
        assert error["message"]
        assert one.result.get("data") is None
        assert one.last_id == ""
        assert end == COMPLETE


@pytest.mark.parametrize(
    ("headers", "status", "expected"),
    [
        ({"authorization": "Bearer x"}, 401, "UNAUTHENTICATED"),
        ({"origin": "https://elsewhere.example"}, 403, "CROSS_SITE"),
        ({"sec_fetch_site": "cross-site"}, 403, "CROSS_SITE"),
        ({"x_graphql_event_stream_token": "x"}, 400, "BAD_REQUEST"),
    ],
)
async def test_refusals(
    application: Application, headers: dict[str, str], status: int, expected: str
) -> None:
    """What is refused before the operation is looked at has its status, and is JSON."""
    named = {name.replace("_", "-"): value for name, value in headers.items()} | {"accept": EVENTS}
    response = await application.client.get(PATH, params={"query": BREAKING}, headers=named)
    assert (response.status_code, code(response)) == (status, expected)
    assert response.headers["content-type"].startswith("application/json")


async def test_what_is_no_operation(application: Application) -> None:
    """A batch, and what is no request at all."""
    for asked in ([{"query": BREAKING}], {"query": 1}):
        response = await application.post(asked, accept=EVENTS)
        assert (response.status_code, code(response)) == (400, "BAD_REQUEST")


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
async def test_the_other_mode(application: Application, method: str) -> None:
    """A reservation, or the end of an operation on one, is told what is there instead."""
    response = await application.client.request(method, PATH, headers={"accept": EVENTS})
    assert (response.status_code, code(response)) == (405, "METHOD_NOT_ALLOWED")
    assert "no single-connection mode" in response.text


async def test_the_other_mode_on_a_known_request(application: Application) -> None:
    """A request whose results are wanted elsewhere is not answered here, were it known by then."""
    asked = {"query": "query Known { __typename }"}
    for _ in range(2):
        assert (await application.post(asked)).status_code == 200
    response = await application.post(asked, x_graphql_event_stream_token="x")
    assert (response.status_code, code(response)) == (400, "BAD_REQUEST")
    assert "no single-connection mode" in response.text


async def test_who_takes_json_as_gladly(application: Application) -> None:
    """JSON where it can be, and a stream for what JSON cannot answer."""
    both = f"application/json, {EVENTS}"
    response = await application.post({"query": "{ __typename }"}, accept=both)
    assert response.headers["content-type"].startswith("application/json")
    async with Listening(application.app, {"query": BREAKING}, {"accept": both}) as stream:
        assert stream.headers["content-type"].startswith(EVENTS)
    refused = await application.post({"query": BREAKING}, accept="application/json")
    assert (refused.status_code, code(refused)) == (400, "BAD_REQUEST")
    assert EVENTS in refused.text


# What comes, and by which id


async def test_updates(brief: Brief) -> None:
    """Each edit is a `next`, and its id is the cursor, which the document does not ask for."""
    async with brief.follow() as stream:
        await stream.begun()
        for _ in range(3):
            written = await brief.edit()
            event = await stream.event()
            assert version(event) == written
            assert event is not None
            assert event.last_id == brief.cursors[written]
    assert stream.headers["cache-control"] == "no-store"
    assert stream.headers["x-accel-buffering"] == "no"
    assert "content-length" not in stream.headers


async def test_a_stream_that_is_cut_anywhere(brief: Brief) -> None:
    """Wherever it is cut, the id goes on with what follows: nothing is missing, nothing twice."""
    written = [await brief.edit() for _ in range(5)]
    for cut in range(len(written) + 1):
        async with brief.follow(brief.start) as stream:
            seen = [version(await stream.event()) for _ in range(cut)]
            last_id = await stream.begun()
        # As a browser asks again: for the same, after what it saw last.
        async with brief.follow(brief.start, last_id=last_id) as stream:
            seen += [version(await stream.event()) for _ in range(len(written) - cut)]
        assert seen == written


async def test_cut_before_anything_came(brief: Brief) -> None:
    """A stream that begins now says where that is, so that what comes meanwhile is not missed."""
    async with brief.follow() as stream:
        await stream.begun()
    assert not stream.has_ended
    written = await brief.edit()
    async with brief.follow(last_id=stream.reader.last_id) as stream:
        assert version(await stream.event()) == written


async def test_the_header_goes_before_the_argument(brief: Brief) -> None:
    """Be it older or newer; and an empty header is none."""
    for _ in range(3):
        await brief.edit()
    cursors = brief.cursors
    for after, last_id, first in (
        (cursors[1], cursors[3], 4),
        (cursors[3], cursors[1], 2),
        (cursors[2], "", 3),
    ):
        async with brief.follow(after, last_id=last_id) as stream:
            assert version(await stream.event()) == first


async def test_a_header_that_is_no_cursor(brief: Brief) -> None:
    """The error of a bad `after`, which names the header; a query has nothing to resume."""
    for bad in ("!", "12", "ü", brief.start + "!"):
        asked = {"query": BREAKING}
        one, end = await events_of(brief.application, asked, seen(bad))
        (error,) = one.result["errors"]
        assert error["extensions"]["code"] == "BAD_CURSOR"
        assert error["message"].startswith("Last-Event-ID: ")
        assert end == COMPLETE
    one, _ = await events_of(brief.application, {"query": "{ __typename }"}, seen("!"))
    assert "errors" not in one.result


@pytest.mark.parametrize("field", ["breaking", "logTail"])
async def test_a_cursor_of_another_log(application: Application, field: str) -> None:
    """It must resync, and its id is where it may go on from."""
    asked = {"query": f"subscription {{ {field} {{ ... on ResyncRequired {{ reason cursor }} }} }}"}
    headers = {"authorization": AUDITOR, **seen(str(ANOTHER))}
    one, end = await events_of(application, asked, headers)
    value = one.result["data"][field]
    assert value["reason"] == "OTHER_LOG"
    assert one.last_id == value["cursor"] == str(application.node.live.cursor())
    assert end == COMPLETE._replace(last_id=one.last_id)


async def test_the_tail_of_the_log(brief: Brief) -> None:
    """The ids are cursors there too, of each event, though `after` is a position."""
    for _ in range(2):
        await brief.edit()
    application = brief.application
    asked = {"query": TAIL, "variables": {"after": 0}}
    async with Listening(application.app, asked, {"authorization": AUDITOR}) as stream:
        first = [await stream.event() for _ in range(3)]
    for number, event in enumerate(first, start=1):
        assert event is not None
        assert event.result["data"]["logTail"]["position"] == number
        assert event.last_id == str(await application.node.live.cursor_at(number))
    last_id = stream.reader.last_id
    headers = {"authorization": AUDITOR, "last-event-id": last_id}
    async with Listening(application.app, asked, headers) as stream:
        assert (await stream.result())["data"]["logTail"]["position"] == 4


async def test_breaking_news(brief: Brief) -> None:
    """Its ids are the cursors that it has."""
    application = brief.application
    news = "subscription { breaking { ... on BreakingNews { cursor } } }"
    writing = """mutation($id: ID!) { editBrief(input: {
      id: $id, changeNote: "n", significance: BREAKING
      edits: [{addDevelopment: {
        date: "2026-01-18", headline: "D", category: "War", body: "B.", breaking: true
      }}]
    }) { brief { liveCursor } userErrors { message } } }"""
    headers = {"authorization": application.editor, "last-event-id": brief.start}
    async with Listening(application.app, {"query": news}, headers) as stream:
        written = (await application.data(writing, id=brief.id))["editBrief"]
        event = await stream.event()
    assert event is not None
    assert event.result["data"]["breaking"]["cursor"] == event.last_id
    assert event.last_id == written["brief"]["liveCursor"]


async def test_the_cost(application: Application) -> None:
    """It is told with each result to who asks for it."""
    asked = {"query": BREAKING, "extensions": {"cost": True}}
    other = str(ANOTHER)
    one, _ = await events_of(application, asked, seen(other))
    assert one.result["extensions"]["cost"]["requested"] > 0


# How it lasts, and how it ends


class Held(LiveSources):
    """Breaking news that is held back until a test gives it, and tells when it is closed."""

    def __init__(self, node: Node) -> None:
        super().__init__(node.log, node.tail, node.states)
        self.given: asyncio.Queue[Resync | Exception] = asyncio.Queue()
        self.begun = asyncio.Event()
        self.closed = asyncio.Event()

    async def breaking(
        self, *, audience: Audience, after: LiveCursor | None = None
    ) -> AsyncGenerator[Breaking | Resync, None]:
        """What the test gives."""
        try:
            self.begun.set()
            while True:
                given = await self.given.get()
                if isinstance(given, Exception):
                    raise given
                yield given
        finally:
            self.closed.set()

    def give(self, position: int) -> None:
        """Give something with the cursor at a position."""
        cursor = LiveCursor("given", position, ANOTHER.recorded_at)
        self.given.put_nowait(Resync(reason=ResyncReason.TOO_FAR_BEHIND, cursor=cursor))


class Holding:
    """An application over such a source."""

    def __init__(self, node: Node, settings: HttpSettings) -> None:
        self.source = Held(node)
        self.app = make_app(replace(node, live=self.source), Tokens("s" * 64), settings)

    def listen(self) -> Listening:
        """To breaking news."""
        return Listening(self.app, {"query": BREAKING})


@pytest.fixture
def holding(node: Node) -> Holding:
    """With the default settings."""
    return Holding(node, HttpSettings())


async def test_a_client_that_goes(holding: Holding) -> None:
    """Its source is closed at once, without anything more being sent."""
    async with holding.listen() as stream:
        await holding.source.begun.wait()
        assert not holding.source.closed.is_set()
        await stream.leave()
        assert holding.source.closed.is_set()


async def test_a_client_that_goes_while_it_is_sent_something(holding: Holding) -> None:
    """The source is not in use then, and is closed all the same."""
    async with holding.listen() as stream:
        holding.source.give(1)
        await stream.event()
        stream.block()
        holding.source.give(2)
        async with asyncio.timeout(TIMEOUT_S):
            await stream.is_blocked.wait()
        assert not holding.source.closed.is_set()
        await stream.leave()
        assert holding.source.closed.is_set()


async def test_a_client_that_reads_slowly_is_waited_for(holding: Holding) -> None:
    """Nothing is made for it meanwhile, so that nothing has to be kept; then it has all of it."""
    async with holding.listen() as stream:
        stream.block()
        for position in range(1, 6):
            holding.source.give(position)
        async with asyncio.timeout(TIMEOUT_S):
            await stream.is_blocked.wait()
        # One is being sent, and no other was taken.
        assert holding.source.given.qsize() >= 4
        stream.read()
        events = [await stream.event() for _ in range(5)]
    cursors = [read_live_cursor(event.last_id) for event in events if event]
    assert [cursor.position for cursor in cursors] == [1, 2, 3, 4, 5]


async def test_a_source_that_fails(holding: Holding, caplog: pytest.LogCaptureFixture) -> None:
    """What was not expected is masked, and is the last result."""
    async with holding.listen() as stream:
        holding.source.given.put_nowait(RuntimeError("a secret"))
        one, end = await stream.rest()
    (error,) = one.result["errors"]
    assert error["extensions"]["code"] == "INTERNAL"
    assert "secret" not in one.data
    assert (end.name, end.data) == ("complete", "")
    assert "a secret" in caplog.text


async def test_a_quiet_stream(node: Node) -> None:
    """There are comments, which no client takes for anything, and the id stays what it was."""
    holding = Holding(node, HttpSettings(heartbeat_s=0.001))
    async with holding.listen() as stream, asyncio.timeout(TIMEOUT_S):
        while stream.reader.comments < 3:
            await stream.piece()
        start = stream.reader.last_id
        assert start == str(holding.source.cursor())
        holding.source.give(1)
        event = await stream.event()
        assert event is not None
        assert event.last_id != start
        before = stream.reader.comments
        while stream.reader.comments < before + 3:
            await stream.piece()
        assert stream.reader.last_id == event.last_id


async def test_a_first_result_that_is_there_at_once(node: Node) -> None:
    """The id that a stream begins with does not come after it, and take its client back."""
    holding = Holding(node, HttpSettings(heartbeat_s=0.001))
    holding.source.give(1)
    async with holding.listen() as stream:
        event = await stream.event()
        assert event is not None
        while stream.reader.comments < 1:
            await stream.piece()
        assert stream.reader.last_id == event.last_id
        assert read_live_cursor(event.last_id).position == 1


async def test_a_server_that_stops(holding: Holding) -> None:
    """A stream ends without `complete`, so that its client comes back; and so does a new one."""
    async with holding.listen() as stream:
        holding.source.give(1)
        await stream.event()
        holding.app.stop()
        assert await stream.rest() == []
        assert holding.source.closed.is_set()
    async with holding.listen() as stream:
        assert stream.status == 200
        assert await stream.rest() == []
    # What ends by itself is answered as before.
    async with Listening(holding.app, {"query": "{ __typename }"}) as stream:
        assert [event.name for event in await stream.rest()] == ["next", "complete"]


# Documents by name


@pytest.mark.parametrize("trusted_only", [False, True])
async def test_documents(opening: Opening, tmp_path: Path, trusted_only: bool) -> None:
    """By id and by hash, as over HTTP; what is refused is told in the stream."""
    manifest = tmp_path / "documents.json"
    manifest.write_text(json.dumps({"updates": UPDATES, "hello": HELLO}))
    settings = HttpSettings(documents=manifest, trusted_only=trusted_only)
    application = await opening(settings)
    data = {"data": {"__typename": "Query"}}
    unknown = "PERSISTED_QUERY_NOT_SUPPORTED" if trusted_only else "PERSISTED_QUERY_NOT_FOUND"
    learnt = unknown if trusted_only else data
    other = hashed(digest_of(OTHER))
    cases: list[tuple[dict[str, Any], Any]] = [
        ({"documentId": "hello"}, data),
        ({"documentId": f"sha256:{digest_of(HELLO)}"}, data),
        ({"extensions": hashed("hello")}, data),
        ({"query": HELLO}, data),
        ({"documentId": "none"}, "DOCUMENT_NOT_FOUND"),
        ({"extensions": other}, unknown),
        ({"query": OTHER, "extensions": other}, learnt),
        ({"extensions": other}, learnt),
        ({"query": OTHER}, "UNTRUSTED_DOCUMENT" if trusted_only else data),
        ({"documentId": "updates", "variables": {"id": "none"}}, "NOT_FOUND"),
    ]
    for asked, expected in cases:
        for by_get in (False, True):
            one, end = await events_of(application, asked, by_get=by_get)
            errors = one.result.get("errors")
            found = errors[0]["extensions"]["code"] if errors else one.result
            assert found == expected, asked
            assert end == COMPLETE


# What is told of it


class Lines(AccessLog):
    """An access log that is read here."""

    def __init__(self) -> None:
        self._raw = io.BytesIO()
        self._text = io.TextIOWrapper(self._raw, write_through=True)
        super().__init__(LogFormat.JSON, self._text)

    def lines(self) -> list[dict[str, Any]]:
        """What was logged."""
        self.flush()
        return [json.loads(line) for line in self._raw.getvalue().splitlines()]


async def test_its_lines(node: Node) -> None:
    """One when it begins and one when it ends, as on a WebSocket; and that of the request."""
    log = Lines()
    app = make_app(node, Tokens("s" * 64), log=log)
    async with Listening(app, {"query": BREAKING}, {"x-request-id": "stream-1"}) as listening:
        await listening.begun()
        (begun,) = log.lines()
        assert begun["event"] == "operation begun"
    _, ended, request = log.lines()
    known = {"document": digest_of(BREAKING)[:SHORT_DIGEST], "audience": "PUBLIC"}
    known["request_id"] = "stream-1"
    for line in (begun, ended, request):
        assert known.items() <= line.items()
        assert "id" not in line
    told = {"operation": "Breaking", "cost": READS + 1}
    assert ended["event"] == "operation ended"
    assert (told | {"end": "cancelled", "messages": 0}).items() <= ended.items()
    assert request["event"] == "request"
    assert (told | {"status": 200, "path": PATH, "method": "POST"}).items() <= request.items()
    assert request["bytes"] > 0


@pytest.mark.parametrize(
    ("asked", "messages", "end", "error"),
    [
        (BREAKING, 1, "complete", None),
        ("subscription { nothing }", 1, "error", "GRAPHQL_VALIDATION_FAILED"),
    ],
)
async def test_how_it_ended(
    node: Node, asked: str, messages: int, end: str, error: str | None
) -> None:
    """Because there is no more, or because it never began."""
    log = Lines()
    app = make_app(node, Tokens("s" * 64), log=log)
    other = str(ANOTHER)
    async with Listening(app, {"query": asked}, seen(other)) as stream:
        await stream.rest()
    _, ended, request = log.lines()
    assert (ended["end"], ended["messages"]) == (end, messages)
    assert request.get("error") == error


async def test_what_is_counted(application: Application) -> None:
    """Streams while they last, apart from requests that are waited for, and from their times."""
    traffic = application.app.traffic

    def told(name: str) -> float:
        found = {
            sample.name: sample.value
            for family in traffic.collect()
            for sample in family.samples
            if not sample.labels or "operation" in sample.labels
        }
        return found[f"graphql_brief_{name}"]

    timed = told("request_seconds_count")
    async with Listening(application.app, {"query": BREAKING}) as stream:
        await stream.begun()
        assert (told("event_streams"), told("requests_under_way")) == (1, 0)
        assert told("websocket_operations") == 0
    assert (told("event_streams"), told("requests_under_way")) == (0, 0)
    assert told("request_seconds_count") == timed
    await events_of(application, {"query": "{ __typename }"})
    assert told("request_seconds_count") == timed + 1
