"""The lock file: what it says, and that it is never removed."""

import errno
import os
from pathlib import Path

import pytest

from graphql_brief.log.lockfile import LockFile, LockHeld


def test_it_says_who_holds_it(tmp_path: Path) -> None:
    """The holder's process id and nothing of those before it, which may have been killed."""
    path = tmp_path / "brief.db.lock"
    path.write_text("12345678901234567890\n")
    lock = LockFile(path)
    assert path.read_text() == f"{os.getpid()}\n"
    with pytest.raises(LockHeld) as caught:
        LockFile(path)
    assert caught.value.pid == str(os.getpid())
    lock.release()


def test_a_released_lock_can_be_taken_again(tmp_path: Path) -> None:
    """The file stays, and names nobody."""
    path = tmp_path / "brief.db.lock"
    LockFile(path).release()
    assert path.read_text() == ""
    LockFile(path).release()


def test_a_holder_that_has_not_yet_said_who_it_is(tmp_path: Path) -> None:
    """Between taking the lock and writing the id, nobody is named wrongly."""
    path = tmp_path / "brief.db.lock"
    lock = LockFile(path)
    path.write_text("")
    with pytest.raises(LockHeld, match=r"process \?"):
        LockFile(path)
    lock.release()


def test_a_lock_that_cannot_be_made(tmp_path: Path) -> None:
    """The folder is missing."""
    with pytest.raises(FileNotFoundError):
        LockFile(tmp_path / "missing" / "brief.db.lock")


def test_released_twice(tmp_path: Path) -> None:
    """The file that has the number of the lock's by then is left alone."""
    lock = LockFile(tmp_path / "brief.db.lock")
    lock.release()
    other = tmp_path / "other"
    with other.open("w") as file:
        file.write("kept")
        file.flush()
        lock.release()
        file.write(" whole")
    assert other.read_text() == "kept whole"


def test_a_lock_that_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is let go of: who comes next can take it."""
    path = tmp_path / "brief.db.lock"

    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, "no space")

    with monkeypatch.context() as patched:
        patched.setattr(os, "pwrite", full)
        with pytest.raises(OSError, match="no space"):
            LockFile(path)
    LockFile(path).release()
