"""What commands are told: where the log is, and what lies beside it."""

from pathlib import Path
from typing import Annotated, NamedTuple

import typer

from graphql_brief.log import postgres_url
from graphql_brief.log.opening import sqlite_path

DEFAULT_URL = "sqlite:///var/brief.db"
NODES_OF_A_MACHINE = 9
"""Most servers that find a folder for their read models by themselves, in one data folder."""

DatabaseUrl = Annotated[
    str,
    typer.Option(
        envvar="DATABASE_URL",
        help="Where the log is: sqlite:///path/to/file.db or postgresql://user:password@host/name",
    ),
]
ReadModels = Annotated[
    Path | None,
    typer.Option(
        envvar="GRAPHQL_BRIEF_READ_MODELS",
        help="This server's own folder for the read models; by default one beside the database, "
        "or in var/.",
    ),
]
SecretFile = Annotated[
    Path | None,
    typer.Option(
        envvar="GRAPHQL_BRIEF_SECRET_FILE",
        help="The secret that tokens are signed with; made on first use beside the database, or in "
        "var/. All servers of one log need the same.",
    ),
]


class UsageError(Exception):
    """What was asked on the command line cannot be done; the message says what to do."""


class Place(NamedTuple):
    """Where a log is, and where this machine keeps what goes with it."""

    url: str
    shown: str
    """The URL for people: a file's path, or a server's address without its password."""
    folder: Path
    read_models: Path

    @property
    def erasures(self) -> Path:
        """The list of what was erased."""
        path = sqlite_path(self.url)
        if path is not None:
            return path.with_suffix(".erasures.jsonl")
        return self.folder / "erasures.jsonl"


def place_of(url: str, read_models: Path | None = None) -> Place:
    """The place that a URL names. Raises DatabaseError for a URL that names none."""
    path = sqlite_path(url)
    if path is not None:
        return Place(url, str(path), path.parent, read_models or path.with_suffix(".read-models"))
    folder = Path(DEFAULT_URL.removeprefix("sqlite:///")).parent
    return Place(url, postgres_url.parse(url).shown, folder, read_models or folder / "read-models")


def folders_of(place: Place, read_models: Path | None) -> list[Path]:
    """The folders of which a server takes the first that is free, for its read models.

    On SQLite there is one server. On PostgreSQL there may be several on one machine: a server that
    is started anew finds a folder that was its own or that of another, and either will do.
    """
    first = place.read_models
    if read_models is not None or sqlite_path(place.url) is not None:
        return [first]
    others = range(2, NODES_OF_A_MACHINE + 1)
    return [first, *(first.with_name(f"{first.name}-{number}") for number in others)]


def secret_file_of(place: Place, asked: Path | None) -> Path:
    """Where the secret that tokens are signed with is kept."""
    return asked or place.folder / "token-secret"
