"""`restore`: a log from a backup, whole, and without what was erased since; `erase-again`: only the
last of that, in a log that was restored by other means.

The copy is checked, rid of what was erased, and only then given its name. What was erased is known
from the log that is replaced, or from the list that each server keeps beside its database.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, NamedTuple

import sqlalchemy as sa
import typer

from graphql_brief.api.desk import Desk
from graphql_brief.api.request import Done, Request
from graphql_brief.api.viewer import Role, Viewer
from graphql_brief.cli.backups import ON_POSTGRESQL, check_name, check_whole
from graphql_brief.cli.options import DEFAULT_URL, DatabaseUrl, UsageError, place_of
from graphql_brief.cli.terminal import counted, run
from graphql_brief.http.node import utc_now
from graphql_brief.log.copying import copy, damage_of, make_single, part_of, put_in_place
from graphql_brief.log.database import NotOurs
from graphql_brief.log.erasure_list import (
    Entry,
    Erasures,
    add_to_list,
    complete_list,
    entry_of,
    read_list,
)
from graphql_brief.log.inspection import Tell, erasures_of, head_of, open_rows
from graphql_brief.log.opening import open_log, sqlite_path
from graphql_brief.log.port import EventLog, LogBroken
from graphql_brief.log.sqlite_file import take_lock
from graphql_brief.log.tail import Tail
from graphql_brief.projections.states import States

NOTE = "erased again, after a restore from a backup"


class Restored(NamedTuple):
    """What a restore came to."""

    position: int
    recorded_at: str | None
    erased: int
    """Bodies that were erased again."""


def restore(
    source: Annotated[Path, typer.Argument(help="A backup.")],
    database_url: DatabaseUrl = DEFAULT_URL,
    erasures_from: Annotated[
        list[str] | None,
        typer.Option(
            help="Where it is known what was erased since: the log that is replaced (a URL or a "
            "file), or a list (*.erasures.jsonl). May be repeated; by default the list beside the "
            "database."
        ),
    ] = None,
    no_erasures: Annotated[
        bool, typer.Option("--no-erasures", help="Nothing was erased since the backup was made.")
    ] = False,
) -> None:
    """Make the log anew from a backup, in a database that must not exist.

    Every event is checked, and what was erased since the backup was made is erased again.
    """
    place = place_of(database_url)
    path = sqlite_path(place.url)
    if path is None:
        raise UsageError(ON_POSTGRESQL)
    known = _sources(place.erasures, erasures_from, none=no_erasures)

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(
            f"{path.parent} cannot be made a folder ({error.strerror}); name a file elsewhere"
        ) from error
    check_name(path)

    async def work() -> Restored:
        erasures = [await _erasures(each) for each in known]
        with part_of(path) as part:
            await copy(source, part)
            with counted("checking the backup") as tell:
                try:
                    restored, origin, entries = await _make_good(part, str(source), erasures, tell)
                except NotOurs as error:
                    raise UsageError(f"{source} {error.why}") from error
            add_to_list(place.erasures, origin, entries)
            with take_lock(path):  # no server begins a log here meanwhile
                put_in_place(part, path)
            return restored

    restored = run(work())
    print(f"restored {place.shown} up to {restored.position}, {restored.recorded_at or 'empty'}")
    print(f"erased again: {restored.erased}")


def erase_again(
    erasures_from: Annotated[
        list[str],
        typer.Option(help="The log that is replaced (a URL or a file), or a list. Repeatable."),
    ],
    database_url: DatabaseUrl = DEFAULT_URL,
) -> None:
    """Erase again what is listed, in a log that was restored by other means than restore.

    For PostgreSQL, before a server is started on it. Every event is checked first.
    """
    place = place_of(database_url)

    async def work() -> int:
        erasures = [await _erasures(each) for each in erasures_from]
        async with open_log(place.url, clock=utc_now, create=False) as log:
            with counted("checking the log") as tell:
                await check_whole(place.url, f"the log in {place.shown}", tell)
            erased = await _erase(log, _listed(log.origin, place.shown, erasures))
        await complete_list(place.url, place.erasures)
        return erased

    print(f"erased again: {run(work())}")


def _sources(beside: Path, asked: list[str] | None, *, none: bool) -> list[str]:
    """Where it is known what was erased."""
    if none:
        if asked:
            raise UsageError("--no-erasures and --erasures-from say different things; give one")
        return []
    if asked:
        return asked
    if beside.exists():
        return [str(beside)]
    raise UsageError(
        f"what was erased since the backup was made must be erased again, and there is no list "
        f"{beside}: name the log that is replaced, or a copy of its list, with --erasures-from; "
        "or say --no-erasures, if nothing was"
    )


async def _erasures(source: str) -> Erasures:
    """What a list, or a log, says was erased."""
    if source.endswith(".jsonl"):
        return read_list(Path(source))
    url = source if "://" in source else f"sqlite:///{source}"
    async with open_rows(url) as database:
        try:
            origin = (await head_of(database)).origin
            entries = tuple(entry_of(erasure) for erasure in await erasures_of(database))
        except sa.exc.DBAPIError as error:
            raise LogBroken(
                f"what was erased cannot be read from {place_of(url).shown} ({error.orig}); use "
                "the list that its server kept"
            ) from error
    return Erasures(frozenset({origin}), entries)


async def _make_good(
    part: Path, source: str, known: list[Erasures], tell: Tell
) -> tuple[Restored, str, list[Entry]]:
    """Check a copy and erase in it what is known to be erased; also what that is."""
    damage = damage_of(part)
    url = f"sqlite:///{part}"
    async with open_log(url, clock=utc_now, create=False) as log:
        checked = await check_whole(url, f"the backup {source}", tell)
        if damage:
            raise LogBroken(f"the backup {source} is damaged: {'; '.join(damage)}")
        entries = _listed(log.origin, f"the backup {source}", known)
        erased = await _erase(log, entries)
        if erased:
            checked = await check_whole(url, f"the log made of {source}", tell)
    make_single(part, anew=bool(erased))
    async with open_rows(url) as database:
        entries += [entry_of(erasure) for erasure in await erasures_of(database)]
    end = checked.head
    return Restored(end.position, end.recorded_at, erased), end.origin, entries


def _listed(origin: str, what: str, known: list[Erasures]) -> list[Entry]:
    """What is known to be erased of the log of this origin. Raises UsageError if that is not."""
    for erasures in known:
        if origin not in erasures.origins:
            raise UsageError(
                f"{what} is of the log {origin}, and what was erased is known of "
                f"{', '.join(sorted(erasures.origins)) or 'none'}: name the list of this log"
            )
    return [entry for each in known for entry in each.entries if entry.origin == origin]


async def _erase(log: EventLog, entries: Iterable[Entry]) -> int:
    """Erase the bodies that the log still has of those that are listed; how many that were.

    As an editor would, through the desk: the events that say so have the ground, the case, the
    actor and the significance of those that said so first.
    """
    tail = Tail(log)
    await tail.start()
    desk = Desk(log, States(log, tail))
    erased = 0
    try:
        for entry in sorted(entries, key=lambda entry: (entry.recorded_at, entry.erased_by)):
            found = await log.read(after=entry.position - 1, limit=1)
            # The log may have taken another course behind the backup, at the same positions.
            if not found or found[0].leaf_hash.hex() != entry.leaf_hash or found[0].body is None:
                continue
            request = Request(
                viewer=Viewer(actor=entry.actor, roles=frozenset({Role.ADMIN})),
                significance=entry.significance,
                change_note=NOTE,
            )
            payload = {
                "version": found[0].version,
                "basis": entry.basis.value,
                "caseReference": entry.case_reference,
            }
            outcome = await desk.erase_body(request, found[0].stream, payload)
            if not isinstance(outcome, Done):
                raise LogBroken(f"position {entry.position} cannot be erased again: {outcome}")
            erased += 1
    finally:
        tail.close()
    return erased
