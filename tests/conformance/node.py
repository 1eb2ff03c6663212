"""Scripts in JavaScript, run by Node with the packages that are locked beside this file."""

import subprocess
from pathlib import Path

HERE = Path(__file__).parent
TIMEOUT_S = 120


def run_script(name: str, *arguments: str) -> str:
    """What a script of this folder prints. A failure fails the test with all that it said."""
    assert (HERE / "node_modules").is_dir(), "run `make test`, or `npm ci` in tests/conformance"
    ended = subprocess.run(
        ["node", name, *arguments],
        cwd=HERE,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )
    assert ended.returncode == 0, f"{name} ended with {ended.returncode}:\n{ended.stderr}"
    return ended.stdout
