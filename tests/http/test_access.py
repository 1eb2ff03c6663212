"""The access log: one line for each request, with what is known of it and nothing secret."""

import io
import json
import logging
import re
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
from starlette.types import Message, Receive, Scope, Send

from graphql_brief.api.context import Node
from graphql_brief.api.document import digest_of
from graphql_brief.api.weights import READS
from graphql_brief.http import logs
from graphql_brief.http.access import Access
from graphql_brief.http.answers import Answers
from graphql_brief.http.app import make_app
from graphql_brief.http.facts import Verdict, facts_of
from graphql_brief.http.lines import SHORT_DIGEST, OperationLine, RequestLine, SocketLine
from graphql_brief.http.logs import AccessLog, LogFormat
from graphql_brief.http.negotiation import JSON
from graphql_brief.http.settings import HttpSettings
from graphql_brief.http.tokens import Tokens
from graphql_brief.http.traffic import Traffic
from graphql_brief.log.port import Unreadable
from tests.cli.server import Server
from tests.http.application import PATH, Application, code
from tests.http.documented import names, rows
from tests.http.test_websocket import UPDATES, hear, initialise, say, socket, subscribe

HELLO = "query Hello { viewer { audience } }"
COMMON = {"timestamp", "level", "event"}


class Logged:
    """An application whose access log is read here."""

    def __init__(self, application: Application, log: AccessLog, stream: io.TextIOWrapper) -> None:
        self.application = application
        self._log = log
        self._stream = stream

    def lines(self) -> list[dict[str, Any]]:
        """What was logged, and is then forgotten."""
        self._log.flush()
        raw = self._stream.buffer
        assert isinstance(raw, io.BytesIO)
        found = [json.loads(line) for line in raw.getvalue().splitlines()]
        raw.seek(0)
        raw.truncate()
        return found

    def line(self) -> dict[str, Any]:
        """The one line."""
        (found,) = self.lines()
        return found


def memory() -> io.TextIOWrapper:
    """A stream whose bytes can be read."""
    return io.TextIOWrapper(io.BytesIO(), write_through=True)


@pytest.fixture
async def logged(node: Node) -> AsyncIterator[Logged]:
    """An application over the module's node, with its log."""
    stream, tokens = memory(), Tokens("s" * 64)
    log = AccessLog(LogFormat.JSON, stream)
    async with AsyncExitStack() as stack:
        app = make_app(node, tokens, HttpSettings(), log=log)
        made = await stack.enter_async_context(Application(app, node, tokens))
        yield Logged(made, log, stream)


async def test_a_request(logged: Logged) -> None:
    """Who asked what, what it cost, how long it took, how much was sent."""
    response = await logged.application.post({"query": HELLO})
    line = logged.line()
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", line.pop("timestamp"))
    assert 0 < line.pop("duration_ms") < 10_000
    assert line == {
        "level": "info",
        "event": "request",
        "request_id": response.headers["x-request-id"],
        "method": "POST",
        "path": PATH,
        "status": 200,
        "bytes": len(response.content),
        "operation": "Hello",
        "document": digest_of(HELLO)[:SHORT_DIGEST],
        "cost": 2,
        "cache": "uncacheable",
        "audience": "PUBLIC",
    }


async def test_the_name_is_the_documents_own(logged: Logged) -> None:
    """What a client calls an operation that its document does not have stands in no log."""
    two = f"{HELLO} query Other {{ __typename }}"
    for query, name, known, cost in (
        *((two, "Other", "Other", 1), (two, "Forged", None, None), (two, None, None, 2)),
        *((HELLO, None, "Hello", 2), ("{ __typename }", None, None, 1)),
        (HELLO.replace("Hello", "N" * 5000), None, "N" * 100, 2),
    ):
        await logged.application.post({"query": query, "operationName": name})
        line = logged.line()
        assert (line.get("operation"), line.get("cost")) == (known, cost), name


