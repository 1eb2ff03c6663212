"""Where the read models of a node are: an SQLite file in a folder that is the node's own.

    <folder>/lock                 held by the node
    <folder>/<code>-0001.db       a set of read models, named by the code that makes it and a number
    <folder>/<code>-0002.part     the next set, while a rebuild fills it
    <folder>/<code>-0002.differs  one that was found to differ, for whoever looks into it

The log and its read models are apart, because they need different things. A lost commit of the
log would be a lost edit; one of the read models is done again from the log, so theirs are not
synced one by one. And whoever rebuilds them, fills a new file and never holds up the log's one
writer. Of the files of the node's own code the one with the highest number is read; once a
higher one appears, the node changes over to it. Other code has files of other names: a new
release can build its own beside the server that still runs, and an old one finds its own again.
"""

import asyncio
import contextlib
import hashlib
import logging
import re
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any, NamedTuple, Protocol, TypeVar

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from graphql_brief.log.lockfile import LockFile, LockHeld
from graphql_brief.log.port import DatabaseError
from graphql_brief.log.sqlite_errors import Damaged
from graphql_brief.log.sqlite_file import SqliteFile
from graphql_brief.log.sqlite_reader import Rows

PART = ".part"
"""What the file of a rebuild that is under way, or was cut off, ends in."""
DIFFERS = ".differs"
"""What the file of a rebuild ends in that was not changed over to."""
REBUILD_LOCK = "rebuild.lock"
"""Held in a folder by the rebuild that is under way there."""
_NAME = re.compile(r"(?P<code>[0-9a-f]{12})-(?P<number>[0-9]{4,})\.db")
_logger = logging.getLogger(__name__)

T = TypeVar("T")


class Readable(Protocol):
    """What the read models are read from."""

    @property
    def path(self) -> Path:
        """The file that they are in."""

    def reader(self) -> AbstractAsyncContextManager[AsyncConnection]:
        """A connection that cannot write; all that it reads is of one moment."""

    async def fetch(
        self, statement: sa.Select[*tuple[Any, ...]], values: Mapping[str, Any]
    ) -> Rows:
        """The rows of a statement, at less cost; see `SqliteFile`."""


class CannotWrite(DatabaseError):  # noqa: N818 - says what is so
    """The file of the read models cannot be written; the log is not at fault."""


class ReadModelFile(SqliteFile):
    """A file that holds one set of read models, and nothing else."""

    # What a power failure takes is made again from the log; only a torn file would be a loss, and
    # that the write-ahead log rules out.
    synchronous = "NORMAL"

    async def write(self, work: Callable[[sa.Connection], T]) -> T:
        """See `SqliteFile`. Raises CannotWrite, or Damaged, to be told from errors of the log."""
        try:
            return await super().write(work)
        except Damaged:
            raise
        except DatabaseError as error:
            raise CannotWrite(str(error)) from error

    async def _check(self, create: bool) -> None:
        await super()._check(create)
        async with self.reader() as connection:
            names = await connection.scalars(
                sa.text("SELECT name FROM sqlite_master WHERE type = 'table'")
            )
            foreign = sorted(name for name in names if not name.startswith(("rm_", "sqlite_")))
        if foreign:
            raise DatabaseError(
                f"{self.path} is the database of something else (it has a table {foreign[0]!r}); "
                "name another folder for the read models"
            )


class _Readers:
    """How many read a file, and when nobody does."""

    def __init__(self) -> None:
        self._count = 0
        self._none = asyncio.Event()
        self._none.set()

    def __enter__(self) -> None:
        self._count += 1
        self._none.clear()

    def __exit__(self, *_: object) -> None:
        self._count -= 1
        if not self._count:
            self._none.set()

    async def gone(self) -> None:
        """Return when nobody reads it."""
        await self._none.wait()


class Retired(NamedTuple):
    """A file that was changed over from, and who reads it still."""

    file: ReadModelFile
    readers: _Readers


