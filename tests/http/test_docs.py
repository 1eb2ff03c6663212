"""docs/http.md says what the code does."""

import json
import os
import re
import signal
import subprocess
import threading
from contextlib import suppress
from pathlib import Path

import pytest

from graphql_brief.api import limits
from graphql_brief.api.measure import NESTING_BOUND
from graphql_brief.http.documents import MET_BOUND_BYTES
from graphql_brief.http.protocol import HEAD_BOUND_BYTES, PIPELINE_BOUND
from graphql_brief.http.replies import FINAL_GOOD_FOR_S
from graphql_brief.http.server import WEBSOCKET_MESSAGE_BOUND_BYTES
from graphql_brief.http.settings import HttpSettings
from graphql_brief.http.sockets import SUBSCRIPTIONS_BOUND
from graphql_brief.http.statuses import Fate
from tests.cli.server import ROOT, Server, run_command
from tests.http.application import Application
from tests.http.test_websocket import EDIT

TIMEOUT_S = 30
TEXT = (ROOT / "docs" / "http.md").read_text()


def columns(heading: str) -> list[list[str]]:
    """The table under a heading, by rows, without its head."""
    _, _, after = TEXT.partition(f"\n## {heading}\n")
    section, _, _ = after.partition("\n## ")
    lines = [line.strip("|").split("|") for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in cells] for cells in lines[2:]]


def test_the_limits() -> None:
    """The bounds are those of the settings and of the code."""
    settings = HttpSettings()
    assert [int(bound.replace(",", "")) for _, bound, _ in columns("Limits")] == [
        settings.body_bound_bytes,
        HEAD_BOUND_BYTES,
        PIPELINE_BOUND,
        settings.request_timeout_s,
        settings.execution_timeout_s,
        settings.batch_bound,
        SUBSCRIPTIONS_BOUND,
        WEBSOCKET_MESSAGE_BOUND_BYTES,
        settings.heartbeat_s,
        settings.stall_timeout_s,
        settings.answers_bound_bytes,
        MET_BOUND_BYTES,
    ]


def test_how_long_an_answer_is_good() -> None:
    """The one time that there is."""
    assert f"max-age={FINAL_GOOD_FOR_S}," in TEXT


def test_the_bounds_of_documents() -> None:
    """They are those of the code, in its order."""
    assert [int(bound.replace(",", "")) for _, bound in columns("Cost")] == [
        limits.TOKENS_BOUND,
        limits.DIGITS_BOUND,
        limits.FRAGMENTS_BOUND,
        NESTING_BOUND,
        limits.DEPTH_BOUND,
        limits.FIELDS_BOUND,
        limits.ROOT_FIELDS_BOUND,
        limits.ALIASES_BOUND,
        limits.COST_BOUND,
    ]


async def test_the_example_of_a_cost(application: Application) -> None:
    """The request has the answer that is shown."""
    asked, told = (json.loads(found) for found in re.findall(r"```json\n(.*?)```", TEXT, re.DOTALL))
    response = await application.post(asked)
    assert response.json()["extensions"] == told


def test_the_statuses() -> None:
    """The two columns are those of what can become of an operation."""
    assert [(int(suite), int(draft)) for _, suite, draft in columns("Answers")] == [
        fate.value for fate in Fate
    ]


def test_the_options(monkeypatch: pytest.MonkeyPatch) -> None:
    """`serve` has every option and variable that is named."""
    monkeypatch.setenv("COLUMNS", "200")  # or names are cut
    told = run_command("serve", "--help").stdout
    named = set(re.findall(r"`(--[a-z-]+)", TEXT))
    assert len(named) == 11
    variables = set(re.findall(r"GRAPHQL_BRIEF_[A-Z_]+", TEXT))
    assert len(variables) == 2
    for name in named | variables:
        assert name in told


def test_a_bad_origin_is_told_in_one_line() -> None:
    """Before anything is opened."""
    ended = run_command("serve", "--allow-origin", "reader.example")
    assert ended.returncode == 1
    assert ended.stderr.startswith("graphql-brief: reader.example: an allowed origin is")
    assert ended.stderr.count("\n") == 1


def commands(kind: str) -> str:
    """The script of this kind."""
    (script,) = re.findall(rf"^```sh {kind}\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
    return str(script)


class Terminal:
    """A script that is under way in a shell, and what it prints."""

    def __init__(self, script: str, server: Server, **environment: str) -> None:
        self._process = subprocess.Popen(
            ["sh", "-ec", script.replace("127.0.0.1:8000", f"127.0.0.1:{server.port}")],
            env=os.environ | environment,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self._watchdog = threading.Timer(TIMEOUT_S, self.end)
        self._watchdog.start()

    def until(self, name: str) -> str:
        """The value of the next line with this field."""
        assert self._process.stdout is not None
        while line := self._process.stdout.readline():
            found, _, value = line.strip().partition(": ")
            if found == name:
                return value
        raise AssertionError(f"the stream ended before {name!r}")

    def end(self) -> None:
        """End the shell and what it started, and no other process."""
        self._watchdog.cancel()
        if self._process.poll() is None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
        self._process.communicate(timeout=TIMEOUT_S)


def test_the_commands(tmp_path: Path) -> None:
    """A stream is followed, cut, and resumed after its last id, as written."""
    server = Server.start(tmp_path / "brief.db", "--fixtures", str(ROOT / "fixtures"))
    open_terminals = []

    def edit(text: str) -> int:
        answer = server.ask(EDIT, {"text": text}, server.editor)["editBrief"]
        version: int = answer["brief"]["version"]
        return version

    def version(told: str) -> int:
        found: int = json.loads(told)["data"]["briefUpdates"]["version"]
        return found

    try:
        first = Terminal(commands("follow"), server)
        open_terminals.append(first)
        first.until("id")
        written = edit("one")
        assert first.until("event") == "next"
        last_id = first.until("id")
        assert version(first.until("data")) == written
        first.end()
        written = edit("two")
        second = Terminal(commands("resume"), server, LAST_ID=last_id)
        open_terminals.append(second)
        assert version(second.until("data")) == written
    finally:
        for terminal in open_terminals:
            terminal.end()
        assert server.stop() == ""
