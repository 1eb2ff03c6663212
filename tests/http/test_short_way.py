"""Requests that are known, by the piece that they come in or when they are read, are answered as if
they had been passed on.
"""

import asyncio
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphql_brief.api.context import Node
from graphql_brief.api.viewer import Role, Viewer
from graphql_brief.http.app import App, make_app
from graphql_brief.http.known import PIECE_BOUND_BYTES
from graphql_brief.http.protocol import HEAD_BOUND_BYTES
from graphql_brief.http.settings import HttpSettings
from graphql_brief.http.tokens import BadToken, Tokens
from tests.http.wire import KEEP_ALIVE_S, Site, Wire, post

TITLE = '{"query": "{ page(slug: \\"%s\\") { title } }"}'


ASKED = post(TITLE % "why")
OWN_ID = post(TITLE % "why", "X-Request-Id: 1")
REQUESTS = (
    ASKED,
    post(TITLE % "who"),
    OWN_ID,
    b'GET /graphql?query={page(slug:"why"){title}} HTTP/1.1\r\nHost: there\r\n\r\n',
    b"GET /health/live HTTP/1.1\r\nHost: there\r\n\r\n",
    b"POST /graphql HTTP/1.1\r\nHost: there\r\nContent-Type: application/json\r\n"
    b"Transfer-Encoding: chunked\r\n\r\n5\r\n%s\r\n%x\r\n%s\r\n0\r\n\r\n"
    % ((TITLE % "why")[:5].encode(), len(TITLE % "why") - 5, (TITLE % "why")[5:].encode()),
    b"\r\n" + ASKED,
)


@pytest.fixture
def app(node: Node) -> App:
    """An application over the module's node."""
    return make_app(node, Tokens("s" * 64))


@pytest.fixture
def site(app: App) -> Site:
    """Connections to it."""
    return Site(app)


async def known(site: Site, request: bytes) -> bytes:
    """The answer to a request, which is known from then on."""
    first = await site.ask(request)
    assert await site.ask(request) == first
    passed_on, by_bytes = site.passed_on, site.ways.by_bytes
    assert await site.ask(request) == first
    assert (site.passed_on, site.ways.by_bytes) == (passed_on, by_bytes + 1)
    return first


@pytest.mark.parametrize("request_", [*REQUESTS[:2], REQUESTS[3], *REQUESTS[5:]])
async def test_known_at_its_third_time(site: Site, request_: bytes) -> None:
    """The first is executed, the second answered when it was read, the third by its bytes."""
    answer = await known(site, request_)
    assert (site.passed_on, site.ways.when_read, site.ways.by_bytes) == (1, 1, 1)
    assert answer.startswith(b"HTTP/1.1 200 OK\r\ndate: today\r\ncontent-length: ")
    assert answer.endswith(b'{"data":{"page":null}}')


async def test_what_is_never_known(site: Site) -> None:
    """Probes, connections that end with their answer, those who ask first whether to send a body,
    mutations, and refusals: they are passed on each time.
    """
    await known(site, ASKED)
    await known(site, REQUESTS[3])
    for request in (
        REQUESTS[4],
        post(TITLE % "why", "Connection: close"),
        post(TITLE % "why", "Expect: 100-continue"),
        post(TITLE % "why", "Origin: http://elsewhere"),
        REQUESTS[3].replace(b"\r\n\r\n", b"\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n"),
        ASKED.replace(b"HTTP/1.1", b"HTTP/1.0"),
        post(TITLE % "why", "Connection: keep-alive").replace(b"HTTP/1.1", b"HTTP/1.0"),
        ASKED.replace(b"POST", b"PUT"),
        ASKED.replace(b"/graphql", b"/metrics"),
        post('{"query": "mutation { markRead }"}'),
        ASKED.replace(b"application/json", b"text/plain"),
    ):
        passed_on = site.passed_on
        for _ in range(4):
            await site.ask(request)
        assert site.passed_on == passed_on + 4, request


async def test_what_is_known_when_it_is_read(site: Site) -> None:
    """What has an id of its own, is large, or comes with another one: not by its bytes."""
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    answer = await known(site, ASKED)
    passed_on, by_bytes, when_read = site.passed_on, site.ways.by_bytes, site.ways.when_read
    for number in range(3):
        identity = b"id-%d" % number
        named = await site.ask(post(TITLE % "why", f"X-Request-Id: {identity.decode()}"))
        assert named == answer.replace(b"\r\n\r\n", b"\r\nx-request-id: %s\r\n\r\n" % identity, 1)
        assert await site.ask(post(TITLE % "why", f"Traceparent: {trace}")) == answer
        large = post(TITLE % "why", "X-Filler: " + "x" * PIECE_BOUND_BYTES)
        assert await site.ask(large) == answer
        connection = site.connect()
        connection.data_received(ASKED + ASKED)
        assert isinstance(connection.transport, Wire)
        assert connection.transport.written == answer * 2
    assert (site.passed_on, site.ways.by_bytes) == (passed_on, by_bytes)
    assert site.ways.when_read == when_read + 3 * 5


