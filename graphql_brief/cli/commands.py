"""The commands. Each failure that a user can mend is one line on stderr and exit status 1."""

import os
import socket
import sys
from importlib import metadata
from pathlib import Path
from typing import Annotated

import typer

from graphql_brief.api.schema import export
from graphql_brief.api.schema import schema as api_schema
from graphql_brief.api.viewer import Role
from graphql_brief.cli import fixtures
from graphql_brief.cli.backups import backup
from graphql_brief.cli.doctor.command import doctor
from graphql_brief.cli.loading import load, record
from graphql_brief.cli.options import (
    DEFAULT_URL,
    DatabaseUrl,
    ReadModels,
    SecretFile,
    UsageError,
    folders_of,
    place_of,
    secret_file_of,
)
from graphql_brief.cli.rebuilding import rebuild
from graphql_brief.cli.restoring import erase_again, restore
from graphql_brief.cli.terminal import run
from graphql_brief.http import logs
from graphql_brief.http.app import make_app
from graphql_brief.http.documents import documents_of
from graphql_brief.http.logs import AccessLog, LogFormat
from graphql_brief.http.manifest import BadManifest
from graphql_brief.http.node import open_node
from graphql_brief.http.server import serve_until_stopped
from graphql_brief.http.settings import BadSetting, HttpSettings, ServerSettings
from graphql_brief.http.tokens import SecretError, Tokens, read_or_make_secret
from graphql_brief.http.tracing import otlp_provider
from graphql_brief.log.erasure_list import ErasureListError
from graphql_brief.log.port import DatabaseError, LogBroken, OutcomeUnknown
from graphql_brief.projections.replay import CheckpointMoved, ProjectionHalted
from graphql_brief.projections.stretch import RowsLost

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # its table cuts the names of options on a narrow terminal
    help="Living news briefs from a verifiable log.",
)
# What `--help` says of each has to fit beside the names, or its end is cut.
app.command(short_help="Record a written history in an empty log.")(load)
app.command(short_help="Make the read models anew, and compare them.")(rebuild)
app.command(short_help="Check the log, read models and this machine.")(doctor)
app.command(short_help="Copy the log to a file, and check it.")(backup)
app.command(short_help="Make a log from a backup, and check it.")(restore)
app.command(short_help="Erase what is listed, after a restore.")(erase_again)


def _tell_version(asked: bool) -> None:
    if asked:
        print(metadata.version("graphql-brief"))
        raise typer.Exit


@app.callback()
def _every_command(
    *,
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_tell_version, is_eager=True, help="Print the version and exit."
        ),
    ] = False,
) -> None: ...


EXPECTED = (
    BadManifest,
    BadSetting,
    CheckpointMoved,
    DatabaseError,
    ErasureListError,
    LogBroken,
    OutcomeUnknown,
    ProjectionHalted,
    RowsLost,
    SecretError,
    UsageError,
    fixtures.FixtureError,
)
"""What a user or an operator can mend, or must know of: told in one line, without a trace."""


def main() -> None:
    """The console script."""
    os.umask(0o077)  # drafts, actors and salts are nobody else's to read
    try:
        app()
    except EXPECTED as error:
        print(f"graphql-brief: {error}", file=sys.stderr)
        sys.exit(1)