class Store:
    """A node's read models, over the files that they are in one after another.

    Made by `open`, ended by `close`.
    """

    def __init__(
        self,
        folder: Path,
        code: str,
        lock: LockFile,
        file: ReadModelFile,
        others: Sequence[Path] = (),
    ) -> None:
        self.changes = 0
        """How many times another file took the place of the one before."""
        self._folder = folder
        self._code = code
        self._other_folders = others
        self._lock = lock
        self._file = file
        self._opened = _identity(file.path)
        self._reads_before = 0
        self._readers = _Readers()

    @classmethod
    async def open(cls, folders: Sequence[Path], made_by: str) -> "Store":
        """The read models in the first of these folders that no process has; it is made.

        `made_by` names the code that makes them. Raises DatabaseError if other processes have all
        of the folders, or the files cannot be used.
        """
        code = code_of(made_by)
        folder, lock = _take_first(folders)
        try:
            newest = newest_of(folder, code) or numbered(folder, code, 1)
            file = await _open_or_make_anew(newest)
        except BaseException:
            lock.release()
            raise
        return cls(folder, code, lock, file, [other for other in folders if other != folder])

    @property
    def file(self) -> ReadModelFile:
        """The file that is read, and that a projector writes."""
        return self._file

    @property
    def path(self) -> Path:
        """Where that file is."""
        return self._file.path

    @property
    def folder(self) -> Path:
        """Where the files are."""
        return self._folder

    @property
    def reads(self) -> int:
        """How many times `reader` was entered, and rows were fetched."""
        return self._reads_before + self._file.reads

    @contextlib.asynccontextmanager
    async def reader(self) -> AsyncIterator[AsyncConnection]:
        """See `SqliteFile`; of the file that is current when the block is entered."""
        with self._readers:
            async with self._file.reader() as connection:
                yield connection

    async def fetch(
        self, statement: sa.Select[*tuple[Any, ...]], values: Mapping[str, Any]
    ) -> Rows:
        """See `SqliteFile`; of the file that is current when it is called."""
        with self._readers:
            return await self._file.fetch(statement, values)

    def newer(self) -> Path | None:
        """The file that should be changed over to; None if there is none."""
        newest = newest_of(self._folder, self._code)
        if newest is None:
            return None
        number, own = number_of(newest), number_of(self._file.path)
        # Where its own was taken away, what a rebuild made after that may have the same name.
        return newest if number > own or (number == own and self._was_replaced()) else None

    def loss(self) -> str | None:
        """What somebody did to the file that is read, which it cannot have done to itself; None if
        all is well.
        """
        found = _identity(self._file.path)
        if found is None:
            return "their file was deleted"
        if self._was_replaced():
            return "their file was replaced"
        if not found.size:
            return "their file was emptied"
        return None

    def _was_replaced(self) -> bool:
        found = _identity(self._file.path)
        return found is None or self._opened is None or found[:2] != self._opened[:2]

    async def begin_anew(self) -> Retired:
        """Read from an empty file from now on, as after `change_over`."""
        path = self._file.path
        following = numbered(self._folder, self._code, number_of(path) + 1)
        return self.change_over(await ReadModelFile.open(following, create=True))

    def change_over(self, file: ReadModelFile) -> Retired:
        """Read from another file from now on; the one before is returned, to be deleted."""
        before = Retired(self._file, self._readers)
        self._file, self._readers = file, _Readers()
        self._opened = _identity(file.path)
        self.changes += 1
        self._reads_before += before.file.reads
        return before

    async def delete(self, before: Retired) -> None:
        """Close and delete a file that was changed over from, once nobody reads it."""
        await before.readers.gone()
        await before.file.close()
        if before.file.path != self._file.path:  # else it is gone, and another has its name
            delete(before.file.path)

    def forget_others(self, *, all_of_them: bool = False) -> None:
        """Delete the files that nobody will need: older ones of this code, and all but the newest
        of other code, which a step back to the release before would go on with.

        With `all_of_them` that one goes too, and so does what a rebuild left aside: after an
        erasure, nothing may hold what was erased. And so does all that is in those of the folders
        given to `open` that no process has: nobody else comes to the erasure there.
        """
        others: list[Path] = []
        for path in _names_in(self._folder):
            named = _NAME.fullmatch(path.name)
            if named is None:
                continue
            if named["code"] != self._code:
                others.append(path)
            elif int(named["number"]) < number_of(self._file.path):
                delete(path)
        newest_last = sorted(others, key=lambda path: path.stat().st_mtime_ns)
        for path in newest_last if all_of_them else newest_last[:-1]:
            delete(path)
        if all_of_them:
            forget_aside(self._folder)
            for folder in self._other_folders:
                _forget_all_of(folder)

    async def close(self) -> None:
        """Close the file and let go of the folder. May be called twice."""
        await self._file.close()
        self._lock.release()


