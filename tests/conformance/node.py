"""Scripts in JavaScript, run by Node with the packages that are locked beside this file."""

import re
import subprocess
from pathlib import Path

HERE = Path(__file__).parent
TIMEOUT_S = 120


def run_script(*command: str) -> str:
    """What a script of this folder prints. A failure fails the test with all that it said."""
    ended = _run("node", *command)
    assert ended.returncode == 0, f"{command} ended with {ended.returncode}:\n{ended.stderr}"
    return ended.stdout


def run_tests(name: str, *arguments: str) -> int:
    """How many tests of a script ran. One that did not pass fails with all that it said."""
    ended = _run("node", "--test-reporter=tap", name, *arguments)
    told = dict(re.findall(r"^# (\w+) (\d+)$", ended.stdout, re.MULTILINE))
    assert ended.returncode == 0, f"{name} ended with {ended.returncode}:\n{ended.stdout}"
    assert told["pass"] == told["tests"], ended.stdout
    return int(told["tests"])


def run_tool(name: str, *arguments: str, cwd: Path) -> tuple[int, str]:
    """With what a command of the locked packages ends, and what it says."""
    ended = _run(str(HERE / "node_modules" / ".bin" / name), *arguments, cwd=cwd)
    return ended.returncode, ended.stdout + ended.stderr


def _run(*command: str, cwd: Path = HERE) -> subprocess.CompletedProcess[str]:
    assert (HERE / "node_modules").is_dir(), "run `make test`, or `npm ci` in tests/conformance"
    return subprocess.run(
        command, cwd=cwd, capture_output=True, text=True, timeout=TIMEOUT_S, check=False
    )
