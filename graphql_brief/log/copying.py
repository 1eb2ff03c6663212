"""A copy of an SQLite file as it is at one moment, while others write it.

It appears under its name only once it is whole, checked and synced. Until then it has a name that
ends in `.part`, which is deleted if the copy fails; a process that is killed leaves it.
"""

import asyncio
import contextlib
import hashlib
import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from graphql_brief.log.erasure_list import sync_folder
from graphql_brief.log.port import DatabaseError
from graphql_brief.log.sqlite_engines import LOCK_TIMEOUT_S
from graphql_brief.log.sqlite_errors import explained

COPY_PAGES = 1024
"""Pages between two looks at whether the copy is still wanted."""
_BESIDE = ("-wal", "-shm", "-journal")
"""What SQLite keeps beside a database, and after a crash applies to the file of that name."""


class _NotWanted(Exception):  # noqa: N818 - says what is so
    """Whoever asked for the copy has gone."""


@contextmanager
def part_of(target: Path) -> Iterator[Path]:
    """An empty file to fill beside `target`; deleted at the end, unless it was put in place.

    Raises DatabaseError if `target` is there, or what SQLite left beside one that was, or another
    copy to it is under way.
    """
    _check_free(target)
    part = target.with_name(f"{target.name}.part")
    try:
        os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    except FileExistsError as error:
        raise DatabaseError(
            f"{part} is there: a copy is under way, or was cut off; delete it if none is"
        ) from error
    except FileNotFoundError as error:
        raise DatabaseError(f"there is no folder {target.parent}; make it first") from error
    except OSError as error:
        raise DatabaseError(f"{part} cannot be written: {error.strerror}") from error
    try:
        yield part
    finally:
        for ending in ("", "-journal", "-wal", "-shm", ".lock"):
            part.with_name(part.name + ending).unlink(missing_ok=True)


def _check_free(target: Path) -> None:
    if target.exists():
        raise DatabaseError(f"{target} is there already; name another file, or move it away")
    beside = [target.with_name(target.name + ending) for ending in _BESIDE]
    left = [path for path in beside if path.exists()]
    if left:
        raise DatabaseError(
            f"{left[0]} is there: it belongs to the database that was {target}, and SQLite would "
            "apply it to the one that comes in its place; move it with that database"
        )


def put_in_place(part: Path, target: Path) -> None:
    """Give a finished copy its name, synced to disk, and overwrite nothing.

    Raises DatabaseError if the name is taken, or what SQLite left beside another is there.
    """
    fd = os.open(part, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
    _check_free(target)
    try:
        # Not a rename, which would replace what appeared since the look.
        os.link(part, target)
    except FileExistsError as error:
        raise DatabaseError(
            f"{target} has appeared meanwhile; name another file, or delete it"
        ) from error
    except OSError as error:
        raise DatabaseError(
            f"{target} cannot be made ({error.strerror}); name a file on a local file system that "
            "can be written"
        ) from error
    part.unlink()
    sync_folder(target.resolve().parent)


async def copy(source: Path, part: Path) -> None:
    """Copy the database in `source` to the empty file `part`, which is one file without others.

    The writer of `source` is not held up; its write-ahead log grows until the copy is done.
    Raises DatabaseError.
    """
    stop = threading.Event()
    copying = asyncio.create_task(asyncio.to_thread(_copy, source, part, stop))
    try:
        await asyncio.shield(copying)
    except asyncio.CancelledError:
        stop.set()
        with contextlib.suppress(_NotWanted):
            await copying
        raise


def _copy(source: Path, part: Path, stop: threading.Event) -> None:
    def look(*_: int) -> None:
        if stop.is_set():
            raise _NotWanted

    source = source.resolve()
    if not source.is_file():
        raise DatabaseError(f"there is no database {source}; check the path")
    try:
        with (
            closing(
                sqlite3.connect(
                    f"{source.as_uri()}?mode=ro",
                    uri=True,
                    isolation_level=None,
                    timeout=LOCK_TIMEOUT_S,
                )
            ) as theirs,
            closing(sqlite3.connect(part, isolation_level=None)) as ours,
        ):
            ours.execute("PRAGMA synchronous = OFF")  # it is synced once, at the end
            # All pages are of this moment: without it, every commit would make it begin anew.
            theirs.execute("BEGIN")
            theirs.execute("SELECT count(*) FROM sqlite_master")
            theirs.backup(ours, pages=COPY_PAGES, progress=look)
            theirs.execute("ROLLBACK")
    except sqlite3.Error as error:
        # Only what is written can be short of room.
        full = getattr(error, "sqlite_errorcode", 0) == sqlite3.SQLITE_FULL
        raise explained(part if full else source, error) from error
    make_single(part)


def make_single(path: Path, *, anew: bool = False) -> None:
    """Make a database that nobody has open one file, without a write-ahead log beside it.

    With `anew`, its pages are written anew, and hold nothing but what is in its tables. Raises
    DatabaseError.
    """
    try:
        with closing(sqlite3.connect(path, isolation_level=None)) as connection:
            connection.execute("PRAGMA journal_mode = DELETE")
            if anew:
                connection.execute("VACUUM")
    except sqlite3.Error as error:
        raise explained(path, error) from error


def damage_of(path: Path) -> list[str]:
    """What SQLite's own check finds wrong with a file: its pages, and its indexes."""
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as connection:
            rows = [str(row[0]) for row in connection.execute("PRAGMA integrity_check(5)")]
    except sqlite3.Error as error:
        return [str(error)]
    return [] if rows == ["ok"] else rows


def sha256_of(path: Path) -> str:
    """Hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
