"""A real server in a process of its own, for tests that must kill it or talk to its socket."""

import os
import signal
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

ROOT = Path(__file__).parents[2]
START_TIMEOUT_S = 60
STOP_TIMEOUT_S = 20


def run_command(*arguments: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    """`graphql-brief` with these arguments, to its end."""
    return subprocess.run(
        [sys.executable, "-m", "graphql_brief", *arguments],
        cwd=cwd,
        env=_environment(),
        capture_output=True,
        text=True,
        timeout=START_TIMEOUT_S,
        check=False,
    )


def _environment() -> dict[str, str]:
    # Nobody reads stderr while a server runs: the access log would fill the pipe and stop it.
    silent = {"GRAPHQL_BRIEF_ACCESS_LOG": "no"}
    return os.environ | {"PYTHONPATH": str(ROOT), "NO_COLOR": "1"} | silent


@dataclass
class Server:
    """A running `graphql-brief serve` on a free port of 127.0.0.1."""

    process: subprocess.Popen[str]
    url: str
    editor: str
    auditor: str

    @classmethod
    def start(
        cls,
        database: Path | str,
        *arguments: str,
        cwd: Path | None = None,
        module: str = "graphql_brief",
    ) -> "Server":
        """Start it on a file or a URL, and read what it prints until it listens.

        Raises RuntimeError with what it wrote to stderr if it does not.
        """
        url = f"sqlite:///{database}" if isinstance(database, Path) else database
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", module, "serve", "--port", "0"),
                *arguments,
            ],
            cwd=cwd,
            env=_environment() | {"DATABASE_URL": url},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        watchdog = threading.Timer(START_TIMEOUT_S, process.kill)
        watchdog.start()
        told: dict[str, str] = {}
        assert process.stdout is not None
        assert process.stderr is not None
        try:
            for line in process.stdout:
                name, _, value = line.rpartition(" ")
                told[name.strip()] = value.strip()
                if "auditor token" in told:
                    return cls(
                        process, told["GraphQL"], told["editor token"], told["auditor token"]
                    )
        finally:
            watchdog.cancel()
        process.wait(STOP_TIMEOUT_S)
        raise RuntimeError(process.stderr.read())

    @property
    def port(self) -> int:
        """The port that it listens on."""
        return httpx.URL(self.url).port or 0

    def ask(
        self, query: str, variables: dict[str, Any] | None = None, token: str | None = None
    ) -> dict[str, Any]:
        """The data of one answer; a GraphQL error fails the test."""
        headers = {"authorization": f"Bearer {token}"} if token else {}
        answer = httpx.post(
            self.url, json={"query": query, "variables": variables}, headers=headers, timeout=30
        ).json()
        assert "errors" not in answer, answer
        data: dict[str, Any] = answer["data"]
        return data

    def kill(self) -> None:
        """End it at once, as a crash does."""
        self.process.send_signal(signal.SIGKILL)
        self._close()

    def stop(self) -> str:
        """End it as an operator does; gives what it wrote to stderr."""
        self.process.send_signal(signal.SIGTERM)
        return self._close()

    def _close(self) -> str:
        try:
            _, errors = self.process.communicate(timeout=STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise
        return errors
