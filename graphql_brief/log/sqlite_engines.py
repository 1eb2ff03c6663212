"""How connections to an SQLite file are opened: their pragmas, and how their transactions begin."""

from pathlib import Path
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import AsyncAdaptedQueuePool, QueuePool

READERS = 4
"""Most connections of each kind that read at once; who comes later waits."""
LOCK_TIMEOUT_S = 5.0
"""How long a statement waits for a lock that another program has on the file."""
CHECKPOINT_PAGES = 4_000
"""Pages in the write-ahead log after which it is moved into the database: what is written again and
again is moved once. With more than 4,062 readers would look for a page in a second index."""
WAL_BOUND_BYTES = 64 * 2**20
"""What the write-ahead log is cut down to after a checkpoint, if it had to grow beyond."""

_WRITER_PRAGMAS = (
    "journal_mode = WAL",
    "foreign_keys = ON",
    "secure_delete = ON",  # what is deleted is overwritten, so that what is erased is gone
    "recursive_triggers = ON",  # or REPLACE would delete rows past the triggers that deny it
    f"wal_autocheckpoint = {CHECKPOINT_PAGES}",
    f"journal_size_limit = {WAL_BOUND_BYTES}",
)
_READER_PRAGMAS = ("query_only = ON", "wal_autocheckpoint = 0")


def reading(path: Path, mode: Literal["ro", "rw"]) -> AsyncEngine:
    """Connections that the event loop speaks to; they cannot write."""
    engine = create_async_engine(
        _url("sqlite+aiosqlite", path, mode),
        hide_parameters=True,  # drafts, in traces that others may read
        connect_args=_arguments(),
        poolclass=AsyncAdaptedQueuePool,
        pool_size=READERS,
        max_overflow=0,
    )
    _set_up(engine.sync_engine, _READER_PRAGMAS, "BEGIN")
    return engine


def fetching(path: Path, mode: Literal["ro", "rw"]) -> sa.Engine:
    """Connections that any thread may use, one at a time; they cannot write."""
    engine = _threaded(path, mode, connections=READERS, check_same_thread=False)
    _set_up(engine, _READER_PRAGMAS, "BEGIN")
    return engine


def writing(path: Path, synchronous: str) -> sa.Engine:
    """The connection that writes, for the thread that opens it."""
    # The driver itself then sees to it that no other thread uses the connection.
    engine = _threaded(path, "rw", connections=1, check_same_thread=True)
    # Never a plain BEGIN: a transaction that reads first and writes later fails at once, whatever
    # the timeout, if another connection wrote in between.
    _set_up(engine, (*_WRITER_PRAGMAS, f"synchronous = {synchronous}"), "BEGIN IMMEDIATE")
    return engine


def _threaded(
    path: Path, mode: Literal["ro", "rw"], *, connections: int, check_same_thread: bool
) -> sa.Engine:
    return sa.create_engine(
        _url("sqlite+pysqlite", path, mode),
        hide_parameters=True,
        connect_args=_arguments() | {"check_same_thread": check_same_thread},
        poolclass=QueuePool,
        pool_size=connections,
        max_overflow=0,
    )


def _arguments() -> dict[str, Any]:
    # The driver opens transactions by its own rules, or, with None, not at all.
    return {"isolation_level": None, "timeout": LOCK_TIMEOUT_S}


def _url(driver: str, path: Path, mode: Literal["ro", "rw"]) -> sa.URL:
    return sa.URL.create(driver, database=path.as_uri(), query={"mode": mode, "uri": "true"})


def _set_up(engine: sa.Engine, pragmas: tuple[str, ...], begin: str) -> None:
    """Have each connection set these pragmas, and each transaction begin with these words."""

    @sa.event.listens_for(engine, "connect")
    def set_pragmas(connection: Any, _: Any) -> None:
        cursor = connection.cursor()
        for pragma in pragmas:
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @sa.event.listens_for(engine, "begin")
    def begin_transaction(connection: sa.Connection) -> None:
        # Past SQLAlchemy, which takes longer to run it than SQLite does. Errors are the driver's
        # own, as those of the batches of rows are: who writes knows both.
        cursor = connection.connection.cursor()
        cursor.execute(begin)
        cursor.close()
