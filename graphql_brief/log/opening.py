"""Opening the log that a URL names, in whichever database that is."""

import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from graphql_brief.log.database import Database
from graphql_brief.log.port import Clock, DatabaseError, Entropy, EventLog
from graphql_brief.log.sqlite import SqliteLog

_SQLITE = ("sqlite", "sqlite+aiosqlite")
_POSTGRESQL = ("postgresql", "postgresql+asyncpg", "postgres")


def sqlite_path(url: str) -> Path | None:
    """The file that a URL of SQLite names; None for a URL of another database.

    Raises DatabaseError for a scheme that is not known; it tells only the scheme, because the
    rest may hold a password.
    """
    scheme, _, rest = url.partition("://")
    if scheme in _SQLITE and rest.startswith("/") and len(rest) > 1:
        path = Path(rest[1:])
        if not path.name:
            raise DatabaseError(f"{path} is a directory; name a file in it")
        return path
    if scheme in _POSTGRESQL and rest:
        return None
    named = scheme.partition(":")[0][:20]
    raise DatabaseError(
        "a database is named as sqlite:///path/to/file.db or "
        f"postgresql://user@host:5432/name, not {named}:…"
    )


@asynccontextmanager
async def open_log(
    url: str,
    *,
    clock: Clock,
    create: bool = True,
    read_only: bool = False,
    entropy: Entropy = os.urandom,
    origin: str | None = None,
) -> AsyncIterator[EventLog]:
    """The log that a URL names, with its database; both are closed at the end of the block.

    With `create`, they are made if there are none; `origin` is for a new log. With `read_only`,
    nothing is changed, and another process may be writing. Raises DatabaseError, which never
    tells a password.
    """
    path = sqlite_path(url)
    async with AsyncExitStack() as stack:
        log: EventLog
        if path is not None:
            file = await Database.open(path, create=create, read_only=read_only)
            stack.push_async_callback(file.close)
            log = await SqliteLog.open(file, clock=clock, entropy=entropy, origin=origin)
        else:
            # Not above: who keeps the log in SQLite does not wait for what he does not use.
            from graphql_brief.log.postgres import PostgresLog
            from graphql_brief.log.postgres_database import PostgresDatabase

            server = await PostgresDatabase.open(url, create=create, read_only=read_only)
            stack.push_async_callback(server.close)
            log = await PostgresLog.open(server, clock=clock, entropy=entropy, origin=origin)
        stack.push_async_callback(log.close)
        yield log