async def test_what_comes_in_pieces(site: Site) -> None:
    """A known head is read in any pieces; a body of which some is still to come is passed on."""
    answer = await known(site, ASKED)
    passed_on, end = site.passed_on, ASKED.index(b"\r\n\r\n")
    assert await site.ask(ASKED[:20], ASKED[20:end], ASKED[end:]) == answer
    assert site.passed_on == passed_on
    assert await site.ask(ASKED[: end + 4], ASKED[end + 4 :]) == answer
    assert site.passed_on == passed_on + 1
    assert await site.ask(ASKED[:-1], ASKED[-1:]) == answer
    assert site.passed_on == passed_on + 2


@st.composite
def conversations(draw: st.DrawFn) -> list[tuple[bytes, int]]:
    """Pieces of a client's requests, and of how many the answers are awaited after each."""
    asked = draw(st.lists(st.sampled_from(REQUESTS), min_size=1, max_size=6))
    sent = b"".join(asked)
    ends = [sum(map(len, asked[: n + 1])) for n in range(len(asked))]
    cuts = draw(st.sets(st.sampled_from(ends) | st.integers(1, len(sent) - 1), max_size=8))
    pieces, begin = [], 0
    for cut in sorted(cuts | {len(sent)}):
        whole = sum(end <= cut for end in ends)
        waits = draw(st.booleans()) or cut == len(sent)
        pieces.append((sent[begin:cut], whole if waits else 0))
        begin = cut
    return pieces


@given(st.lists(conversations(), min_size=1, max_size=3))
@settings(max_examples=100, deadline=None)
async def test_as_if_it_were_read(node: Node, talks: list[list[tuple[bytes, int]]]) -> None:
    """In whatever pieces requests come, the bytes of the answers are those of the long way."""
    app = make_app(node, Tokens("s" * 64))
    long_way = Site(app, short=False)
    short_way = Site(app)
    for _ in range(2):
        await asyncio.gather(*(long_way.ask(request) for request in REQUESTS))
    for talk in talks * 2:
        answers = []
        for site in (short_way, long_way):
            connection = site.connect()
            wire = connection.transport
            assert isinstance(wire, Wire)
            for piece, awaited in talk:
                connection.data_received(piece)
                await wire.answered(awaited)
            answers.append(wire.written)
        assert answers[0] == answers[1]


async def test_in_turn_with_the_long_way(site: Site) -> None:
    """What comes before an answer under way waits for it, though it is known."""
    kept = await known(site, ASKED)
    new = post(TITLE % "some-other")
    connection = site.connect()
    connection.data_received(new)
    connection.data_received(ASKED)
    wire = connection.transport
    assert isinstance(wire, Wire)
    await wire.answered(2)
    assert wire.written.endswith(kept)
    assert wire.written.count(b"HTTP/1.1 200") == 2


async def test_the_rest_of_a_request_is_not_a_request(site: Site) -> None:
    """Bytes that are a known request are a body where one is awaited."""
    await known(site, ASKED)
    head = (
        b"POST /graphql HTTP/1.1\r\nHost: there\r\nContent-Type: application/json\r\n"
        b"Content-Length: %d\r\n\r\n" % len(ASKED)
    )
    assert b"400 Bad Request" in await site.ask(head, ASKED)
    # The head of one, and then another whole one: that is a header that goes on.
    assert b"200 OK" not in await site.ask(ASKED[:40], ASKED)
    # The rest of one, and then another whole one, which are both answered: that is none by itself.
    rest = ASKED[20:] + ASKED
    for _ in range(2):
        assert (await site.ask(ASKED[:20], rest)).count(b"200 OK") == 2
    assert b"200 OK" not in await site.ask(rest)


async def test_a_client_that_does_not_read(site: Site) -> None:
    """Nothing more is written to it at once; it goes the long way, which waits."""
    kept = await known(site, ASKED)
    connection = site.connect()
    connection.pause_writing()
    connection.data_received(ASKED)
    await asyncio.sleep(0)
    wire = connection.transport
    assert isinstance(wire, Wire)
    assert wire.written == b""
    connection.resume_writing()
    await wire.answered(1)
    assert wire.written == kept