class _Identity(NamedTuple):
    device: int
    inode: int
    size: int


def _identity(path: Path) -> _Identity | None:
    """Which file has this name, and its size in bytes; None if there is none."""
    try:
        found = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    return _Identity(found.st_dev, found.st_ino, found.st_size)


async def _open_or_make_anew(path: Path) -> ReadModelFile:
    """The read models in a file of ours; an empty file in its place if it is damaged."""
    try:
        return await ReadModelFile.open(path, create=True)
    except Damaged:
        _logger.warning(
            "%s was damaged or no database, and was deleted: the read models are made anew from "
            "the log",
            path,
        )
        delete(path)
        return await ReadModelFile.open(path, create=True)


@contextlib.asynccontextmanager
async def open_store(folders: Sequence[Path], made_by: str) -> AsyncIterator[Store]:
    """The read models in a folder, closed at the end of the block; see `Store.open`."""
    store = await Store.open(folders, made_by)
    try:
        yield store
    finally:
        await store.close()


def _take_first(folders: Sequence[Path]) -> tuple[Path, LockFile]:
    *others, last = folders
    for folder in others:
        with contextlib.suppress(DatabaseError):
            return folder, _take(folder)
    return last, _take(last)


def _take(folder: Path) -> LockFile:
    return lock_in(
        folder,
        "lock",
        lambda pid: (
            f"the read models in {folder} are process {pid}'s; stop that process first, or "
            "name another folder"
        ),
    )


def lock_in(folder: Path, name: str, told: Callable[[str], str]) -> LockFile:
    """A lock in a folder, which is made.

    Raises DatabaseError if the folder cannot be used, or, with what `told` says of the process
    that holds it, if the lock is held.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return LockFile(folder / name)
    except LockHeld as error:
        raise DatabaseError(told(error.pid)) from error
    except OSError as error:
        raise DatabaseError(
            f"{folder} cannot be written ({error.strerror}); make it a folder that can be written"
        ) from error


def forget_aside(folder: Path, *, but: Path | None = None) -> None:
    """Delete what rebuilds left in a folder, or were cut off in; nothing while one is under way,
    which comes to every erasure by itself, and does this at its end.
    """
    # Held over all of it: a rebuild that begins meanwhile would lose its file.
    with contextlib.suppress(LockHeld), LockFile(folder / REBUILD_LOCK):
        for path in list(folder.iterdir()):
            if path.suffix in (PART, DIFFERS) and path != but:
                delete(path)


def _forget_all_of(folder: Path) -> None:
    """Delete the read models in a folder, unless a process has it."""
    if not folder.is_dir():
        return
    with (
        contextlib.suppress(LockHeld),
        LockFile(folder / "lock"),
        LockFile(folder / REBUILD_LOCK),
    ):
        for path in list(folder.iterdir()):
            if _NAME.fullmatch(path.name) or path.suffix in (PART, DIFFERS):
                delete(path)


def code_of(made_by: str) -> str:
    """The code's part of a file's name."""
    return hashlib.sha256(made_by.encode()).hexdigest()[:12]


def numbered(folder: Path, code: str, number: int) -> Path:
    """The path of a file of read models."""
    return folder / f"{code}-{number:04}.db"


def newest_of(folder: Path, code: str) -> Path | None:
    """The file of this code with the highest number; None if there is none, or no such folder."""
    found = [
        (int(named["number"]), path)
        for path in _names_in(folder)
        if (named := _NAME.fullmatch(path.name)) and named["code"] == code
    ]
    return max(found)[1] if found else None


def _names_in(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return []


def number_of(path: Path) -> int:
    """The number in a file's name."""
    named = _NAME.fullmatch(path.name)
    assert named is not None
    return int(named["number"])


def delete(path: Path) -> None:
    """Delete a file of read models and what SQLite and its lock have left beside it."""
    for ending in ("", "-wal", "-shm", ".lock"):
        path.with_name(path.name + ending).unlink(missing_ok=True)
