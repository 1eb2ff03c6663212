"""The command `doctor`: what it is asked, and how it tells what was found."""

import sys
from typing import Annotated, Any

import msgspec
import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from graphql_brief.cli.doctor.examination import Examined, examine, worst
from graphql_brief.cli.doctor.finding import Site, Status
from graphql_brief.cli.options import (
    DEFAULT_URL,
    DatabaseUrl,
    ReadModels,
    SecretFile,
    place_of,
    secret_file_of,
)
from graphql_brief.cli.terminal import counted, run
from graphql_brief.http.node import utc_now

REPORT_FORMAT = 1
"""Version of the document that `--json` prints."""
QUICK_EVENTS = 10_000
_STYLES = {Status.OK: "green", Status.WARN: "yellow", Status.FAIL: "bold red", Status.SKIP: "dim"}


def doctor(
    database_url: DatabaseUrl = DEFAULT_URL,
    read_models: ReadModels = None,
    secret_file: SecretFile = None,
    quick: Annotated[
        bool,
        typer.Option("--quick", help=f"Check only the newest {QUICK_EVENTS:,} events of the log."),
    ] = False,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit with status 1 for warnings too.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print a document for programs.")] = False,
) -> None:
    """Check the log, its read models and this machine, and say what to do.

    It changes nothing, and a server may run meanwhile. Exit status: 0 if no check failed, 1 if
    one did (with --strict, also if one warned).
    """
    place = place_of(database_url, read_models)
    site = Site(
        place,
        utc_now,
        secret_file_of(place, secret_file),
        newest=QUICK_EVENTS if quick else None,
    )
    with counted("checking") as site.tell:
        examined = run(examine(site))
    if as_json:
        sys.stdout.buffer.write(msgspec.json.format(msgspec.json.encode(report(site, examined))))
        print()
    else:
        show(examined)
    bad = (Status.FAIL, Status.WARN) if strict else (Status.FAIL,)
    if worst(examined) in bad:
        raise typer.Exit(1)


def report(site: Site, examined: list[Examined]) -> dict[str, Any]:
    """The document; members are only ever added to it."""
    return {
        "format": REPORT_FORMAT,
        "log": site.place.shown,
        "at": site.clock().isoformat(),
        "status": worst(examined).value,
        "checks": [{"name": name, **finding._asdict()} for name, finding in examined],
    }


def show(examined: list[Examined]) -> None:
    """Print a table for people."""
    table = Table("check", "", "found", box=None, padding=(0, 2, 0, 0))
    for name, finding in examined:
        style = _STYLES[finding.status]
        status = f"[{style}]{finding.status}[/{style}]"
        told = escape(finding.found)
        if finding.advice is not None:
            told += f"\n[{style}]→ {escape(finding.advice)}[/{style}]"
        table.add_row(name, status, told)
    Console().print(table)
