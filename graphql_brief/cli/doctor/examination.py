"""All checks run on a site, one after another, whatever each of them finds."""

import sqlite3
from contextlib import AsyncExitStack
from typing import Any, NamedTuple

import sqlalchemy as sa

from graphql_brief.cli.doctor.finding import Check, Finding, Site, Status, fail, ok
from graphql_brief.cli.doctor.table import CHECKS, FORMAT
from graphql_brief.log.inspection import head_of, open_rows
from graphql_brief.log.port import DatabaseError, LogBroken

_EXPECTED = (DatabaseError, LogBroken, OSError, sa.exc.DBAPIError, sqlite3.Error)
"""What a check may meet in a log that is not as it should be."""


class Examined(NamedTuple):
    """A check and what it found."""

    name: str
    finding: Finding


async def examine(site: Site) -> list[Examined]:
    """What all checks find that are about this kind of database."""
    kind = "postgresql" if site.path is None else "sqlite"
    checks = [check for check in CHECKS if check.only in (None, kind)]
    async with AsyncExitStack() as stack:
        opened = await _open(site, stack)
        return [
            *opened,
            *[Examined(check.name, await _run(check, site)) for check in checks],
        ]


async def _open(site: Site, stack: AsyncExitStack) -> list[Examined]:
    try:
        site.database = await stack.enter_async_context(open_rows(site.place.url))
    except DatabaseError as error:
        found = Finding(Status.FAIL, str(error), "mend it, or name another database", {})
        return [Examined("database", found), Examined(FORMAT.name, _skipped())]
    version = await _run(FORMAT, site)
    if version.status is Status.OK:
        try:
            site.head = await head_of(site.database)
        except (LogBroken, sa.exc.DBAPIError) as error:
            version = fail(f"log_head cannot be read: {_why(error)}", "restore a backup")
    opened = ok(site.place.shown)
    return [Examined("database", opened), Examined(FORMAT.name, version)]


async def _run(check: Check, site: Site) -> Finding:
    if check.needs_log and (site.database is None or (site.head is None and check is not FORMAT)):
        return _skipped()
    try:
        return await check.run(site)
    except _EXPECTED as error:
        return fail(f"it cannot be found out: {_why(error)}", "mend that first")


def _skipped() -> Finding:
    return Finding(Status.SKIP, "not looked at: the log cannot be read", None, {})


def _why(error: Exception) -> str:
    why: Any = getattr(error, "orig", None) or error
    return " ".join(str(why).split())


def worst(examined: list[Examined]) -> Status:
    """The worst that was found."""
    found = {each.finding.status for each in examined}
    for status in (Status.FAIL, Status.WARN):
        if status in found:
            return status
    return Status.OK
