"""The disk as a power loss leaves it: what was synced, and of the rest no matter what.

A write that was not synced may be there, be missing, or be there in some of its sectors, whatever
became of those before and after it. A name that was made or removed may be so or not, until its
folder is synced. This is harsher than any file system is, and what SQLite promises to survive.
"""

import random
from collections.abc import Callable

from tests.faults.trace import (
    Create,
    Delete,
    LostSync,
    Mark,
    Operation,
    Rename,
    Sync,
    Truncate,
    Write,
)
from tests.faults.vfs import SECTOR_BYTES

Survives = Callable[[], bool]
"""Whether the next sector made it to the disk."""


class _Content:
    """One file, whatever its name is by now."""

    def __init__(self, data: bytes = b"") -> None:
        self.durable = bytearray(data)
        self.pending: list[tuple[int, Write | Truncate]] = []


class Disk:
    """The files of one folder, after the operations that were applied."""

    def __init__(self, files: dict[str, bytes]) -> None:
        """`files` are on the disk already."""
        self._names = {path: _Content(data) for path, data in files.items()}
        self._durable_names = dict(self._names)
        self._place = 0

    def apply(self, operation: Operation, rng: random.Random) -> None:
        """One more operation; `rng` decides what a failed sync has lost."""
        match operation:
            case Create(path):
                self._names[path] = _Content()
            case Write(path) | Truncate(path):
                self._names[path].pending.append((self._place, operation))
            case Sync(path, began, folder):
                self._sync(self._names[path], began)
                if folder:
                    self._durable_names = dict(self._names)
            case LostSync(path):
                content = self._names[path]
                _settle(content.durable, content.pending, _coin(rng, 0.5))
                content.pending.clear()
            case Rename(path, to):
                if path in self._names:
                    self._names[to] = self._names.pop(path)
            case Delete(path, folder):
                self._names.pop(path, None)
                if folder:
                    self._durable_names = dict(self._names)
            case Mark():
                pass
        self._place += 1

    def _sync(self, content: _Content, began: int) -> None:
        synced = [entry for entry in content.pending if entry[0] < began]
        _settle(content.durable, synced, lambda: True)
        del content.pending[: len(synced)]

    @property
    def unsynced(self) -> bool:
        """Whether there is anything to lose."""
        if self._names != self._durable_names:
            return True
        return any(content.pending for content in self._names.values())

    def files(self) -> dict[str, bytes]:
        """The files as they are while the power is on."""
        found = {}
        for path, content in self._names.items():
            data = bytearray(content.durable)
            _settle(data, content.pending, lambda: True)
            found[path] = bytes(data)
        return found

    def after_power_loss(self, rng: random.Random) -> dict[str, bytes]:
        """The files as they may be found: one of very many ways."""
        survives = _survival(rng)
        files = {}
        for path in sorted(self._names | self._durable_names):
            durable, newest = self._durable_names.get(path), self._names.get(path)
            content = newest if newest is durable or survives() else durable
            if content is not None:
                data = bytearray(content.durable)
                _settle(data, content.pending, survives)
                files[path] = bytes(data)
        return files


def _survival(rng: random.Random) -> Survives:
    """One of several ways to lose things: all, none, or each by a coin of some weight."""
    way = rng.randrange(6)
    if way == 0:
        return lambda: False
    if way == 1:
        return lambda: True
    return _coin(rng, (0.1, 0.5, 0.9, 0.98)[way - 2])


def _coin(rng: random.Random, weight: float) -> Survives:
    return lambda: rng.random() < weight


def _settle(
    data: bytearray, pending: list[tuple[int, Write | Truncate]], survives: Survives
) -> None:
    """Bring those parts of pending operations to a file's bytes that survive, in order."""
    for _, operation in pending:
        match operation:
            case Truncate(_, size):
                if survives():
                    del data[size:]
                    data.extend(bytes(size - len(data)))
            case Write(_, offset, written):
                begin = 0
                while begin < len(written):
                    # Sectors lie at multiples of their size in the file, not in the write.
                    end = min(len(written), begin + SECTOR_BYTES - (offset + begin) % SECTOR_BYTES)
                    if survives():
                        reach = offset + end
                        data.extend(bytes(max(0, reach - len(data))))
                        data[offset + begin : reach] = written[begin:end]
                    begin = end
