"""SQLite's own file system with a few of its methods replaced: it records, and it strikes.

Registered as the default in the very library that Python's `sqlite3` is linked to, so that what
is under test needs to know nothing of it. SQLite's file objects stay what they are: once the real
`xOpen` has made one, its method table is exchanged for a copy in which writing, truncating,
syncing and closing go through here. All else, locks and shared memory among it, is SQLite's own.

The methods run in whichever thread SQLite works in; ctypes takes the interpreter's lock for them.
"""

import _sqlite3
import ctypes
import os
import signal
import sys
from collections import Counter
from ctypes import CFUNCTYPE, POINTER, Structure, c_char_p, c_int, c_int64, c_void_p
from typing import Any, Literal, NoReturn

from msgspec import Struct

from tests.faults.trace import (
    KINDS,
    Create,
    Delete,
    Kind,
    LostSync,
    Mark,
    Operation,
    Rename,
    Sync,
    Truncate,
    Write,
)

SECTOR_BYTES = 512
"""What a disk writes whole or not at all."""

_OK = 0
_FULL = 13
_CANTOPEN = 14
_IOERR: dict[Kind, int] = {
    "create": _CANTOPEN,
    "write": 10 | 3 << 8,
    "truncate": 10 | 6 << 8,
    "sync": 10 | 4 << 8,
    "rename": 0,
    "delete": 10 | 10 << 8,
}
_OPEN_READONLY, _OPEN_READWRITE, _OPEN_CREATE = 0x1, 0x2, 0x4
_OPEN_JOURNALS = 0x800 | 0x4000 | 0x80000
"""A rollback journal, a super-journal, a write-ahead log: with their first sync goes their name."""

_XOPEN = CFUNCTYPE(c_int, c_void_p, c_void_p, c_void_p, c_int, POINTER(c_int))
_XDELETE = CFUNCTYPE(c_int, c_void_p, c_char_p, c_int)
_XCLOSE = CFUNCTYPE(c_int, c_void_p)
_XWRITE = CFUNCTYPE(c_int, c_void_p, c_void_p, c_int, c_int64)
_XTRUNCATE = CFUNCTYPE(c_int, c_void_p, c_int64)
_XSYNC = CFUNCTYPE(c_int, c_void_p, c_int)


class _Vfs(Structure):
    """`sqlite3_vfs`, version 3."""

    _fields_ = (
        ("iVersion", c_int),
        ("szOsFile", c_int),
        ("mxPathname", c_int),
        ("pNext", c_void_p),
        ("zName", c_char_p),
        ("pAppData", c_void_p),
        ("xOpen", _XOPEN),
        ("xDelete", _XDELETE),
        *((name, c_void_p) for name in ("xAccess", "xFullPathname")),
        *((name, c_void_p) for name in ("xDlOpen", "xDlError", "xDlSym", "xDlClose")),
        *((name, c_void_p) for name in ("xRandomness", "xSleep", "xCurrentTime", "xGetLastError")),
        *((name, c_void_p) for name in ("xCurrentTimeInt64",)),
        *((name, c_void_p) for name in ("xSetSystemCall", "xGetSystemCall", "xNextSystemCall")),
    )


class _Methods(Structure):
    """`sqlite3_io_methods`, version 2: without memory mapping, which would bypass `xWrite`."""

    _fields_ = (
        ("iVersion", c_int),
        ("xClose", _XCLOSE),
        ("xRead", c_void_p),
        ("xWrite", _XWRITE),
        ("xTruncate", _XTRUNCATE),
        ("xSync", _XSYNC),
        *((name, c_void_p) for name in ("xFileSize", "xLock", "xUnlock", "xCheckReservedLock")),
        *((name, c_void_p) for name in ("xFileControl", "xSectorSize", "xDeviceCharacteristics")),
        *((name, c_void_p) for name in ("xShmMap", "xShmLock", "xShmBarrier", "xShmUnmap")),
    )


class NoShim(Exception):  # noqa: N818 - says what there is not
    """The file system cannot be put under SQLite here; the message says why."""


Strikes = Literal["kill", "tear", "sent", "full", "io-error", "read-only"]


