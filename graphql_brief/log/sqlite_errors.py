"""What SQLite's errors mean for whoever runs this."""

import sqlite3
from pathlib import Path

from graphql_brief.log.port import DatabaseError

_OF_THE_FILE = (
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_CORRUPT,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_NOTADB,
)


class Damaged(DatabaseError):  # noqa: N818 - says what is so
    """The file is no SQLite database, or is a damaged one."""


def is_of_file(cause: BaseException | None) -> bool:
    """Whether an error is of the file and its disk, and not of what was asked of it."""
    return _kind(cause) in _OF_THE_FILE


def is_damage(cause: BaseException | None) -> bool:
    """Whether SQLite says that a file is no database, or is a damaged one."""
    return _kind(cause) in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT)


def _kind(cause: BaseException | None) -> int:
    # The low byte; the others say more than anybody here can use.
    code: int = getattr(cause, "sqlite_errorcode", 0)
    return code & 0xFF


def explained(path: Path, cause: BaseException | None) -> DatabaseError:
    """What whoever runs this can do about an error of SQLite."""
    match _kind(cause):
        case sqlite3.SQLITE_NOTADB:
            why = "is not an SQLite database; name another file"
        case sqlite3.SQLITE_READONLY:
            why = "cannot be written; make the file and its directory writable"
        case sqlite3.SQLITE_CANTOPEN | sqlite3.SQLITE_PERM | sqlite3.SQLITE_AUTH:
            why = "cannot be opened; make the file readable, and its directory writable"
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            why = "is locked by another program; close that program first"
        case sqlite3.SQLITE_CORRUPT:
            why = "is damaged; restore it from a backup"
        case sqlite3.SQLITE_FULL:
            why = "cannot grow; make room on its disk"
        case sqlite3.SQLITE_IOERR:
            why = f"cannot be read or written ({cause}); check its disk, and that it has room"
        case _:
            why = f"cannot be opened: {cause}"
    return (Damaged if is_damage(cause) else DatabaseError)(f"{path} {why}")
