"""An append whose connection or server goes away: what its caller is told is true."""

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest

from graphql_brief.log import postgres
from graphql_brief.log.port import Append, Appended, DatabaseError, EventLog, OutcomeUnknown
from graphql_brief.log.postgres_database import PostgresDatabase
from tests.log.nodes import TIMEOUT_S, Node, node
from tests.log.proxy import Proxy, proxied
from tests.log.support import appended, fill, request
from tests.postgres import PASSWORD, PostgresServer, execute

END_ALL_OTHERS = (
    "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
)


def keyed(stream: str = "brief-a", expected_version: int = 0, **fields: object) -> Append:
    """A request under an idempotency key."""
    key = {"idempotency_key": f"{stream}-{expected_version}", "digest": "d"}
    return request(stream, expected_version, **{**key, **fields})


@pytest.fixture
async def cuttable(log_postgres: str) -> AsyncIterator[tuple[Proxy, Node]]:
    """A node behind a proxy, warm: with an append behind it."""
    async with proxied(log_postgres) as (proxy, url), node(url) as cuttable:
        await fill(cuttable.log, 1, stream="brief-warm")
        yield proxy, cuttable


async def streams_of(log: EventLog) -> list[str]:
    """The streams of all events, in order."""
    return [event.stream for event in await log.read(after=0, limit=1000)]


@pytest.mark.parametrize("arrived", [False, True], ids=["not-arrived", "arrived"])
async def test_a_commit_that_is_cut_off(cuttable: tuple[Proxy, Node], arrived: bool) -> None:
    """Whether the server has committed or not is found out, and the append is there once."""
    proxy, node = cuttable
    if arrived:
        proxy.cut_after = "COMMIT"
    else:
        proxy.cut_before = "COMMIT"
    results = await asyncio.gather(
        node.log.append(keyed(size=2)), node.log.append(request("brief-b"))
    )
    assert proxy.cuts == 1
    assert [type(result) for result in results] == [Appended, Appended]
    assert not any(result.repeated for result in results if isinstance(result, Appended))
    assert await streams_of(node.log) == ["brief-warm", "brief-a", "brief-a", "brief-b"]
    assert node.heard == [[1], [2, 3], [4]]
    assert (await appended(node.log, keyed(size=2))).repeated


@pytest.mark.parametrize("statement", ["BEGIN", "log_event"])
async def test_a_connection_that_ends_before_the_commit(
    cuttable: tuple[Proxy, Node], log_postgres: str, statement: str
) -> None:
    """Nothing was written then, and the append is made on another connection."""
    proxy, node = cuttable
    if statement == "BEGIN":
        proxy.cut_before = statement
    else:
        await execute(log_postgres, END_ALL_OTHERS)
    await appended(node.log, request())
    assert await streams_of(node.log) == ["brief-warm", "brief-a"]
    assert node.heard == [[1], [2]]


@pytest.mark.parametrize("arrived", [False, True], ids=["not-arrived", "arrived"])
async def test_a_server_that_stays_away(
    cuttable: tuple[Proxy, Node], monkeypatch: pytest.MonkeyPatch, arrived: bool
) -> None:
    """The caller is told that it cannot be told; asked again, the log gives the result."""
    monkeypatch.setattr(postgres, "OUTCOME_TIMEOUT_S", 0.2)
    proxy, node = cuttable
    proxy.refusing = True
    if arrived:
        proxy.cut_after = "COMMIT"
    else:
        proxy.cut_before = "COMMIT"
    with pytest.raises(OutcomeUnknown, match="idempotency key"):
        await node.log.append(keyed())
    assert proxy.cuts == 1
    with pytest.raises(DatabaseError):
        await node.log.append(request("brief-b"))
    proxy.refusing = False
    result = await appended(node.log, keyed())
    assert result.repeated == arrived
    assert await streams_of(node.log) == ["brief-warm", "brief-a"]
    assert node.heard == [[1], [2]]


