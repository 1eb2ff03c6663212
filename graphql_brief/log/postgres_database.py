"""The PostgreSQL database that holds the log: connections to it, and its format.

Any number of nodes may use it at once. Connections are few and bounded, and none waits for ever:
not for the server, not for a lock, and the server does not wait for a node that is gone.
"""

import contextlib
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import AsyncAdaptedQueuePool, NullPool

from graphql_brief.log import migrations
from graphql_brief.log.port import DatabaseError
from graphql_brief.log.postgres_errors import ConnectionLost, explained
from graphql_brief.log.postgres_url import parse

READERS = 8
"""Most connections of a node that read at once; who comes later waits."""
CONNECT_TIMEOUT_S = 10.0
"""How long the server may take to let us in, and a reader waits for its turn."""
COMMAND_TIMEOUT_S = 30.0
"""How long a statement may take; longer than the locks that it may have to wait for."""
LOCK_TIMEOUT_S = 20.0
"""How long a statement waits for a lock, such as that of another node's append."""
GONE_TIMEOUT_S = 10
"""After how long without a statement the server takes a node for dead that is amid a transaction,
and lets go of its locks; or one that does not answer the network."""

_LOCK_KEY = 0x6272696566  # "brief": the advisory lock of whoever makes or changes the format
_SETTINGS = {
    "application_name": "graphql-brief",
    "synchronous_commit": "on",  # whatever the server's default: an acknowledged append is synced
    "default_transaction_isolation": "read committed",
    "lock_timeout": f"{LOCK_TIMEOUT_S:.0f}s",
    "idle_in_transaction_session_timeout": f"{GONE_TIMEOUT_S}s",
    "tcp_keepalives_idle": f"{GONE_TIMEOUT_S}",
    "tcp_keepalives_interval": "2",
    "tcp_keepalives_count": "3",
    # Every statement here finds its rows by an index. Left to estimates, which are wrong while a
    # log grows fast, the server would join a page of events to their bodies by a walk over all
    # bodies before it.
    "enable_mergejoin": "off",
    "enable_hashjoin": "off",
    "enable_seqscan": "off",
    "jit": "off",
    "plan_cache_mode": "force_custom_plan",  # a plan for a page of this size, not of any
}


class Durability(NamedTuple):
    """The server's settings on which it depends whether a commit survives a crash."""

    version: str
    fsync: bool
    full_page_writes: bool
    synchronous_commit: str
    """What this program's connections have: "on"."""
    in_recovery: bool
    """Whether the server is a standby, which cannot be written to."""


