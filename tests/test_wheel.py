"""What is installed is what is in the checkout."""

import subprocess
import sys
import zipfile
from pathlib import Path

from tests.cli.server import ROOT

PACKAGE = ROOT / "graphql_brief"
TIMEOUT_S = 60


def test_the_wheel_has_every_file_of_the_package(tmp_path: Path) -> None:
    """Also what is no module: the files of the IDE, its examples, the marker of types."""
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", tmp_path],
        cwd=ROOT,
        check=True,
        capture_output=True,
        timeout=TIMEOUT_S,
    )
    (wheel,) = tmp_path.glob("*.whl")
    found = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    files = (path for path in PACKAGE.rglob("*") if path.is_file())
    assert found == {
        str(path.relative_to(ROOT)) for path in files if "__pycache__" not in path.parts
    }
    assert "graphql_brief/http/ide/static/index.html" in found
    assert "graphql_brief/http/ide/examples/client/1-page.graphql" in found