# Each option of `serve` can be given by a variable of its name too.
@app.command(context_settings={"auto_envvar_prefix": "GRAPHQL_BRIEF"})
def serve(
    database_url: DatabaseUrl = DEFAULT_URL,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="Port to listen on; 0: any free one.")
    ] = 8000,
    read_models: ReadModels = None,
    secret_file: SecretFile = None,
    load_folder: Annotated[
        Path,
        typer.Option(
            "--fixtures",
            envvar="GRAPHQL_BRIEF_FIXTURES",
            help="Loaded if the log is empty and the folder exists.",
        ),
    ] = Path("fixtures"),
    allow_origin: Annotated[
        list[str] | None,
        typer.Option(
            help="Another site whose pages may ask and subscribe here, such as "
            "https://reader.example; may be repeated, in the variable with spaces between. '*': "
            "all sites."
        ),
    ] = None,
    answers_bound_bytes: Annotated[
        int,
        typer.Option(
            min=0, help="Room for answers that are kept until an edit touches them; 0: none is."
        ),
    ] = HttpSettings.answers_bound_bytes,
    batch_bound: Annotated[
        int, typer.Option(min=0, help="Most operations in one request; 0: no batches.")
    ] = HttpSettings.batch_bound,
    request_timeout_s: Annotated[
        float,
        typer.Option(min=0.001, help="How long a request's head, then its body, may take to come."),
    ] = HttpSettings.request_timeout_s,
    execution_timeout_s: Annotated[
        float, typer.Option(min=0.001, help="How long the answer to a request may take.")
    ] = HttpSettings.execution_timeout_s,
    heartbeat_s: Annotated[
        float,
        typer.Option(
            min=0.001,
            help="How long an event stream or a WebSocket may be silent before a sign of life.",
        ),
    ] = HttpSettings.heartbeat_s,
    stall_timeout_s: Annotated[
        float,
        typer.Option(
            min=0.001, help="How long a client may read nothing of what waits for it by HTTP."
        ),
    ] = HttpSettings.stall_timeout_s,
    spec_statuses: Annotated[
        bool,
        typer.Option(
            help="Use the statuses 422 and 294 of the specification's draft: docs/http.md.",
        ),
    ] = HttpSettings.spec_statuses,
    documents: Annotated[
        Path | None,
        typer.Option(
            help="A manifest of documents that clients ask by id: relay-compiler's file, or "
            "Apollo's: docs/http.md.",
        ),
    ] = HttpSettings.documents,
    trusted_only: Annotated[
        bool,
        typer.Option(help="Execute documents of the manifest only."),
    ] = HttpSettings.trusted_only,
    introspection: Annotated[
        bool, typer.Option(help="Whether clients may ask for the schema.")
    ] = HttpSettings.introspection,
    production: Annotated[
        bool,
        typer.Option(
            help="Serve the public: without what is for trying things out, the IDE at /ide."
        ),
    ] = HttpSettings.production,
    access_log: Annotated[
        bool, typer.Option(help="Write a line to stderr for each request.")
    ] = HttpSettings.access_log,
    log_format: Annotated[
        LogFormat,
        typer.Option(help="How the log is written; auto: JSON, or columns on a terminal."),
    ] = HttpSettings.log_format,
    tracing: Annotated[
        bool,
        typer.Option(help="Send spans of requests by OTLP, as the OTEL_* variables say."),
    ] = HttpSettings.tracing,
) -> None:
    """Serve the briefs over GraphQL."""
    http = HttpSettings(
        allowed_origins=tuple(allow_origin or ()),
        answers_bound_bytes=answers_bound_bytes,
        batch_bound=batch_bound,
        request_timeout_s=request_timeout_s,
        execution_timeout_s=execution_timeout_s,
        heartbeat_s=heartbeat_s,
        stall_timeout_s=stall_timeout_s,
        spec_statuses=spec_statuses,
        documents=documents,
        trusted_only=trusted_only,
        introspection=introspection,
        production=production,
        access_log=access_log,
        log_format=log_format,
        tracing=tracing,
    )
    _serve(
        ServerSettings(
            database_url=database_url,
            host=host,
            port=port,
            read_models=read_models,
            secret_file=secret_file,
            fixtures=load_folder,
            http=http,
        )
    )


def _serve(settings: ServerSettings) -> None:
    logs.configure(settings.http.log_format)
    spans = otlp_provider() if settings.http.tracing else None
    known = documents_of(api_schema, settings.http)
    place = place_of(settings.database_url, settings.read_models)
    secret = read_or_make_secret(secret_file_of(place, settings.secret_file))
    listening = _listen(settings.host, settings.port)
    if settings.fixtures.is_dir():
        run(record(place.url, settings.fixtures))
    tokens = Tokens(secret)
    bound_port = listening.getsockname()[1]
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    address = f"{host}:{bound_port}"

    async def work() -> None:
        folders = folders_of(place, settings.read_models)
        async with open_node(place.url, folders, place.erasures) as node:

            def tell() -> None:
                print(f"database       {place.shown} ({node.tail.position} events)")
                print(f"GraphQL        http://{address}/graphql")
                print(f"subscriptions  ws://{address}/graphql")
                if not settings.http.production:
                    print(f"IDE            http://{address}/ide")
                print(f"editor token   {tokens.make('editor-local', [Role.EDITOR])}")
                print(f"auditor token  {tokens.make('auditor-local', [Role.AUDITOR])}", flush=True)

            log = AccessLog(settings.http.log_format) if settings.http.access_log else None
            await serve_until_stopped(
                make_app(node, tokens, settings.http, known, log=log, spans=spans),
                listening,
                tell,
                head_timeout_s=settings.http.request_timeout_s,
                stall_timeout_s=settings.http.stall_timeout_s,
                heartbeat_s=settings.http.heartbeat_s,
            )
            if log is not None:
                log.flush()

    try:
        run(work())
    finally:
        if spans is not None:
            spans.shutdown()


@app.command()
def token(
    role: Annotated[list[Role], typer.Option(help="May be repeated.")],
    actor: Annotated[str, typer.Option(help="Pseudonymous id; it is recorded with every edit.")],
    database_url: DatabaseUrl = DEFAULT_URL,
    secret_file: SecretFile = None,
) -> None:
    """Print a bearer token; it is good for 30 days."""
    file = secret_file_of(place_of(database_url), secret_file)
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
        raise UsageError(
            f"cannot listen on {host}:{port}: {error.strerror}; name another --host or --port "
            "(for make: HOST=, PORT=)"
        ) from error
    return listening