class Strike(Struct, frozen=True, kw_only=True):
    """What happens, and on which operation."""

    do: Strikes
    """kill: the process ends before the operation. tear: it ends when half of the operation's
    bytes are written. sent, of a message alone: it ends when the message is sent, before there can
    be an answer. The others: the operation fails so."""
    at: int
    """The place of the operation among those counted, from 1; 0: nothing ever happens."""
    on: tuple[Kind, ...] = KINDS
    """Which operations are counted."""
    times: int = 1
    """On how many operations from there on it fails; 0: on all."""
    text: str = ""
    """Of messages, only those with this text are counted."""


NEVER = Strike(do="kill", at=0)


class _File:
    """An open file: its path, its own methods, and what its next sync means."""

    def __init__(self, path: str, methods: _Methods, folder: bool) -> None:
        self.path = path
        self.methods = methods
        self.folder = folder


class Shim:
    """The file system, under every SQLite connection that this process opens from here on."""

    def __init__(self, strike: Strike = NEVER, *, recording: bool = False) -> None:
        """Raises NoShim if SQLite cannot be reached, or runs already on another file system."""
        self.trace: list[Operation] = []
        self.counted: Counter[Kind] = Counter()
        """How many operations there were while it was armed."""
        self.struck = False
        self._strike = strike
        self._armed = False
        self._seen = 0
        self._recording = recording
        self._files: dict[int, _File] = {}
        self._tables: dict[int, tuple[_Methods, _Methods]] = {}
        self._real, self._own = self._register()
        sys.addaudithook(self._see)

    def _register(self) -> tuple[_Vfs, _Vfs]:
        # The handle of the extension, or of the program that it is a part of: its symbols are
        # those of the SQLite that it calls, be that a shared library or built in.
        try:
            sqlite = ctypes.CDLL(getattr(_sqlite3, "__file__", None))
            find, register = sqlite.sqlite3_vfs_find, sqlite.sqlite3_vfs_register
        except (AttributeError, OSError) as error:
            raise NoShim(
                "faults cannot be put under SQLite here, because this Python's sqlite3 module "
                f"hides the SQLite that it is made with ({error}); use a Python whose sqlite3 "
                "is linked to the system's libsqlite3, such as the distribution's own"
            ) from error
        sqlite.sqlite3_initialize()
        find.restype = POINTER(_Vfs)
        real: _Vfs = find(None).contents
        if real.iVersion < 3 or real.zName != b"unix":
            raise NoShim(
                f"faults cannot be put under SQLite's file system {real.zName!r} of version "
                f"{real.iVersion}; they are made for 'unix' of version 3"
            )
        own = _Vfs.from_buffer_copy(real)
        own.zName = b"faults"
        own.pNext = None
        own.xOpen = _XOPEN(self._open)
        own.xDelete = _XDELETE(self._delete)
        # What a callback raises, SQLite would take for success.
        sys.unraisablehook = _end
        if register(ctypes.byref(own), 1) != _OK:
            raise NoShim("SQLite refused another file system")
        return real, own

    def _see(self, event: str, arguments: tuple[Any, ...]) -> None:
        """What Python itself is about to do to a name: it can be killed there, but not refused."""
        if event == "os.rename":
            self._refusal("rename")
            self._record(Rename(*map(os.fspath, arguments[:2])))
        elif event == "os.remove":
            self._refusal("delete")
            self._record(Delete(os.fspath(arguments[0]), folder=False))

    @property
    def operations(self) -> int:
        """How many of those were counted that could be struck."""
        return sum(self.counted[kind] for kind in self._strike.on)

    def arm(self) -> None:
        """Count operations from here on."""
        self._armed = True

    def disarm(self) -> None:
        """Count no more: nothing strikes from here on."""
        self._armed = False

    def mark(self, line: bytes) -> None:
        """Put a line of the journal in its place among the operations."""
        self._record(Mark(line))

    def _record(self, operation: Operation) -> None:
        if self._recording:
            self.trace.append(operation)

    def _refusal(self, kind: Kind) -> int:
        """Strike, if it is time: does not return if the process is to end, else gives the code."""
        if not self._armed:
            return _OK
        self.counted[kind] += 1
        strike = self._strike
        if kind not in strike.on or not strike.at:
            return _OK
        self._seen += 1
        if self._seen < strike.at or (strike.times and self._seen >= strike.at + strike.times):
            return _OK
        self.struck = True
        if strike.do == "kill" or (strike.do == "tear" and kind != "write"):
            _kill()
        if strike.do == "tear":
            return _OK
        if strike.do == "full":
            return _FULL if kind in ("write", "create") else _OK
        return _IOERR[kind]

    def _tears(self) -> bool:
        return self._armed and self._strike.do == "tear" and self._seen == self._strike.at > 0

    def _open(self, _: Any, name: int | None, file: int, flags: int, out_flags: Any) -> int:
        if name is None:  # a temporary file, which nobody looks for after the process
            return int(self._real.xOpen(ctypes.byref(self._real), name, file, flags, out_flags))
        path = os.fsdecode(ctypes.string_at(name))
        begun = not os.path.exists(path)  # noqa: PTH110 - in each open; a Path costs more
        if begun and flags & _OPEN_CREATE:
            refused = self._refusal("create")
            if refused:
                return refused
        elif self._is_read_only() and flags & _OPEN_READWRITE:
            flags = flags & ~(_OPEN_READWRITE | _OPEN_CREATE) | _OPEN_READONLY
        result = int(self._real.xOpen(ctypes.byref(self._real), name, file, flags, out_flags))
        if result == _OK:
            methods = c_void_p.from_address(file)
            assert methods.value is not None
            real, own = self._table(methods.value)
            folder = bool(flags & _OPEN_JOURNALS and flags & _OPEN_CREATE)
            self._files[file] = _File(path, real, folder)
            methods.value = ctypes.addressof(own)
            if begun:
                self._record(Create(path))
        return result

    def _is_read_only(self) -> bool:
        strike = self._strike
        return self._armed and strike.do == "read-only" and self._seen + 1 >= strike.at > 0

    def _table(self, address: int) -> tuple[_Methods, _Methods]:
        """A method table of SQLite's, and the copy that comes here."""
        if address not in self._tables:
            real = _Methods.from_address(address)
            if real.iVersion < 2:
                raise NoShim("a file of SQLite's without shared memory")
            own = _Methods.from_buffer_copy(real)
            own.iVersion = 2
            own.xClose = _XCLOSE(self._close)
            own.xWrite = _XWRITE(self._write)
            own.xTruncate = _XTRUNCATE(self._truncate)
            own.xSync = _XSYNC(self._sync)
            self._tables[address] = real, own
        return self._tables[address]

    def _close(self, file: int) -> int:
        return int(self._files.pop(file).methods.xClose(file))

    def _write(self, file: int, data: int, size: int, offset: int) -> int:
        opened = self._files[file]
        refused = self._refusal("write")
        if refused:
            return refused
        if self._tears():
            half = size // 2 // SECTOR_BYTES * SECTOR_BYTES or size // 2
            opened.methods.xWrite(file, data, half, offset)
            _kill()
        if self._recording:
            self._record(Write(opened.path, offset, ctypes.string_at(data, size)))
        return int(opened.methods.xWrite(file, data, size, offset))

    def _truncate(self, file: int, size: int) -> int:
        opened = self._files[file]
        refused = self._refusal("truncate")
        if refused:
            return refused
        self._record(Truncate(opened.path, size))
        return int(opened.methods.xTruncate(file, size))

    def _sync(self, file: int, flags: int) -> int:
        opened = self._files[file]
        refused = self._refusal("sync")
        if refused:
            self._record(LostSync(opened.path))
            return refused
        began = len(self.trace)
        result = int(opened.methods.xSync(file, flags))
        if result == _OK:
            self._record(Sync(opened.path, began, opened.folder))
            opened.folder = False
        return result

    def _delete(self, _: Any, name: bytes, folder: int) -> int:
        refused = self._refusal("delete")
        if refused:
            return refused
        result = int(self._real.xDelete(ctypes.byref(self._real), name, folder))
        if result == _OK:
            self._record(Delete(os.fsdecode(name), bool(folder)))
        return result


def _kill() -> NoReturn:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("SIGKILL came back")


def _end(unraisable: Any) -> None:
    sys.__unraisablehook__(unraisable)
    os._exit(70)
