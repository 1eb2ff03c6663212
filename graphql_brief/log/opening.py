"""From a database's URL to the log that is in it."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from graphql_brief.log.database import Database
from graphql_brief.log.port import Clock, DatabaseError, Entropy, EventLog
from graphql_brief.log.sqlite import SqliteLog

_SQLITE = ("sqlite:///", "sqlite+aiosqlite:///")


def sqlite_path(url: str) -> Path | None:
    """The file that an SQLite URL names; None if it is the URL of something else."""
    for scheme in _SQLITE:
        if url.startswith(scheme) and len(url) > len(scheme):
            return Path(url.removeprefix(scheme))
    return None


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
    """The log in a database, closed at the end of the block.

    With `create`, a missing one is begun; with `read_only`, another process may be writing.
    Raises DatabaseError if the database cannot be used.
    """
    path = sqlite_path(url)
    if path is None:
        # Only the scheme: the rest may hold a password.
        scheme = url.partition(":")[0]
        raise DatabaseError(f"a database is named as sqlite:///path/to/file.db, not {scheme}:…")
    database = await Database.open(path, create=create, read_only=read_only)
    try:
        log = await SqliteLog.open(database, clock=clock, entropy=entropy, origin=origin)
        try:
            yield log
        finally:
            await log.close()
    finally:
        await database.close()
