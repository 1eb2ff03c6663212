"""The commands. Each failure that a user can mend is one line on stderr and exit status 1."""

import asyncio
import contextlib
import os
import socket
import sys
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from graphql_brief.api.desk import Desk
from graphql_brief.api.schema import export
from graphql_brief.api.viewer import Role
from graphql_brief.cli import fixtures
from graphql_brief.http.app import make_app
from graphql_brief.http.node import open_node, read_models_of, utc_now
from graphql_brief.http.server import new_event_loop, serve_until_stopped
from graphql_brief.http.tokens import SecretError, Tokens, read_or_make_secret
from graphql_brief.log.database import Database
from graphql_brief.log.port import DatabaseError, LogBroken
from graphql_brief.log.sqlite import SqliteLog
from graphql_brief.log.sqlite_file import take_lock
from graphql_brief.log.tail import Tail
from graphql_brief.projections.rebuild import Progress as Rebuilding
from graphql_brief.projections.rebuild import Rebuilt
from graphql_brief.projections.rebuild import rebuild as rebuild_read_models
from graphql_brief.projections.replay import ProjectionHalted
from graphql_brief.projections.states import States

T = TypeVar("T")

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Living news briefs from a verifiable log.",
)
_stderr = Console(stderr=True)


class UsageError(Exception):
    """What was asked on the command line cannot be done; the message says what to do."""


EXPECTED = (
    DatabaseError,
    LogBroken,
    ProjectionHalted,
    SecretError,
    UsageError,
    fixtures.FixtureError,
)
"""What a user or an operator can mend, or must know of: told in one line, without a trace."""

DatabaseUrl = Annotated[
    str,
    typer.Option(envvar="DATABASE_URL", help="Where the log is: sqlite:///path/to/file.db"),
]
ReadModels = Annotated[
    Path | None,
    typer.Option(
        envvar="GRAPHQL_BRIEF_READ_MODELS",
        help="This server's own folder for the read models; by default one beside the database.",
    ),
]
SecretFile = Annotated[
    Path | None,
    typer.Option(
        envvar="GRAPHQL_BRIEF_SECRET_FILE",
        help="The secret that tokens are signed with; made on first use beside the database.",
    ),
]
DEFAULT_URL = "sqlite:///var/brief.db"


def main() -> None:
    """The console script."""
    os.umask(0o077)  # drafts, actors and salts are nobody else's to read
    try:
        app()
    except EXPECTED as error:
        print(f"graphql-brief: {error}", file=sys.stderr)
        sys.exit(1)


@app.command()
def serve(
    database_url: DatabaseUrl = DEFAULT_URL,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="Port to listen on; 0: any free one.")
    ] = 8000,
    read_models: ReadModels = None,
    secret_file: SecretFile = None,
    load_folder: Annotated[
        Path, typer.Option("--fixtures", help="Loaded if the log is empty and the folder exists.")
    ] = Path("fixtures"),
    allow_origin: Annotated[
        list[str] | None,
        typer.Option(help="Another site whose pages may subscribe here; may be repeated."),
    ] = None,
) -> None:
    """Serve the briefs over GraphQL."""
    path = _path(database_url)
    secret = read_or_make_secret(_secret_file(path, secret_file))
    listening = _listen(host, port)
    if load_folder.is_dir():
        _load(path, load_folder)
    tokens = Tokens(secret)
    bound_port = listening.getsockname()[1]
    address = f"{f'[{host}]' if ':' in host else host}:{bound_port}"

    async def run() -> None:
        async with open_node(path, read_models=read_models) as node:
            print(f"database       {path} ({node.tail.position} events)")
            print(f"GraphQL        http://{address}/graphql")
            print(f"subscriptions  ws://{address}/graphql")
            print(f"editor token   {tokens.make('editor-local', [Role.EDITOR])}")
            print(f"auditor token  {tokens.make('auditor-local', [Role.AUDITOR])}", flush=True)
            await serve_until_stopped(
                make_app(node, tokens, allowed_origins=tuple(allow_origin or ())), listening
            )

    _run(run())


@app.command()
def load(
    folder: Annotated[Path, typer.Argument(help="A folder of fixture files.")] = Path("fixtures"),
    database_url: DatabaseUrl = DEFAULT_URL,
) -> None:
    """Record a written history in an empty log."""
    path = _path(database_url)
    if not _load(path, folder):
        raise UsageError("the log has events already; a history is loaded into an empty one")
    print(f"recorded the history of {folder} in {path}")


@app.command()
def rebuild(
    database_url: DatabaseUrl = DEFAULT_URL,
    read_models: ReadModels = None,
    accept: Annotated[
        bool, typer.Option(help="Change over even if they differ from those before.")
    ] = False,
) -> None:
    """Make the read models anew from the log, compare them with those before, and change over.

    A server may run meanwhile, and edits arrive; it changes over by itself.
    """
    path = _path(database_url)
    folder = read_models or read_models_of(path)

    async def run() -> Rebuilt:
        database = await Database.open(path, create=False, read_only=True)
        try:
            log = await SqliteLog.open(database, clock=utc_now)
            with _rebuilding() as tell:
                return await rebuild_read_models(folder, log, tell, accept_difference=accept)
        finally:
            await database.close()

    with contextlib.suppress(OSError):
        os.nice(10)  # a server on this machine goes first
    done = _run(run())
    print(f"made the read models anew from {done.position} events")
    if done.compared_at is None:
        print("there were none of this code to compare them with")
    elif not done.differing:
        print(f"they are equal to those before, compared at position {done.compared_at}")
    else:
        told = (
            f"they differ from those before at position {done.compared_at}, in "
            f"{', '.join(done.differing)}"
        )
        if not done.in_place:
            raise UsageError(
                f"{told}; the new ones are {done.path}, and are not in use: look into it, then "
                "rebuild with --accept"
            )
        print(told)


