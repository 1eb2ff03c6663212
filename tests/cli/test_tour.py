"""The README's tour, as written, against a running server."""

import json
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

import pytest

from tests.cli.server import ROOT, Server

TIMEOUT_S = 60
BLOCK = re.compile(
    r"^```sh tour(?P<background> background)?\n(?P<script>.*?)^```$", re.MULTILINE | re.DOTALL
)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """The server that `make run` starts, on another port and database."""
    running = Server.start(tmp_path / "brief.db", "--fixtures", str(ROOT / "fixtures"))
    yield running
    assert running.stop() == ""


def blocks() -> list[tuple[str, bool]]:
    """The tour's scripts, and whether each stays open in a terminal of its own."""
    found = BLOCK.finditer((ROOT / "README.md").read_text())
    return [(block["script"], block["background"] is not None) for block in found]


def start(script: str, server: Server, database: Path) -> subprocess.Popen[str]:
    """The script in a shell, with this machine's paths and the test's port."""
    script = script.replace("127.0.0.1:8000", f"127.0.0.1:{server.port}")
    script = script.replace(".venv/bin/", f"{Path(sys.executable).parent}/")
    script = script.replace("--transport websockets", "--transport websockets --debug")
    return subprocess.Popen(
        ["sh", "-ec", script],
        cwd=ROOT,
        env=os.environ | {"DATABASE_URL": f"sqlite:///{database}"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def end(process: subprocess.Popen[str]) -> None:
    """End the shell and what it started, and no other process."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def wait_for(stream: IO[str] | None, word: str) -> None:
    """Read until a line has the word."""
    assert stream is not None
    for line in stream:
        if word in line:
            return
    raise AssertionError(f"the stream ended before {word!r}")


def test_tour(server: Server, tmp_path: Path) -> None:
    """Every block runs; the open subscription shows the edit; the past stays as it was."""
    database = tmp_path / "brief.db"
    answers: list[Any] = []
    open_terminals = []
    for script, background in blocks():
        process = start(script, server, database)
        watchdog = threading.Timer(TIMEOUT_S, end, [process])
        watchdog.start()
        if background:
            wait_for(process.stderr, '"type": "subscribe"')
            open_terminals.append((process, watchdog))
            continue
        out, errors = process.communicate()
        watchdog.cancel()
        assert process.returncode == 0, errors
        answers.append(json.loads(out))
    page, edited, refused, past, history = answers
    assert len(page["brief"]["indicators"]) == 4
    assert len(page["brief"]["people"]) == 2
    assert len(page["brief"]["organizations"]) == 3
    assert len(page["brief"]["scenarios"]) == 4
    assert len(page["brief"]["precedents"]) == 3
    assert len(page["brief"]["sources"]) == 12
    done = edited["editBrief"]
    assert done["userErrors"] == []
    assert done["brief"]["version"] == page["brief"]["version"] + 2
    assert done["brief"]["latestDevelopment"]["headline"] == "Washington counts its troops in Erbil"
    (error,) = refused["editBrief"]["userErrors"]
    assert error["code"] == "INVALID_DATE"
    assert error["path"] == ["input", "edits", "0", "addDevelopment", "date"]
    assert past["brief"]["version"] < page["brief"]["version"]
    newest = history["brief"]["history"]["edges"][0]["node"]
    assert newest["actor"] == "editor-tour"
    assert newest["version"] == done["brief"]["version"]
    ((subscription, watchdog),) = open_terminals
    assert subscription.stdout is not None
    update = json.loads(subscription.stdout.readline())["briefUpdates"]
    end(subscription)
    watchdog.cancel()
    subscription.communicate()
    assert update["version"] == done["brief"]["version"]
    assert [change["key"] for change in update["changes"]] == ["tour", "erbil-count"]