async def test_who_asks_and_what_went_wrong(logged: Logged) -> None:
    """The audience by the token; the code of the first error, of refusals as well."""
    application = logged.application
    await application.post({"query": HELLO}, authorization=application.editor)
    assert logged.line()["audience"] == "NEWSROOM"
    for content, token in (
        *((f'{{"query": "{HELLO}"}}', "Bearer x"), ('{"query": "{"}', application.editor)),
        *(('{"query": "{ nothing }"}', application.editor), ("{}", application.editor)),
        (" " * 1_000_001, application.editor),
    ):
        headers = {"content-type": JSON, "authorization": token}
        refused = await application.client.post(PATH, content=content, headers=headers)
        line = logged.line()
        assert (line["status"], line["error"]) == (refused.status_code, code(refused))
        assert "operation" not in line


async def test_a_masked_error(
    logged: Logged, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The id leads from the client's answer to its line, and to that of the traceback."""

    async def broken(_: str) -> None:
        raise RuntimeError

    monkeypatch.setattr(logged.application.node.states, "get", broken)
    response = await logged.application.post({"query": '{ node(id: "page-why") { id } }'})
    identity = response.json()["errors"][0]["extensions"]["errorId"]
    assert logged.line()["error_id"] == identity
    assert [record.__dict__["error_id"] for record in caplog.records] == [identity]


async def test_a_batch(logged: Logged) -> None:
    """One line, with how many, what all of it cost, and the first error."""
    await logged.application.post([{"query": HELLO}, {"query": "{ no }"}])
    line = logged.line()
    assert (line["operations"], line["cost"]) == (2, 3)
    assert line["error"] == "GRAPHQL_VALIDATION_FAILED"
    assert not line.keys() & {"operation", "document"}


async def test_request_ids(logged: Logged) -> None:
    """A proxy's id is kept, unless it could be no id; others are made, each once."""
    seen = set()
    for given, kept in (
        ("00-abc.DEF_1:2/3+4=@", True),
        *((bad, False) for bad in ("", "a b", "x" * 101, 'a"', "ü")),
    ):
        response = await logged.application.post(
            {"query": HELLO},
            x_request_id=given.encode("latin-1"),  # type: ignore[arg-type]  # httpx takes bytes
        )
        found = response.headers["x-request-id"]
        assert (found == given) == kept
        assert logged.line()["request_id"] == found
        seen.add(found)
    assert len(seen) == 6


async def test_quiet_paths(logged: Logged, monkeypatch: pytest.MonkeyPatch) -> None:
    """Probes and scrapes have a line only when they fail."""
    client = logged.application.client
    for path in ("/health/live", "/health/ready", "/metrics"):
        assert (await client.get(path)).status_code == 200
    assert logged.lines() == []
    broken = Unreadable(1, None, "why")
    monkeypatch.setattr(logged.application.node.log, "broken", broken, raising=False)
    assert (await client.get("/health/ready")).status_code == 503
    line = logged.line()
    assert (line["path"], line["status"]) == ("/health/ready", 503)


async def test_without_a_log(node: Node) -> None:
    """Switched off, there is nobody to tell, and only an id that was sent comes back."""
    tokens = Tokens("s" * 64)
    async with Application(make_app(node, tokens), node, tokens) as application:
        assert "x-request-id" not in (await application.post({"query": HELLO})).headers
        named = await application.post({"query": HELLO}, x_request_id="its-own")
        assert named.headers["x-request-id"] == "its-own"


class Asked:
    """The layer around an application of the test's own."""

    def __init__(self, app: Callable[[Scope, Receive, Send], Any]) -> None:
        self._stream = memory()
        self._log = AccessLog(LogFormat.JSON, self._stream)
        self.app = Access(app, log=self._log, traffic=Traffic(Answers(0, int)))
        self.sent: list[Message] = []

    async def ask(self) -> None:
        """Send it a request."""

        async def receive() -> Message:
            raise AssertionError

        async def send(message: Message) -> None:
            self.sent.append(message)

        scope = {"type": "http", "method": "GET", "path": PATH, "headers": []}
        await self.app(scope, receive, send)

    def line(self) -> dict[str, Any]:
        """What was logged."""
        self._log.flush()
        assert isinstance(self._stream.buffer, io.BytesIO)
        found: dict[str, Any] = json.loads(self._stream.buffer.getvalue())
        return found


async def test_what_the_cache_made_of_it(logged: Logged) -> None:
    """Whichever half of the server answers, the line knows the operation and its cost."""
    kept = "query Kept($slug: String!) { page(slug: $slug) { title } }"
    body = {"query": kept, "variables": {"slug": "none"}}
    client = logged.application.client
    asked = {"query": kept, "variables": '{"slug": "none"}'}
    by_get = await client.get(PATH, params=asked)
    etag = {"if-none-match": by_get.headers["etag"]}
    await client.get(PATH, params=asked)  # by the first half
    await logged.application.post(body)  # by the second, which knows the question
    await client.get(PATH, params=asked, headers=etag)
    await client.get(PATH, params=asked | {"operationName": "Kept"}, headers=etag)  # made anew
    await logged.application.post(body | {"extensions": {"cost": True}})
    await logged.application.post([body])
    lines = logged.lines()
    assert [line.get("cache") for line in lines] == [
        *("miss", "hit", "hit", "not_modified", "not_modified", "uncacheable", None)
    ]
    for line in lines:
        assert (line["operation"], line["cost"]) == ("Kept", READS + 1)
        assert line["document"] == digest_of(kept)[:SHORT_DIGEST]
        assert line["audience"] == "PUBLIC"
    assert lines[0]["bytes"] == len(by_get.content)
    assert [line["status"] for line in lines[3:5]] == [304, 304]


async def test_what_a_cache_tells() -> None:
    """Whoever answers fills the facts in; the headers that are kept for others stay as they are."""
    headers = [(b"etag", b'"1"')]

    async def cached(scope: Scope, receive: Receive, send: Send) -> None:
        facts = facts_of(scope)
        facts.operation, facts.digest, facts.operations = "Page", "ab" * 32, 1
        facts.verdict, facts.cost, facts.audience = Verdict.NOT_MODIFIED, 7, "PUBLIC"
        await send({"type": "http.response.start", "status": 304, "headers": headers})
        await send({"type": "http.response.body"})

    asked = Asked(cached)
    await asked.ask()
    line = asked.line()
    told = (line["cache"], line["operation"], line["document"])
    assert told == ("not_modified", "Page", "ab" * 8)
    assert (line["status"], line["bytes"], line["cost"]) == (304, 0, 7)
    assert headers == [(b"etag", b'"1"')]
    assert [name for name, _ in asked.sent[0]["headers"]] == [b"etag", b"x-request-id"]


async def test_an_application_that_raises() -> None:
    """It has its line too, with the status that is then sent."""

    async def broken(scope: Scope, receive: Receive, send: Send) -> None:
        raise RuntimeError

    asked = Asked(broken)
    with pytest.raises(RuntimeError):
        await asked.ask()
    assert asked.line()["status"] == 500


async def test_a_client_that_goes_away() -> None:
    """There is no status, because there was no answer."""

    async def silent(scope: Scope, receive: Receive, send: Send) -> None:
        return

    asked = Asked(silent)
    await asked.ask()
    assert "status" not in asked.line()


def test_lines_of_the_servers_own() -> None:
    """Whatever a library logs is one line of JSON, with its traceback and its extra members."""
    stream = memory()
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    try:
        logs.configure(LogFormat.JSON, stream)
        try:
            raise RuntimeError("why")
        except RuntimeError:
            logging.getLogger("a.b").exception("%s\nfailed", "it", extra={"error_id": "1f"})
        logging.getLogger("a.b").info("nobody wants this")
    finally:
        root.handlers[:] = before
        root.setLevel(level)
        logging.captureWarnings(False)
    assert isinstance(stream.buffer, io.BytesIO)
    (line,) = map(json.loads, stream.buffer.getvalue().splitlines())
    assert (line["level"], line["logger"], line["event"]) == ("error", "a.b", "it\nfailed")
    assert line["error_id"] == "1f"
    assert "RuntimeError: why" in line["exception"]
    assert line["timestamp"].endswith("Z")


def test_lines_for_people() -> None:
    """In columns, without colours where there is no terminal."""
    stream = memory()
    log = AccessLog(LogFormat.CONSOLE, stream)
    log(RequestLine("", "info", "request", "id-1", "GET", PATH, 200, 1.5, 10, "Page"))
    assert isinstance(stream.buffer, io.BytesIO)
    text = stream.buffer.getvalue().decode()
    assert "request" in text
    assert "operation=Page" in text
    assert "cost" not in text
    assert "\x1b" not in text
    assert text.count("\n") == 1


def test_auto_is_by_the_stream() -> None:
    """JSON, unless a person sits before it."""

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    assert logs.writes_json(LogFormat.AUTO, memory())
    assert not logs.writes_json(LogFormat.AUTO, Terminal())
    assert logs.writes_json(LogFormat.JSON, Terminal())
    assert not logs.writes_json(LogFormat.CONSOLE, memory())


def test_the_document_lists_the_members() -> None:
    """docs/observability.md has those of a request, each once."""
    documented = [name for row in rows("Access log", "###") for name in names(row[0])]
    assert documented == [name for name in RequestLine.__struct_fields__ if name not in COMMON]


async def test_a_servers_whole_log(tmp_path: Path) -> None:
    """Each request and operation has its lines, nothing has two, and all of them are JSON."""
    server = Server.start(
        tmp_path / "brief.db", "--access-log", "--fixtures", str(tmp_path / "none"), cwd=tmp_path
    )
    try:
        server.ask(HELLO)
        async with socket(server, **{"x-request-id": "socket-1"}) as connection:
            await initialise(connection)
            await subscribe(connection, HELLO, id="query")
            assert (await hear(connection))["type"] == "next"
            assert (await hear(connection))["type"] == "complete"
            await subscribe(connection, "{ nothing }", id="bad")
            assert (await hear(connection))["type"] == "error"
            await subscribe(connection, "subscription News { breaking { __typename } }", id="news")
            await say(connection, type="ping")
            assert (await hear(connection))["type"] == "pong"
            await say(connection, type="complete", id="news")
            await subscribe(connection, UPDATES, id="none")
            assert (await hear(connection))["type"] == "error"
    finally:
        errors = server.stop()
    found = [json.loads(line) for line in errors.splitlines()]
    (request,) = [line for line in found if line["event"] == "request"]
    assert (request["status"], request["operation"]) == (200, "Hello")
    begun = {line["id"]: line for line in found if line["event"] == "operation begun"}
    ended = {line["id"]: line for line in found if line["event"] == "operation ended"}
    (closed,) = [line for line in found if line["event"] == "websocket closed"]
    assert len(found) == 2 + len(begun) + len(ended)
    assert begun.keys() == ended.keys() == {"query", "bad", "news", "none"}
    assert all(line["request_id"] == "socket-1" for line in (*begun.values(), *ended.values()))
    ends = {id: (line["end"], line["messages"]) for id, line in ended.items()}
    assert ends == {
        "query": ("complete", 1),
        "bad": ("error", 0),
        "news": ("cancelled", 0),
        "none": ("error", 0),
    }
    assert (ended["news"]["operation"], ended["news"]["audience"]) == ("News", "PUBLIC")
    assert ended["query"]["cost"] == 2
    assert ended["bad"]["cost"] == 1
    assert begun["query"]["document"] == digest_of(HELLO)[:SHORT_DIGEST]
    assert (closed["path"], closed["status"]) == (PATH, 101)
    assert closed["bytes"] > 0
    shapes = {OperationLine: ended["query"], SocketLine: closed}
    for shape, line in shapes.items():
        assert line.keys() <= set(shape.__struct_fields__)