@app.command()
def token(
    role: Annotated[list[Role], typer.Option(help="May be repeated.")],
    actor: Annotated[str, typer.Option(help="Pseudonymous id; it is recorded with every edit.")],
    database_url: DatabaseUrl = DEFAULT_URL,
    secret_file: SecretFile = None,
) -> None:
    """Print a bearer token; it is good for 30 days."""
    file = _secret_file(_path(database_url), secret_file)
    if not file.exists():
        raise UsageError(
            f"there is no secret {file}; start the server there first, or name another"
        )
    tokens = Tokens(read_or_make_secret(file))
    try:
        print(tokens.make(actor, role))
    except ValueError as error:
        raise UsageError(str(error)) from error


@app.command()
def schema() -> None:
    """Print the API's schema."""
    print(export(), end="")


def _run(work: Coroutine[Any, Any, T]) -> T:
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        return runner.run(work)


def _path(database_url: str) -> Path:
    for scheme in ("sqlite:///", "sqlite+aiosqlite:///"):
        if database_url.startswith(scheme) and len(database_url) > len(scheme):
            return Path(database_url.removeprefix(scheme))
    # Only the scheme: the rest may hold a password.
    scheme = database_url.partition(":")[0]
    raise UsageError(f"a database is named as sqlite:///path/to/file.db, not {scheme}:…")


def _secret_file(database: Path, asked: Path | None) -> Path:
    return asked or database.parent / "token-secret"


def _listen(host: str, port: int) -> socket.socket:
    """A listening socket, made first: a port that is taken must not leave a loaded database."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
        listening.listen(2048)
    except OSError as error:
        listening.close()
        raise UsageError(f"cannot listen on {host}:{port}: {error.strerror}") from error
    return listening


@contextlib.contextmanager
def _rebuilding() -> Iterator[Callable[[Rebuilding], None]]:
    """Shows how far a rebuild is: on a terminal as it moves, else a line every ten seconds."""
    told = 0.0
    with _progress() as bar:
        task = bar.add_task("rebuilding", pace="")

        def tell(progress: Rebuilding) -> None:
            nonlocal told
            pace = f"{progress.events_per_s:,.0f} events/s"
            bar.update(task, completed=progress.done, total=progress.total, pace=pace)
            if not _stderr.is_terminal and progress.elapsed_s - told >= 10:
                told = progress.elapsed_s
                left = f"{progress.left_s:.0f} s left" if progress.left_s is not None else ""
                print(
                    f"rebuilding: {progress.done} of {progress.total} events, {pace}, {left}",
                    file=sys.stderr,
                )

        yield tell


def _progress() -> Progress:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[pace]}"),
    )
    return Progress(
        *columns, TimeRemainingColumn(), console=_stderr, disable=not _stderr.is_terminal
    )


def _load(path: Path, folder: Path) -> bool:
    """Record the history in `folder`, unless the log has events; whether it did.

    The history is recorded beside the database and takes its name once it is whole: a load that
    is cut off leaves no half of a history, and the next start begins again. The database's lock is
    held meanwhile, so that no other process finds it missing, or half.
    """
    if _identity(path) is not None and _run(_has_events(path)):
        return False
    steps = fixtures.read(folder)
    seen = _identity(path)
    unfinished = path.with_name(f"{path.name}.loading")
    with take_lock(path):
        if _identity(path) != seen:
            raise DatabaseError(f"{path} was changed by another process meanwhile; try again")
        _remove(unfinished, "", "-wal", "-shm")
        try:
            _run(_record(unfinished, steps))
            unfinished.replace(path)
            _remove(path, "-wal", "-shm")
        finally:
            _remove(unfinished, "", "-wal", "-shm", ".lock")
    return True


def _identity(path: Path) -> tuple[int, int, int] | None:
    """What tells one state of a file from another; None if there is none."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns


def _remove(path: Path, *endings: str) -> None:
    for ending in endings:
        path.with_name(path.name + ending).unlink(missing_ok=True)


async def _has_events(path: Path) -> bool:
    database = await Database.open(path, create=True)
    try:
        log = await SqliteLog.open(database, clock=utc_now)
        return (await log.head()).position > 0
    finally:
        await database.close()


async def _record(path: Path, steps: list[tuple[str, fixtures.Step]]) -> None:
    clock = fixtures.StepClock()
    database = await Database.open(path, create=True)
    try:
        log = await SqliteLog.open(database, clock=clock)
        tail = Tail(log)
        await tail.start()
        desk = Desk(log, States(log, tail))
        with _progress() as bar:
            task = bar.add_task("loading", total=len(steps), pace="")
            await fixtures.replay(desk, steps, clock, lambda: bar.advance(task))
        await log.close()
    finally:
        await database.close()
