"""The schema of the last release, as git has it."""

import re
import subprocess
from pathlib import Path
from typing import NamedTuple

from tests.schema.changes import Version

TIMEOUT_S = 30
_VERSION = re.compile(r"v(\d+)\.(\d+)\.(\d+)")


class Released(NamedTuple):
    """A tag of this history, and the schema in it."""

    tag: str
    version: Version
    schema: str


class GitError(Exception):
    """Git could not be asked; the message is its own."""


def last_released(root: Path, path: str = "schema.graphql") -> Released | None:
    """The highest version that is tagged (`v1.2.0`) in the history of what is checked out.

    None if none is, or if `root` is no checkout. Raises GitError.
    """
    if not (root / ".git").exists():
        return None
    tags = _git(root, "tag", "--list", "v*", "--merged", "HEAD").split()
    versions = {tag: _version(found) for tag in tags if (found := _VERSION.fullmatch(tag))}
    if not versions:
        return None
    tag = max(versions, key=versions.__getitem__)
    return Released(tag, versions[tag], _git(root, "show", f"{tag}:{path}"))


def _version(found: re.Match[str]) -> Version:
    major, minor, patch = found.groups()
    return int(major), int(minor), int(patch)


def _git(root: Path, *arguments: str) -> str:
    try:
        ended = subprocess.run(
            ["git", "-C", str(root), *arguments],
            capture_output=True,
            text=True,
            timeout=TIMEOUT_S,
            check=True,
        )
    except FileNotFoundError as error:
        raise GitError("there is no git here, and this is a checkout") from error
    except subprocess.CalledProcessError as error:
        raise GitError(error.stderr.strip()) from error
    return ended.stdout
