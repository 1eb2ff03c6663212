"""Checks of SQLite and of the log's file."""

import sqlite3
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from graphql_brief.cli.doctor.finding import Finding, Site, fail, ok, size_text, warn
from graphql_brief.log.database import Database
from graphql_brief.log.lockfile import holder_of
from graphql_brief.log.sqlite_engines import WAL_BOUND_BYTES

_BUG_FIRST, _BUG_LAST = (3, 7, 0), (3, 51, 2)


async def version(site: Site) -> Finding:
    """SQLite's version, and whether it has the bug that one writing connection keeps clear of."""
    bug = _BUG_FIRST <= sqlite3.sqlite_version_info <= _BUG_LAST
    found = f"SQLite {sqlite3.sqlite_version}"
    if bug:
        found += (
            ", which can damage a database that two connections write (the WAL-reset bug of 3.7.0 "
            "to 3.51.2); the server writes on one alone. Let no other program write the file"
        )
    return ok(found, version=sqlite3.sqlite_version, walResetBug=bug)


async def durability(site: Site) -> Finding:
    """The settings on which it depends whether an acknowledged edit survives a power failure."""
    assert site.path is not None
    assert site.database is not None
    async with site.database.reader() as connection:
        mode = await _pragma(connection, "journal_mode")
    if mode != "wal":
        return ok(
            f"journal mode {mode}, as in a backup; a server makes it wal when it starts",
            journalMode=mode,
        )
    # Of the writing connection: it is the server's own, and no other one is opened to ask it.
    synchronous = Database.synchronous
    facts: dict[str, Any] = {"journalMode": mode, "synchronous": synchronous}
    found = f"journal mode wal, written with synchronous {synchronous}"
    holder = holder_of(site.path.resolve().with_name(f"{site.path.name}.lock"))
    if holder is not None:
        found += f" by process {holder}"
        facts["writer"] = holder
    if synchronous not in ("FULL", "EXTRA"):
        return fail(
            found, "an edit may be lost when the power fails: run an unchanged program", **facts
        )
    return ok(found, **facts)


async def wal(site: Site) -> Finding:
    """How long the write-ahead log is."""
    assert site.path is not None
    file = site.path.with_name(f"{site.path.name}-wal")
    size = file.stat().st_size if file.exists() else 0
    found = f"the write-ahead log has {size_text(size)}"
    if size > WAL_BOUND_BYTES:
        return warn(
            f"{found}, more than the {size_text(WAL_BOUND_BYTES)} that it is cut down to",
            "a program that reads for long holds it up, such as a backup or an open SQL shell: "
            "wait for it, or end it",
            bytes=size,
        )
    return ok(found, bytes=size)


async def pages(site: Site) -> Finding:
    """SQLite's own check of the file: of all its pages, or, if it must be quick, of none."""
    if site.newest is not None:
        return ok("left out, as asked", checked=False)
    assert site.database is not None
    async with site.database.reader() as connection:
        rows = [str(row[0]) for row in await connection.exec_driver_sql("PRAGMA quick_check(5)")]
    if rows != ["ok"]:
        return fail(
            f"the file is damaged: {'; '.join(rows)}",
            "stop the server, keep a copy of the file, and restore the newest backup",
            checked=True,
        )
    return ok("SQLite finds its pages in order", checked=True)


async def _pragma(connection: AsyncConnection, name: str) -> str:
    return str((await connection.execute(sa.text(f"PRAGMA {name}"))).scalar())
