"""A file that says which process writes a database. The kernel drops the lock with the process."""

import fcntl
import os
from pathlib import Path


class LockHeld(Exception):  # noqa: N818 - says what is so; nobody need be at fault
    """Another opener holds the lock."""

    def __init__(self, pid: str) -> None:
        super().__init__(f"held by process {pid}")
        self.pid = pid
        """Its process id, or "?" if it has not written it yet."""


class LockFile:
    """An exclusive `flock` on a file, held until `release` or the end of the process."""

    def __init__(self, path: Path) -> None:
        """Take the lock. Raises LockHeld; OSError if the file cannot be made or opened."""
        fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.ftruncate(fd, 0)
            os.pwrite(fd, f"{os.getpid()}\n".encode(), 0)
        except BlockingIOError as error:
            pid = os.pread(fd, 32, 0).decode("ascii", "replace").strip()
            os.close(fd)
            raise LockHeld(pid or "?") from error
        except BaseException:
            os.close(fd)
            raise
        self._fd: int | None = fd

    def __enter__(self) -> "LockFile":
        return self

    def __exit__(self, *_: object) -> None:
        self.release()

    def release(self) -> None:
        """Let go of the lock. May be called twice.

        The file stays: if it were removed, one process could hold the lock of the removed file
        while another one holds that of a new file of the same name.
        """
        # Forgotten first: the number is soon that of another file, which would be cut to nothing.
        fd, self._fd = self._fd, None
        if fd is None:
            return
        try:
            os.ftruncate(fd, 0)
        finally:
            os.close(fd)


def holder_of(path: Path) -> str | None:
    """The process that holds a lock, or "?"; None if nobody does, or there is no such file."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    try:
        # Shared, and let go of at once: who comes for the lock in this very moment is refused.
        fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return os.pread(fd, 32, 0).decode("ascii", "replace").strip() or "?"
    else:
        return None
    finally:
        os.close(fd)
