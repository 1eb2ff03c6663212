"""Checksums of read models, to tell whether two sets of them are the same.

They are of rows and not of files: the same rows lie in other pages if they were written in another
order. Of a full-text index they take its texts, their sizes, and every word with its places.
"""

import hashlib
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec

from graphql_brief.projections.replay import Checkpoint
from graphql_brief.projections.tables import NAMES, SEARCHES, metadata

_PAGES = frozenset(f"{search}{part}" for search in SEARCHES for part in ("_data", "_idx"))
"""Where an index keeps its words: their cut into pages follows from how often it was written."""


class Live:
    """Read models as they are at one moment, while their projector goes on."""

    def __init__(self, path: Path) -> None:
        self._connection = _connect(path)
        self._connection.execute("BEGIN")
        self.checkpoint = _checkpoint(self._connection)
        """Its position is that of all that is read here; None if the file does not hold all."""

    def checksums(self) -> dict[str, str]:
        """Of each table, by its name."""
        return _checksums(self._connection)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._connection.close()


def checkpoint_of(path: Path) -> Checkpoint | None:
    """The checkpoint of the read models in a file; None if it does not hold all of them."""
    with closing(_connect(path)) as connection:
        return _checkpoint(connection)


def checksums(path: Path) -> dict[str, str]:
    """Of each table in a file, by its name."""
    with closing(_connect(path)) as connection:
        return _checksums(connection)


def _connect(path: Path) -> sqlite3.Connection:
    # Autocommit: the transaction is begun by hand. The temporary tables are not in the file.
    connection = sqlite3.connect(
        f"{path.resolve().as_uri()}?mode=ro", uri=True, isolation_level=None
    )
    connection.execute("PRAGMA temp_store = MEMORY")
    return connection


def _checkpoint(connection: sqlite3.Connection) -> Checkpoint | None:
    tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
    if not tables >= NAMES:
        return None
    row = connection.execute(
        "SELECT origin, model, position, leaf_hash FROM rm_checkpoint"
    ).fetchone()
    return Checkpoint(*row) if row else None


def _checksums(connection: sqlite3.Connection) -> dict[str, str]:
    found = {}
    for name in sorted(NAMES - _PAGES - set(SEARCHES)):
        found[name] = _digest(connection.execute(_rows_of(name)))
    for search in SEARCHES:
        words = f"words_{search}"
        connection.execute(
            f"CREATE VIRTUAL TABLE temp.{words} USING fts5vocab('main', '{search}', 'instance')"
        )
        found[search] = _digest(
            connection.execute(f'SELECT * FROM temp.{words} ORDER BY term, doc, col, "offset"')  # noqa: S608
        )
    return found


def _rows_of(name: str) -> str:
    """A query that gives a table's rows in an order of its own, along an index: none are sorted."""
    table = metadata.tables.get(name)
    if table is not None:
        key = [column.name for column in table.primary_key]
    else:  # of a full-text index: its settings by their name, all others by the row's number
        key = ["k" if name.endswith("_config") else "id"]
    return f"SELECT * FROM {name} ORDER BY {', '.join(key)}"  # noqa: S608


def _digest(rows: Iterable[tuple[object, ...]]) -> str:
    digest = hashlib.sha256()
    for row in rows:
        digest.update(msgspec.msgpack.encode(row))
    return digest.hexdigest()
