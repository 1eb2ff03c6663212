"""Processes that do the work and may be lost: forked from one that has imported everything.

So a process begins in milliseconds, and hundreds can be lost. `Nursery` is the side of the tests;
the module itself, run with `-m`, is the one that forks. It has no thread, and so may fork safely.
"""

import logging
import os
import select
import signal
import subprocess
import sys
import traceback
from pathlib import Path
from types import TracebackType
from typing import Self

import alembic.command  # noqa: F401 - half a second that each process would take by itself
import msgspec

from tests.faults.vfs import NoShim
from tests.faults.work import do
from tests.faults.worker import Came, Plan

TIMEOUT_S = 120.0
"""Long enough for the slowest machine; reached only by a process that hangs."""
ROOT = Path(__file__).parents[2]


class Order(msgspec.Struct, frozen=True):
    """A process to begin."""

    plan: Plan
    kill_after_s: float | None


class Report(msgspec.Struct, frozen=True):
    """How it ended."""

    killed: bool
    came: Came | None
    """None if it did not come to its end."""
    trouble: str | None
    """What no plan asked for: a traceback, a process that hung, or no way to run here."""


class Trouble(Exception):  # noqa: N818 - says what a process met
    """A process ended as no plan asked for."""


class Nursery:
    """One process that forks; ended with the block."""

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [sys.executable, "-m", __name__],
            cwd=ROOT,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, _: BaseException | None, __: TracebackType | None
    ) -> None:
        self._process.communicate()

    def begin(self, plan: Plan, *, kill_after_s: float | None = None) -> None:
        """Begin a process; it is killed after so many seconds, if it has not ended by then."""
        assert self._process.stdin is not None
        self._process.stdin.write(msgspec.json.encode(Order(plan, kill_after_s)) + b"\n")
        self._process.stdin.flush()

    def end(self) -> Came | None:
        """Wait for the process; None: it was killed. Raises Trouble."""
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise Trouble("the process that forks has ended")
        report = msgspec.json.decode(line, type=Report)
        if report.trouble is not None:
            raise Trouble(report.trouble)
        return report.came

    def run(self, plan: Plan, *, kill_after_s: float | None = None) -> Came | None:
        """Begin a process and wait for it."""
        self.begin(plan, kill_after_s=kill_after_s)
        return self.end()


def _child(plan: Plan, out: int) -> None:
    logging.disable()  # it would tell of the faults that it is there to meet
    try:
        told = Report(False, do(plan), None)
    except NoShim as error:
        told = Report(False, None, str(error))
    except BaseException:  # noqa: BLE001 - whatever it is, the tests must see it
        told = Report(False, None, traceback.format_exc())
    with os.fdopen(out, "wb") as pipe:
        pipe.write(msgspec.json.encode(told))
    os._exit(0)


def _run(order: Order) -> Report:
    source, out = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(source)
        _child(order.plan, out)
    os.close(out)
    timeout_s = TIMEOUT_S if order.kill_after_s is None else order.kill_after_s
    hung = not select.select([source], [], [], timeout_s)[0]
    if hung:
        os.kill(pid, signal.SIGKILL)
    with os.fdopen(source, "rb") as pipe:
        told = pipe.read()
    _, status = os.waitpid(pid, 0)
    if hung and order.kill_after_s is None:
        return Report(True, None, f"hung for {timeout_s:.0f} s: {order.plan}")
    if told and not os.WIFSIGNALED(status):
        return msgspec.json.decode(told, type=Report)
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL:
        return Report(True, None, None)
    return Report(False, None, f"ended with status {status}: {order.plan}")


def main() -> None:
    """Begin a process for each line of input, one after the other, and tell how it ended."""
    for line in sys.stdin.buffer:
        report = _run(msgspec.json.decode(line, type=Order))
        sys.stdout.buffer.write(msgspec.json.encode(report) + b"\n")
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
