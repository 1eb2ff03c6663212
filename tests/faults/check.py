"""What must be so in every log, whatever happened to it: read from its rows, independently.

The rules of the bytes are `tests/events/independent.py`, made from `events/README.md` alone; the
rest is said here. Nothing is taken from the code that wrote the rows.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from graphql_brief.log.port import DatabaseError, LogBroken, Recorded
from graphql_brief.projections.replay import CheckpointMoved
from graphql_brief.projections.stretch import RowsLost
from tests.events import independent
from tests.faults.journal import Asked, Line, Refused, Told
from tests.faults.store import Opened, Store

Row = Mapping[str, Any]
Tables = dict[str, list[Row]]

_ORDER = {
    "log_head": "origin",
    "log_stream": "stream",
    "log_event": "position",
    "log_body": "position",
    "log_command": "actor, idempotency_key",
    "log_claim": "kind, value",
}
_CLAIMING = ("BriefDrafted", "SlugChanged")
_COLUMNS = (
    ("position", "position"),
    ("stream", "stream"),
    ("version", "version"),
    ("type", "type"),
    ("schema", "schema"),
    ("event_id", "eventId"),
    ("command_id", "commandId"),
    ("recorded_at", "recordedAt"),
)
"""Columns beside a header, and the members that they repeat."""

_PLACES = (
    *("stream", "recorded_at"),
    *("first_version", "last_version", "first_position", "last_position"),
)


async def read_tables(connection: AsyncConnection) -> Tables:
    """Every row of the log."""
    found: Tables = {}
    for table, order in _ORDER.items():
        rows = await connection.execute(sa.text(f"SELECT * FROM {table} ORDER BY {order}"))
        found[table] = [dict(row) for row in rows.mappings()]
    return found


def log_damage(tables: Tables, lines: Sequence[Line] | None = None) -> list[str]:
    """What is wrong with a log; with `lines`, also against what its writers were told."""
    events = tables["log_event"]
    found = list(_damaged_events(events, tables))
    if found:
        return found  # what follows takes sound events for granted
    found += _damaged_heads(events, tables)
    found += _damaged_claims(events, tables)
    found += _damaged_commands(events, tables)
    if lines is not None:
        found += _broken_promises(events, tables, lines)
    return found


def _damaged_events(events: Sequence[Row], tables: Tables) -> Iterator[str]:
    bodies = {row["position"]: row for row in tables["log_body"]}
    last: dict[str, tuple[int, str]] = {}
    recorded_at = ""
    if len(tables["log_head"]) != 1:
        yield f"log_head has {len(tables['log_head'])} rows, not one"
        return
    origin = tables["log_head"][0]["origin"]
    for position, row in enumerate(events, 1):
        if row["position"] != position:
            yield f"position {position} is missing: {row['position']} comes instead"
            return
        try:
            header = independent.parse(bytes(row["header"]))
        except independent.NotOfTheFormat as error:
            yield f"position {position}: header {error}"
            continue
        for column, member in _COLUMNS:
            if row[column] != header[member]:
                yield f"position {position}: {column} is not its header's"
        if header["origin"] != origin:
            yield f"position {position}: header of the log {header['origin']}"
        version, leaf = last.get(row["stream"], (0, None))
        if header["version"] != version + 1:
            yield f"position {position}: version {header['version']} after {version}"
        if header["previous"] != leaf:
            yield f"position {position}: does not follow its stream's last leaf"
        own = independent.leaf_hash(bytes(row["header"]))
        if bytes(row["leaf_hash"]).hex() != own:
            yield f"position {position}: leaf hash is not its header's"
        last[row["stream"]] = header["version"], own
        if header["recordedAt"] < recorded_at:
            yield f"position {position}: recorded before the one before it"
        recorded_at = header["recordedAt"]
        yield from _damaged_body(position, header, bodies.pop(position, None))
    if bodies:
        yield f"bodies without an event: {sorted(bodies)}"


def _damaged_body(position: int, header: Mapping[str, Any], body: Row | None) -> Iterator[str]:
    if body is None:
        yield f"position {position}: no body"
    elif header["commitment"] != independent.commitment(bytes(body["salt"]), bytes(body["body"])):
        yield f"position {position}: its header commits to another body"


def _damaged_heads(events: Sequence[Row], tables: Tables) -> Iterator[str]:
    (head,) = tables["log_head"]
    last = events[-1] if events else {"position": 0, "recorded_at": None}
    if (head["position"], head["recorded_at"]) != (last["position"], last["recorded_at"]):
        yield f"log_head is at {head['position']}, the log ends at {last['position']}"
    ends = {row["stream"]: row for row in events}
    heads = {row["stream"]: row for row in tables["log_stream"]}
    for stream in sorted(ends.keys() | heads.keys()):
        end, stored = ends.get(stream), heads.get(stream)
        if end is None or stored is None:
            yield f"{stream}: has {'no events' if end is None else 'no row in log_stream'}"
        elif any(stored[name] != end[name] for name in ("version", "leaf_hash", "position")):
            yield f"{stream}: log_stream is not at its last event"


def _content(tables: Tables) -> dict[int, Any]:
    return {
        row["position"]: independent.parse(bytes(row["body"]))["event"]
        for row in tables["log_body"]
    }


def _damaged_claims(events: Sequence[Row], tables: Tables) -> Iterator[str]:
    content = _content(tables)
    owed: dict[str, str] = {}
    for row in events:
        if row["type"] in _CLAIMING:
            slug = content[row["position"]]["slug"]
            if owed.setdefault(slug, row["stream"]) != row["stream"]:
                yield f"position {row['position']}: took the slug {slug!r} of {owed[slug]}"
    held = {row["value"]: row["stream"] for row in tables["log_claim"] if row["kind"] == "slug"}
    if held != owed:
        differing = sorted(slug for slug, _ in held.items() ^ owed.items())
        yield f"log_claim is not what the events claim: {', '.join(differing)}"


def _by_command(events: Sequence[Row]) -> dict[str, list[list[Row]]]:
    """The runs of consecutive events of each command: one each, if all is well."""
    runs: dict[str, list[list[Row]]] = defaultdict(list)
    for command, run in groupby(events, key=lambda row: row["command_id"]):
        runs[command].append(list(run))
    return runs


def _damaged_commands(events: Sequence[Row], tables: Tables) -> Iterator[str]:
    runs = _by_command(events)
    for command, found in runs.items():
        if len(found) != 1:
            yield f"command {command}: its events stand in {len(found)} places"
        elif len({(row["stream"], row["recorded_at"]) for row in found[0]}) != 1:
            yield f"command {command}: its events are of several streams or times"
    for row in tables["log_command"]:
        run = runs.get(row["command_id"], [[]])[0]
        if not run and row["last_version"] >= row["first_version"]:
            yield f"command {row['command_id']}: remembered, and its events are not there"
        elif run and [row[name] for name in _PLACES] != [
            run[0]["stream"],
            run[0]["recorded_at"],
            run[0]["version"],
            run[-1]["version"],
            run[0]["position"],
            run[-1]["position"],
        ]:
            yield f"command {row['command_id']}: remembered at another place than its events'"


def _broken_promises(events: Sequence[Row], tables: Tables, lines: Sequence[Line]) -> Iterator[str]:
    content = _content(tables)
    runs = _by_command(events)
    remembered = {row["command_id"] for row in tables["log_command"]}
    asked = {line.command: line for line in lines if isinstance(line, Asked)}
    for command in sorted(runs.keys() - asked.keys()):
        yield f"command {command}: nobody asked for it"
    for command, run in runs.items():
        if command in asked:
            held = [(row["type"], content[row["position"]]) for row in run[0]]
            if held != asked[command].events:
                yield f"command {command}: other events than were asked for"
            if (command in remembered) != (asked[command].key is not None):
                yield f"command {command}: its key is not remembered, or it had none"
    acknowledged = 0
    since: dict[str, int] = {}
    for line in lines:
        match line:
            case Asked(command):
                since.setdefault(command, acknowledged)
            case Refused(command, why):
                if command in runs:
                    yield f"command {command}: refused ({why}), and in the log"
            case Told(command):
                yield from _broken_promise(line, runs.get(command), command in remembered)
                if line.last_version >= line.first_version:
                    if line.last_position <= since[command]:
                        yield f"command {command}: before what was acknowledged when it was asked"
                    acknowledged = max(acknowledged, line.last_position)


def _broken_promise(line: Told, runs: list[list[Row]] | None, remembered: bool) -> Iterator[str]:
    if line.last_version < line.first_version:
        if not remembered:
            yield f"command {line.command}: acknowledged without events, and not remembered"
        return
    if runs is None:
        yield f"command {line.command}: acknowledged at {line.first_position}, and lost"
        return
    first, last = runs[0][0], runs[0][-1]
    if (line.first_position, line.last_position, line.first_version, line.last_version) != (
        first["position"],
        last["position"],
        first["version"],
        last["version"],
    ):
        yield f"command {line.command}: acknowledged at another place than it is"
    if f"{line.recorded_at:%Y-%m-%dT%H:%M:%S.%fZ}" != first["recorded_at"]:
        yield f"command {line.command}: acknowledged with another time than it has"


PAGE_EVENTS = 1000


async def unreadable(opened: Opened, tables: Tables) -> list[str]:
    """Where the port gives something else than the rows hold."""
    read: list[Recorded] = []
    try:
        while page := await opened.log.read(after=len(read), limit=PAGE_EVENTS):
            read += page
        head = await opened.log.head()
    except LogBroken as error:
        return [f"the log cannot be read: {error}"]
    if [event.header for event in read] != [bytes(row["header"]) for row in tables["log_event"]]:
        return ["the log reads otherwise than its rows"]
    return (
        [] if head.position == len(read) else [f"the log ends at {head.position} for its readers"]
    )


async def damage(
    store: Store, lines: Sequence[Line] | None = None, *, read_models: bool = False
) -> list[str]:
    """The full check of a database that nobody has open: what is wrong with it, in words.

    One that is not there, or was left half made, is made first, as the next start does.

    With `read_models`, they are brought up to the log from where they are, and compared with
    those of a rebuild: afterwards they are the rebuilt ones.
    """
    await store.settled()
    async with store.opened(create=True) as opened:
        found = await opened.damage()
        if found:
            return found
        async with opened.reader() as connection:
            tables = await read_tables(connection)
        found = log_damage(tables, lines)
        found += await unreadable(opened, tables)
    if read_models and not found:
        found += await stale_read_models(store)
    return found


async def stale_read_models(store: Store) -> list[str]:
    """How the read models, brought up to the log, differ from those of a rebuild."""
    try:
        async with store.node() as node:
            halt = node.projector.halted
        if halt is not None:
            return [f"the read models halt before position {halt.position}: {halt.why}"]
        kept = await store.read_models()
    except (sa.exc.DBAPIError, DatabaseError, RowsLost, CheckpointMoved) as error:
        return [f"the read models do not go on: {error}"]
    async with store.opened() as opened:
        made = await opened.rebuild()
    return [f"{table} is not as a rebuild makes it" for table in made if kept[table] != made[table]]