async def test_the_outcome_waits_for_the_server_to_decide(
    cuttable: tuple[Proxy, Node], log_postgres: str
) -> None:
    """A commit that the server has received and not yet done is not taken for lost.

    The head, which the old connection still holds, is asked for first.
    """
    proxy, node = cuttable
    await execute(
        log_postgres,
        "CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS"
        " 'BEGIN PERFORM pg_sleep(0.5); RETURN NULL; END'",
        "CREATE CONSTRAINT TRIGGER slow AFTER INSERT ON log_event DEFERRABLE INITIALLY DEFERRED"
        " FOR EACH ROW EXECUTE FUNCTION slow()",
    )
    proxy.cut_at_once = "COMMIT"
    result = await appended(node.log, keyed())
    assert proxy.cuts == 1
    assert not result.repeated
    assert await streams_of(node.log) == ["brief-warm", "brief-a"]
    assert node.heard == [[1], [2]]


# A server of their own: it is stopped and killed


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    """A server that syncs, and that tests may kill."""
    with PostgresServer() as server:
        yield server


@pytest.fixture
async def own_url(server: PostgresServer) -> AsyncIterator[str]:
    """A database with an empty log on it."""
    await execute(server.url(), "CREATE DATABASE brief TEMPLATE template0 ENCODING 'UTF8'")
    await (await PostgresDatabase.open(server.url("brief"), create=True)).close()
    yield server.url("brief")
    await execute(server.url(), "DROP DATABASE brief WITH (FORCE)")


@pytest.mark.parametrize("how", ["restart", "crash", "kill"])
async def test_a_server_that_is_restarted(server: PostgresServer, own_url: str, how: str) -> None:
    """A running log goes on; what was acknowledged is there, and everybody hears of the rest."""

    def again() -> None:
        if how == "kill":
            server.kill()
        else:
            server.stop(immediate=how == "crash")
        server.start()

    async with node(own_url) as one, node(own_url) as other:
        acknowledged: list[str] = []
        stopping = asyncio.Event()

        async def write(stream: str) -> None:
            version = 0
            while not stopping.is_set():
                try:
                    result = await one.log.append(keyed(stream, version))
                except (DatabaseError, OutcomeUnknown):
                    await asyncio.sleep(0.01)
                    continue
                assert isinstance(result, Appended)
                version = result.last_version
                acknowledged.append(f"{stream}-{version}")

        writers = [asyncio.create_task(write(f"brief-{number}")) for number in range(4)]
        async with asyncio.timeout(3 * TIMEOUT_S):
            await one.until(40)
            await asyncio.to_thread(again)
            end = one.end
            await one.until(end + 40)
            stopping.set()
            await asyncio.gather(*writers)
        await appended(one.log, request("brief-last"))
        await other.until(one.end)
        events = await one.log.read(after=0, limit=10_000)
        assert [event.position for event in events] == list(range(1, len(events) + 1))
        kept = {f"{event.stream}-{event.version}" for event in events}
        assert set(acknowledged) <= kept
        assert one.commits == other.commits == [[event] for event in events]


async def test_a_wrong_password(server: PostgresServer, own_url: str) -> None:
    """It is refused, and said without it; with the right one, all is well."""
    await execute(
        own_url,
        f"CREATE ROLE guarded LOGIN PASSWORD '{PASSWORD}'",
        "ALTER DATABASE brief OWNER TO guarded",
    )
    wrong = server.url("brief", user="guarded", password="s3cret")
    with pytest.raises(DatabaseError, match="check the user and the password") as caught:
        await PostgresDatabase.open(wrong, create=False)
    assert "s3cret" not in str(caught.value)
    right = server.url("brief", user="guarded", password=PASSWORD)
    with pytest.raises(DatabaseError, match="permission denied"):
        await PostgresDatabase.open(right, create=False)
    await execute(own_url, "REASSIGN OWNED BY guarded TO postgres", "DROP ROLE guarded")
