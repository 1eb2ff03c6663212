"""Servers in processes of their own, on one core, while the client has another.

A server with threads, such as Node's compiler and collector, has that one core for all of them. A
machine with one core, or a system that cannot say who runs where, leaves both to its scheduler.
"""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import msgspec

ROOT = Path(__file__).parents[1]
NODE = Path(__file__).parent / "peers" / "node"
_START_BOUND_S = 60.0
_STOP_BOUND_S = 20.0


class NotStarted(Exception):  # noqa: N818 - a server is at fault
    """A server that did not come up; the message is what it wrote."""


@contextmanager
def on_core(place: int) -> Iterator[None]:
    """Have this thread, and the processes that it starts, on the core at this place in the list."""
    if not hasattr(os, "sched_setaffinity") or len(os.sched_getaffinity(0)) < 2:
        yield
        return
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {sorted(cores)[place]})
    try:
        yield
    finally:
        os.sched_setaffinity(0, cores)


def servers_core() -> AbstractContextManager[None]:
    """The core that every server has."""
    return on_core(0)


def clients_core() -> AbstractContextManager[None]:
    """The core that the client has."""
    return on_core(-1)


@contextmanager
def started(program: Sequence[str]) -> Iterator[int]:
    """A program that serves on 127.0.0.1 and prints its port first. Raises NotStarted."""
    with servers_core():
        process = subprocess.Popen(
            program,
            cwd=ROOT,
            env=os.environ | {"PYTHONPATH": str(ROOT), "NODE_ENV": "production"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
    watchdog = threading.Timer(_START_BOUND_S, process.kill)
    watchdog.start()
    try:
        assert process.stdout is not None
        told = process.stdout.readline()
        watchdog.cancel()
        if not told.strip().isdigit():
            process.kill()
            raise NotStarted(f"{' '.join(program)}: {told}{process.communicate()[1]}")
        yield int(told)
    finally:
        watchdog.cancel()
        process.terminate()
        try:
            process.communicate(timeout=_STOP_BOUND_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()


def python(peer: str, *arguments: str) -> list[str]:
    """The program of a peer in Python."""
    return [sys.executable, "-m", f"benchmarks.peers.{peer}", *arguments]


def node(script: str, *arguments: str) -> list[str]:
    """The program of a peer in JavaScript. Raises NotStarted if its packages are missing."""
    if not (NODE / "node_modules").is_dir():
        raise NotStarted("the peers in JavaScript are not installed: run `make bench`")
    return ["node", str(NODE / script), *arguments]


def versions() -> str:
    """Of Node, and of its packages that are compared."""
    told = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True)
    names = sorted(msgspec.json.decode((NODE / "package.json").read_bytes())["dependencies"])
    found = {
        name: msgspec.json.decode((NODE / "node_modules" / name / "package.json").read_bytes())
        for name in names
    }
    packages = (f"{name} {package['version']}" for name, package in found.items())
    return ", ".join((f"Node.js {told.stdout.strip()}", *packages))
