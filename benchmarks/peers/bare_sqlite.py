"""SQLite with nothing around it: what the database itself lets one do."""

import sqlite3
from pathlib import Path

_READ = (
    "SELECT position, header, leaf_hash, salt, body FROM log_event JOIN log_body USING (position)"
)


class BareSqlite:
    """One connection, one row a commit, synced as ours are."""

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        for pragma in ("journal_mode = WAL", "synchronous = FULL"):
            self._connection.execute(f"PRAGMA {pragma}")
        self._connection.execute("CREATE TABLE event (position INTEGER PRIMARY KEY, body BLOB)")

    def durability(self) -> str:
        """The settings that decide what a commit waits for."""
        (mode,) = self._connection.execute("PRAGMA journal_mode").fetchone()
        (level,) = self._connection.execute("PRAGMA synchronous").fetchone()
        return f"journal_mode={mode} synchronous={level}"

    def append(self, body: bytes) -> None:
        """One row, durable."""
        self._connection.execute("BEGIN IMMEDIATE")
        self._connection.execute("INSERT INTO event (body) VALUES (?)", (body,))
        self._connection.execute("COMMIT")

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()


class BareReader:
    """Our own file, read as rows that nobody looks into."""

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(
            f"{path.as_uri()}?mode=ro", uri=True, check_same_thread=False
        )

    def read_stream(self, stream: str) -> int:
        """The rows of one stream; gives their number."""
        return len(
            self._connection.execute(
                f"{_READ} WHERE stream = ? ORDER BY version", (stream,)
            ).fetchall()
        )

    def read_all(self, *, page: int = 1_000) -> int:
        """The rows of the whole log, page by page; gives their number."""
        position = 0
        while rows := self._connection.execute(
            f"{_READ} WHERE position > ? ORDER BY position LIMIT ?", (position, page)
        ).fetchall():
            position = rows[-1][0]
        return position

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()
