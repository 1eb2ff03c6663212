"""The list of what was erased, in a file beside the database: for who restores a backup.

A backup from before an erasure holds what was erased. Whoever restores it must erase it again, and
a log that is lost cannot say what. So each node keeps this list where its data is, outside of all
backups: it holds no word of what was erased, only which event it was, on what ground, and in which
case. It is derived from the log, and made whole at each start.

One line of JSON each: `kept`, that the list is of this log too; `erased`, a body.
"""

import asyncio
import fcntl
import logging
import os
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec

from graphql_brief.domain.events import BodyErased
from graphql_brief.domain.vocabulary import Basis, Significance
from graphql_brief.log.envelope import decode_header, time_text
from graphql_brief.log.inspection import Erasure, erasures_of, head_of, open_rows
from graphql_brief.log.port import DatabaseError, EventLog, LogBroken, Recorded

_logger = logging.getLogger(__name__)


class ErasureListError(Exception):
    """A list of erasures that cannot be read or written; the message says what to do."""


class Kept(msgspec.Struct, frozen=True, kw_only=True, tag="kept", tag_field="line"):
    """The list holds all that was erased in the log of this origin, be it nothing."""

    origin: str


class Entry(
    msgspec.Struct, frozen=True, kw_only=True, tag="erased", tag_field="line", rename="camel"
):
    """One body that was erased."""

    origin: str
    position: int
    leaf_hash: str
    """Hex: which event it was, whatever comes to stand at its position."""
    erased_by: int
    """The position of the event that says so."""
    recorded_at: str
    actor: str
    significance: Significance
    basis: Basis
    case_reference: str


_decoder = msgspec.json.Decoder(Kept | Entry)


class Erasures(msgspec.Struct, frozen=True):
    """What a list holds."""

    origins: frozenset[str]
    """The logs that it is of."""
    entries: tuple[Entry, ...]
    """Each body once."""


def entry_of(erasure: Erasure) -> Entry:
    """What a log says of an erasure, as the list keeps it."""
    header = decode_header(erasure.header)
    return Entry(
        origin=header.origin,
        position=erasure.position,
        leaf_hash=erasure.leaf_hash.hex(),
        erased_by=erasure.erased_by,
        recorded_at=header.recorded_at,
        actor=header.actor,
        significance=header.significance,
        basis=erasure.by.basis,
        case_reference=erasure.by.case_reference,
    )


def read_list(path: Path) -> Erasures:
    """What is in a list. Raises ErasureListError."""
    try:
        lines = path.read_bytes().splitlines()
    except OSError as error:
        raise ErasureListError(f"{path} cannot be read: {error.strerror}") from error
    found: dict[str, Entry] = {}
    origins: set[str] = set()
    for number, line in enumerate(lines, 1):
        try:
            read = _decoder.decode(line)
        except msgspec.DecodeError as error:
            raise ErasureListError(
                f"{path}, line {number}, is damaged: {error}; take what was erased from the log "
                "itself, or mend the line"
            ) from error
        origins.add(read.origin)
        if isinstance(read, Entry):
            found.setdefault(read.leaf_hash, read)
    return Erasures(frozenset(origins), tuple(found.values()))


def add_to_list(path: Path, origin: str, entries: Iterable[Entry]) -> int:
    """Add to the list of a log what is not in it yet, synced to disk; how many that were.

    A missing list is begun. A last line that a crash has torn is cut off: it is of an erasure
    that the log knows. Raises ErasureListError.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX)  # several nodes of a machine may keep one list
            _cut_torn_line(fd)
            before = read_list(path)
            known = {entry.leaf_hash for entry in before.entries}
            fresh = {e.leaf_hash: e for e in entries if e.leaf_hash not in known}
            begun = [] if origin in before.origins else [Kept(origin=origin)]
            if begun or fresh:
                lines = (msgspec.json.encode(line) + b"\n" for line in (*begun, *fresh.values()))
                _write_all(fd, b"".join(lines))
                os.fsync(fd)
        finally:
            os.close(fd)
        sync_folder(path.parent)
    except OSError as error:
        raise ErasureListError(
            f"{path}, the list of what was erased, cannot be written: {error.strerror}"
        ) from error
    return len(fresh)


def sync_folder(folder: Path) -> None:
    """Have the names in a folder survive a power failure."""
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def _cut_torn_line(fd: int) -> None:
    size = os.fstat(fd).st_size
    content = os.pread(fd, size, 0)
    whole = content.rfind(b"\n") + 1
    if whole < size:
        os.ftruncate(fd, whole)


def _write_all(fd: int, content: bytes) -> None:
    while content:
        content = content[os.write(fd, content) :]


class _Keeper:
    """Writes to the list what is erased, as it is."""

    def __init__(self, log: EventLog, path: Path) -> None:
        self._log = log
        self._path = path
        self._writing: set[asyncio.Task[None]] = set()
        self._turn = asyncio.Lock()
        self._closed = False

    def hear(self, commit: Sequence[Recorded]) -> None:
        """Take in a commit; what it erases is written behind it."""
        by = [recorded for recorded in commit if isinstance(recorded.event, BodyErased)]
        if not by or self._closed:
            return
        task = asyncio.get_running_loop().create_task(self._note(by))
        self._writing.add(task)
        task.add_done_callback(self._writing.discard)

    async def _note(self, commit: Sequence[Recorded]) -> None:
        try:
            entries = [await self._entry(recorded) for recorded in commit]
            async with self._turn:
                await asyncio.to_thread(add_to_list, self._path, self._log.origin, entries)
        except (ErasureListError, DatabaseError, LogBroken):
            _logger.critical(
                "%s lacks what was erased; the next start adds it", self._path, exc_info=True
            )

    async def _entry(self, recorded: Recorded) -> Entry:
        by = recorded.event
        assert isinstance(by, BodyErased)
        (erased,) = await self._log.read_stream(
            recorded.stream, after_version=by.version - 1, up_to_version=by.version, limit=1
        )
        return Entry(
            origin=self._log.origin,
            position=erased.position,
            leaf_hash=erased.leaf_hash.hex(),
            erased_by=recorded.position,
            recorded_at=time_text(recorded.recorded_at),
            actor=recorded.actor,
            significance=recorded.significance,
            basis=by.basis,
            case_reference=by.case_reference,
        )

    async def close(self) -> None:
        """Finish what is being written."""
        self._closed = True
        await asyncio.gather(*self._writing)


@asynccontextmanager
async def keep_list(log: EventLog, url: str, path: Path) -> AsyncIterator[None]:
    """Keep the list of a log, which is in the database at `url`, for as long as the block runs.

    It is made whole from the log first. Raises ErasureListError if it cannot be.
    """
    keeper = _Keeper(log, path)
    log.on_commit(keeper.hear)  # first: what is erased meanwhile is then written twice, not never
    await complete_list(url, path)
    try:
        yield
    finally:
        await keeper.close()


async def complete_list(url: str, path: Path) -> int:
    """Add to a list what the log at `url` says was erased and it does not; how many that were."""
    async with open_rows(url) as database:
        origin = (await head_of(database)).origin
        entries = [entry_of(erasure) for erasure in await erasures_of(database)]
    return await asyncio.to_thread(add_to_list, path, origin, entries)
