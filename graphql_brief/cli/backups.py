"""`backup`: a copy of the log, checked, while a server may write it."""

import errno
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from graphql_brief.cli.options import DEFAULT_URL, DatabaseUrl, UsageError, place_of
from graphql_brief.cli.terminal import counted, run
from graphql_brief.log.copying import copy, part_of, put_in_place, sha256_of
from graphql_brief.log.erasure_list import complete_list
from graphql_brief.log.inspection import Tell, check_log, open_rows
from graphql_brief.log.integrity import Checked, refuse_faults
from graphql_brief.log.opening import sqlite_path

ON_POSTGRESQL = (
    "PostgreSQL has its own tools for backups: pg_dump, or a base backup and its write-ahead log; "
    "docs/operations.md tells how"
)


def backup(
    target: Annotated[Path, typer.Argument(help="The file to make; it must not exist.")],
    database_url: DatabaseUrl = DEFAULT_URL,
) -> None:
    """Copy the log to a file, and check every event in it.

    A server may run meanwhile, and edits arrive. Read models are not in it: they are made anew.
    What is erased later is still in it: restore erases it again.
    """
    place = place_of(database_url)
    path = sqlite_path(place.url)
    if path is None:
        raise UsageError(ON_POSTGRESQL)

    check_name(target)

    async def work() -> Checked:
        with part_of(target) as part:
            with counted("checking the backup") as tell:
                await copy(path, part)
                checked = await check_whole(f"sqlite:///{part}", f"the log in {path}", tell)
            # A list that was lost comes back with the next backup.
            await complete_list(place.url, place.erasures)
            put_in_place(part, target)
            return checked

    checked = run(work())
    head = checked.head
    print(f"backup    {target}")
    print(f"log       {head.origin}")
    print(f"head      {head.position}, {head.recorded_at or 'empty'}")
    print(f"made      {datetime.now().astimezone().isoformat(timespec='seconds')}")
    print(f"size      {target.stat().st_size} bytes")
    print(f"sha256    {sha256_of(target)}")


def check_name(target: Path) -> None:
    """Make sure that a file of this name can be. Raises UsageError."""
    if not target.name:
        raise UsageError(f"{target} is a directory; name a file in it")
    try:
        target.with_name(f"{target.name}.part").lstat()
    except FileNotFoundError:
        return
    except OSError as error:
        raise UsageError(
            f"{target.name[:40]}… cannot be made in {target.parent}: {error.strerror}"
            if error.errno == errno.ENAMETOOLONG
            else f"{target} cannot be made: {error.strerror}; name another file"
        ) from error


async def check_whole(url: str, what: str, tell: Tell) -> Checked:
    """Check a whole log. Raises LogBroken with its first faults; `what` says of what they are."""
    async with open_rows(url) as database:
        checked = await check_log(database, tell)
    refuse_faults(what, checked)
    return checked