class PostgresDatabase:
    """One open database. Made by `open`, ended by `close`."""

    def __init__(
        self,
        name: str,
        pool: AsyncEngine,
        writers: AsyncEngine,
        singles: AsyncEngine,
        *,
        read_only: bool,
    ) -> None:
        self.name = name
        """Which one it is, for messages; without user and password."""
        self.read_only = read_only
        """Whether it was opened for reading only."""
        self.reads = 0
        """How many times `reader` was entered."""
        self._readers = pool
        self._writers = writers
        self._singles = singles
        self._closed = False

    @classmethod
    async def open(cls, url: str, *, create: bool, read_only: bool = False) -> "PostgresDatabase":
        """Connect, and bring the log's tables to the newest format.

        With `create`, they are made if there are none; with `read_only`, nothing is changed.
        Tables of others are left alone. Raises DatabaseError, which never tells the password, if
        the database cannot be reached, may not be used or written, holds no log, or one of a
        newer format.
        """
        database = cls._of(url, read_only=read_only)
        try:
            await database._check(create and not read_only)
        except BaseException:
            await database.close()
            raise
        return database

    @classmethod
    async def look(cls, url: str) -> "PostgresDatabase":
        """Connect and leave everything as it is, whatever is there. Raises DatabaseError."""
        database = cls._of(url, read_only=True)
        try:
            async with database.reader() as connection:
                await connection.execute(sa.select(1))
        except BaseException:
            await database.close()
            raise
        return database

    @classmethod
    def _of(cls, url: str, *, read_only: bool) -> "PostgresDatabase":
        connect, name = _connector(url)

        def engine(**pooling: Any) -> AsyncEngine:
            made = create_async_engine(
                "postgresql+asyncpg://",
                async_creator=connect,
                hide_parameters=True,  # drafts, in traces that others may read
                **pooling,
            )
            sa.event.listen(made.sync_engine, "checkout", _refuse_closed)
            return made

        def pooled(size: int) -> AsyncEngine:
            return engine(
                poolclass=AsyncAdaptedQueuePool,
                pool_size=size,
                max_overflow=0,
                pool_timeout=CONNECT_TIMEOUT_S,
            )

        singles = engine(poolclass=NullPool, isolation_level="AUTOCOMMIT")
        return cls(name, pooled(READERS), pooled(1), singles, read_only=read_only)

    async def _check(self, create: bool) -> None:
        async with self.reader() as connection:
            encoding = (await connection.exec_driver_sql("SHOW server_encoding")).scalar()
            version = await connection.run_sync(migrations.version_of)
        if encoding != "UTF8":
            raise DatabaseError(f"{self.name} has the encoding {encoding}; make one with UTF8")
        if version is None and not create:
            raise DatabaseError(f"{self.name} holds no log; check the URL, or have it made")
        if version is not None:
            migrations.judge(version, self.name, read_only=self.read_only)
        if self.read_only:
            return
        async with self.alone() as connection:
            if await connection.run_sync(migrations.version_of) != migrations.NEWEST:
                # A crash in here leaves the format as it was: the steps are one transaction.
                await connection.run_sync(migrations.upgrade)
            await connection.run_sync(migrations.touch)

    @contextlib.asynccontextmanager
    async def alone(self) -> AsyncIterator[AsyncConnection]:
        """A transaction that no other node's overlaps: for what is made once.

        Raises DatabaseError if the database was opened for reading only.
        """
        async with self.writer() as connection, connection.begin():
            await connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK_KEY)))
            yield connection

    @contextlib.asynccontextmanager
    async def writer(self) -> AsyncIterator[AsyncConnection]:
        """The connection for appends. What the block does not commit is rolled back.

        Raises ConnectionLost where the server cannot be reached or the connection ends; if it
        was committing then, it may have done so or not. Raises DatabaseError if the database was
        opened for reading only.
        """
        if self.read_only:
            raise DatabaseError(f"{self.name} was opened for reading only")
        async with self._lent(self._writers) as connection:
            yield connection

    @contextlib.asynccontextmanager
    async def reader(self) -> AsyncIterator[AsyncConnection]:
        """A connection to read on; each statement is of one moment."""
        self.reads += 1
        async with self._lent(self._readers) as connection:
            yield connection

    async def vacuum(self, *tables: sa.Table) -> None:
        """Take deleted and overwritten rows of these tables out of their pages.

        Bytes of them stay in the server's write-ahead log, until that is reused, and in backups.
        """
        names = ", ".join(table.name for table in tables)
        async with self._lent(self._singles) as connection:
            # Outside of a transaction, where alone VACUUM runs.
            await connection.execution_options(isolation_level="AUTOCOMMIT")
            await connection.exec_driver_sql(f"VACUUM {names}")

    @contextlib.asynccontextmanager
    async def listener(self) -> AsyncIterator[Any]:
        """A connection of the driver's own kind (asyncpg), outside the pools, to listen on.

        Raises ConnectionLost for whatever the driver raises in the block.
        """
        import asyncpg

        async with self._lent(self._singles) as connection:
            raw = await connection.get_raw_connection()
            try:
                yield raw.driver_connection
            except (asyncpg.InterfaceError, asyncpg.PostgresError) as error:
                raise ConnectionLost(f"{self.name}: the connection was lost ({error})") from error

    @contextlib.asynccontextmanager
    async def _lent(self, engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
        if self._closed:
            raise DatabaseError(f"{self.name} is closed")
        try:
            async with engine.connect() as connection:
                try:
                    yield connection
                except (OSError, sa.exc.DBAPIError) as error:
                    if isinstance(explained(self.name, error), ConnectionLost):
                        # The driver may not have noticed yet: nobody gets it again.
                        await connection.invalidate()
                    raise
        except (OSError, sa.exc.DBAPIError, sa.exc.TimeoutError) as error:
            told = explained(self.name, error)
            if told is None:
                raise
            raise told from error

    async def durability(self) -> Durability:
        """The settings in force."""
        names = ("server_version", "fsync", "full_page_writes", "synchronous_commit")
        settings = [*map(sa.func.current_setting, names), sa.func.pg_is_in_recovery()]
        async with self.reader() as connection:
            row = (await connection.execute(sa.select(*settings))).one()
        return Durability(row[0], row[1] == "on", row[2] == "on", row[3], row[4])

    async def close(self) -> None:
        """Close all connections. May be called twice."""
        self._closed = True
        for engine in (self._readers, self._writers, self._singles):
            await engine.dispose()


def _refuse_closed(connection: Any, *_: Any) -> None:
    """Have the pool make others for connections that ended while nobody used them."""
    if connection.driver_connection.is_closed():
        raise sa.exc.InvalidatePoolError


def _connector(url: str) -> tuple[Callable[[], Coroutine[Any, Any, Any]], str]:
    """What connects to the database of a URL, and the database's name for messages."""
    try:
        import asyncpg
    except ImportError as error:
        raise DatabaseError(
            "asyncpg is not installed, which PostgreSQL needs; install graphql-brief[postgres]"
        ) from error
    parsed = parse(url)
    # asyncpg reads the rest as libpq does: sslmode, the password file, the environment.
    dsn = f"postgresql://{url.partition('://')[2]}"
    name = (
        f"the PostgreSQL database {parsed.database} on {parsed.host or 'localhost'}:{parsed.port}"
    )

    async def connect() -> Any:
        try:
            return await asyncpg.connect(
                dsn,
                timeout=CONNECT_TIMEOUT_S,
                command_timeout=COMMAND_TIMEOUT_S,
                server_settings=_SETTINGS,
            )
        except asyncpg.exceptions.ClientConfigurationError as error:
            raise DatabaseError(f"{name}: the URL is not as it should be: {error}") from None

    return connect, name