async def test_edits_and_tokens(node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    """An edit is seen at once, and a token that has ended is refused."""
    tokens = Tokens("s" * 64)
    app = make_app(node, tokens)
    site = Site(app)
    token = tokens.make("editor-a", [Role.EDITOR])
    request = post(TITLE % "news", f"Authorization: Bearer {token}")
    assert b'"page":null' in await known(site, request)
    revised = (
        'mutation { revisePage(input: {slug: \\"news\\", title: \\"News\\", body: \\"B.\\"})'
        " { userErrors { message } } }"
    )
    done = await site.ask(post(f'{{"query": "{revised}"}}', f"Authorization: Bearer {token}"))
    assert b'"userErrors":[]' in done, done
    assert b'{"title":"News"}' in await site.ask(request)
    assert b'{"title":"News"}' in await known(site, request)

    def ended(_: str) -> Viewer:
        raise BadToken("it has ended")

    monkeypatch.setattr(tokens, "read", ended)
    assert b"401 Unauthorized" in await site.ask(request)


async def test_told_of_as_any_other(node: Node) -> None:
    """The metrics count it, by its operation's document, with its verdict."""
    app = make_app(node, Tokens("s" * 64), HttpSettings())
    site = Site(app)
    await known(site, ASKED)
    samples = {
        (sample.name, *sample.labels.values()): sample.value
        for family in app.traffic.collect()
        for sample in family.samples
    }
    assert samples["graphql_brief_requests_total", "200"] == 3
    assert samples["graphql_brief_cache_requests_total", "hit"] == 2
    assert samples["graphql_brief_request_seconds_count", "other"] == 3
    assert samples["graphql_brief_requests_under_way",] == 0


async def test_idle_connections(site: Site) -> None:
    """A connection stays while it is asked, and is closed when it has not been for a while."""
    await known(site, ASKED)
    connection = site.connect()
    await site.ask(ASKED, on=connection)
    armed = connection.timeout_keep_alive_task
    assert armed is not None
    await site.ask(ASKED, on=connection)
    assert connection.timeout_keep_alive_task is armed
    connection.timeout_keep_alive_handler()
    assert not connection.transport.is_closing()
    assert connection.timeout_keep_alive_task is not armed
    connection.loop = Later(connection.loop.time() + KEEP_ALIVE_S)  # type: ignore[assignment]
    connection.timeout_keep_alive_handler()
    assert connection.transport.is_closing()


async def test_a_new_connection(site: Site) -> None:
    """One that asked for something known is not waited for as one that never asked."""
    await known(site, ASKED)
    connection = site.connect()
    assert connection._waiting is not None
    await site.ask(ASKED, on=connection)
    assert connection._waiting is None


async def test_what_follows_an_answer(site: Site) -> None:
    """A connection with its answer is kept as any; blank lines and half a head begin the wait."""
    await known(site, ASKED)
    for more in (b"\r\n", b"POST /gra"):
        connection = site.connect()
        await site.ask(OWN_ID, on=connection)
        assert connection._waiting is None
        assert connection.timeout_keep_alive_task is not None
        connection.data_received(more)
        assert connection._waiting is not None
    connection = site.connect()
    await site.ask(OWN_ID + b"POST /gra", on=connection)
    assert connection._waiting is not None


@pytest.mark.parametrize("request_", [ASKED, OWN_ID])
async def test_blank_lines_behind_an_answer(site: Site, request_: bytes) -> None:
    """They are of no head, however many there are."""
    await known(site, ASKED)
    connection = site.connect()
    await site.ask(request_, on=connection)
    connection.data_received(b"\r\n" * HEAD_BOUND_BYTES)
    assert b"200 OK" in await site.ask(request_, on=connection)


@pytest.mark.parametrize("behind", [ASKED[:-5], ASKED[:20], post(TITLE % "other")])
async def test_what_is_under_way_behind_an_answer(site: Site, behind: bytes) -> None:
    """The connection is not idle, and is not closed as if it were."""
    await known(site, ASKED)
    connection = site.connect()
    connection.data_received(OWN_ID + behind)
    assert isinstance(connection.transport, Wire)
    assert connection.transport.written.count(b"200 OK") == 1
    assert connection.timeout_keep_alive_task is None


@pytest.mark.parametrize(
    "target", [b"http://there", b"http://", b"http://a:99999/x", b"http://[::1"]
)
@pytest.mark.parametrize("body", [b"", b"12345"])
async def test_addresses_that_are_none(site: Site, target: bytes, body: bytes) -> None:
    """They are refused before their body comes."""
    head = b"POST %s HTTP/1.1\r\nHost: there\r\nContent-Length: 5\r\n\r\n" % target
    assert (await site.ask(head + body)).startswith(b"HTTP/1.1 400 ")


async def test_a_connection_that_closes(site: Site) -> None:
    """Nothing is written to it any more."""
    await known(site, ASKED)
    connection = site.connect()
    connection.transport.close()
    assert await site.ask(ASKED, on=connection) == b""


class Later:
    """A loop's clock, at another time."""

    def __init__(self, now: float) -> None:
        self.time: Callable[[], float] = lambda: now
