"""Which release a checkout is compared with, on made-up histories."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.schema.__main__ import main
from tests.schema.last_tag import GitError, last_released

FIRST = "type Query { a: Int  b: Int }\n"


@pytest.fixture
def git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Git in an empty checkout, apart from the settings of whoever runs the test."""
    for name in ("GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM"):
        monkeypatch.setenv(name, "/dev/null")
    for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"):
        monkeypatch.delenv(name, raising=False)

    def run(*arguments: str) -> None:
        who = ("-c", "user.name=n", "-c", "user.email=n@example.org")
        subprocess.run(["git", "-C", tmp_path, *who, *arguments], check=True, capture_output=True)

    run("init", "--initial-branch=main")
    return run


@pytest.fixture
def write(git: Callable[..., None], tmp_path: Path) -> Callable[[str], None]:
    """Commits a schema."""

    def commit(schema: str) -> None:
        (tmp_path / "schema.graphql").write_text(schema)
        git("add", "--all")
        git("commit", "--message=schema")

    return commit


def test_the_highest_version_of_this_history(
    git: Callable[..., None], write: Callable[[str], None], tmp_path: Path
) -> None:
    """By number and not by letter; no other tags, and none of another branch."""
    write(FIRST)
    git("tag", "v0.9.0")
    write("type Query { a: Int }\n")
    git("tag", "v0.10.0")
    write("type Query { c: Int }\n")
    git("tag", "very-good")
    git("checkout", "-b", "other")
    write("type Query { d: Int }\n")
    git("tag", "v2.0.0")
    git("checkout", "main")
    found = last_released(tmp_path)
    assert found == ("v0.10.0", (0, 10, 0), "type Query { a: Int }\n")


def test_no_release(
    write: Callable[[str], None], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It says that there is nothing to compare with."""
    write(FIRST)
    assert main(tmp_path) == 0
    assert "nothing to compare" in capsys.readouterr().out


def test_no_checkout(tmp_path: Path) -> None:
    """Such as the files of a release that were unpacked."""
    (tmp_path / "schema.graphql").write_text(FIRST)
    assert last_released(tmp_path) is None
    assert main(tmp_path) == 0


def test_a_git_that_cannot_be_asked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """That is not the same as no release."""
    (tmp_path / "schema.graphql").write_text(FIRST)
    (tmp_path / ".git").write_text("gitdir: /nowhere\n")
    with pytest.raises(GitError, match="nowhere"):
        last_released(tmp_path)
    assert main(tmp_path) == 1
    assert "nowhere" in capsys.readouterr().err


def test_a_broken_promise_fails(
    git: Callable[..., None],
    write: Callable[[str], None],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """And an addition does not."""
    write(FIRST)
    git("tag", "v0.1.0")
    assert main(tmp_path) == 0
    write("type Query { a: Int  b: Int  c: Int }\n")
    assert main(tmp_path) == 0
    assert "v0.1.0: 0 breaking changes, 0 dangerous, 1 safe, 0 due" in capsys.readouterr().out
    write("type Query { a: Int }\n")
    assert main(tmp_path) == 1
    told = capsys.readouterr()
    assert "1 breaking" in told.out
    assert "breaking: " in told.err
    assert "Query.b" in told.err


def test_a_deprecation_without_a_version_fails(
    write: Callable[[str], None], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Also where nothing was released."""
    write("type Query { a: Int @deprecated }\n")
    assert main(tmp_path) == 1
    assert "Query.a is deprecated" in capsys.readouterr().err
