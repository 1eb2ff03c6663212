"""The append protocol, in SQL, within one transaction that its adapter begins and commits.

The head is taken first, under a lock that is held to the commit: everything after it is serial,
so that a position is given once and in the order of the commits. Nothing is inserted "or
ignored", and every count is compared: what is not exactly as asked raises, and nothing is
committed. The number of statements does not depend on that of the events.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy import Connection, bindparam

from graphql_brief.log import recording
from graphql_brief.log.envelope import parse_time, time_text
from graphql_brief.log.port import (
    Append,
    Appended,
    AppendResult,
    Claim,
    ClaimTaken,
    Head,
    KeyReused,
    LogBroken,
    Recorded,
    StaleVersion,
)
from graphql_brief.log.recording import NEW_STREAM, Prepared, StreamHead
from graphql_brief.log.tables import (
    log_body,
    log_claim,
    log_command,
    log_event,
    log_head,
    log_stream,
)

# Statements are made once, so that SQLAlchemy compiles them once.
SELECT_HEAD = sa.select(log_head)
SELECT_COMMAND = sa.select(log_command).where(
    log_command.c.actor == bindparam("actor"),
    log_command.c.idempotency_key == bindparam("idempotency_key"),
)
_SELECT_STREAM = sa.select(log_stream.c.version, log_stream.c.leaf_hash).where(
    log_stream.c.stream == bindparam("stream")
)
_SELECT_CLAIMS = sa.select(log_claim).where(
    sa.tuple_(log_claim.c.kind, log_claim.c.value).in_(bindparam("claims", expanding=True))
)
_INSERT_EVENTS = log_event.insert()
_INSERT_BODIES = log_body.insert()
_INSERT_STREAM = log_stream.insert()
_INSERT_COMMAND = log_command.insert()
_INSERT_CLAIMS = log_claim.insert()
_UPDATE_STREAM = (
    log_stream.update()
    .where(log_stream.c.stream == bindparam("name"), log_stream.c.version == bindparam("from"))
    .values(
        version=bindparam("version"),
        leaf_hash=bindparam("leaf_hash"),
        position=bindparam("position"),
    )
)
_UPDATE_HEAD = (
    log_head.update()
    .where(log_head.c.position == bindparam("from"))
    .values(position=bindparam("position"), recorded_at=bindparam("recorded_at"))
)


class Outcome(NamedTuple):
    """What became of one request."""

    result: AppendResult
    recorded: Sequence[Recorded]
    """The events that are in the log once the transaction is committed; none if refused."""


def append_in(connection: Connection, prepared: Prepared, now: datetime) -> Outcome:
    """One request within the transaction of `connection`.

    Raises ValueError for a request that does not fit into a header, LogBroken if the log is not
    as this protocol leaves it; then the transaction must be rolled back.
    """
    request = prepared.request
    # Until the adapter's commit, a crash at any step leaves the log as it was before all of them.
    origin, head = take_head(connection)
    repeated = _repeated(connection, request)
    if repeated is not None:
        return Outcome(repeated, ())
    stream = _stream_head(connection, request.stream)
    if stream.version != request.expected_version:
        return Outcome(StaleVersion(current_version=stream.version), ())
    owners = _owners(connection, request.claims)
    for claim, owner in owners.items():
        if owner != request.stream:
            return Outcome(ClaimTaken(claim=claim, owner=owner), ())

    recorded = recording.record(prepared, origin=origin, head=head, stream=stream, now=now)
    result = recording.appended(recorded)
    _write(connection, _INSERT_EVENTS, [_event_row(event) for event in recorded])
    _write(
        connection,
        _INSERT_BODIES,
        [
            {"position": event.position, "salt": event.salt, "body": event.body}
            for event in recorded
        ],
    )
    _advance_stream(connection, stream, recorded[-1])
    unclaimed = [claim for claim in dict.fromkeys(request.claims) if claim not in owners]
    if unclaimed:
        _write(
            connection,
            _INSERT_CLAIMS,
            [{**claim._asdict(), "stream": request.stream} for claim in unclaimed],
        )
    if request.idempotency_key is not None:
        _write(connection, _INSERT_COMMAND, [_command_row(request, result)])
    _write(
        connection,
        _UPDATE_HEAD,
        [
            {
                "from": head.position,
                "position": result.last_position,
                "recorded_at": time_text(result.recorded_at),
            }
        ],
    )
    return Outcome(result, recorded)


def take_head(connection: Connection) -> tuple[str, Head]:
    """The log's origin and where it ends. Raises LogBroken unless there is one log."""
    rows = connection.execute(SELECT_HEAD).all()
    if len(rows) != 1:
        raise LogBroken(f"log_head has {len(rows)} rows, not one")
    ((origin, position, recorded_at),) = rows
    return origin, Head(position, None if recorded_at is None else parse_time(recorded_at))


def command_of(row: sa.Row[Any]) -> tuple[Appended, str]:
    """The result, as it is repeated, and the digest that a row of `log_command` holds."""
    return (
        Appended(
            stream=row.stream,
            command_id=row.command_id,
            first_version=row.first_version,
            last_version=row.last_version,
            first_position=row.first_position,
            last_position=row.last_position,
            recorded_at=parse_time(row.recorded_at),
            repeated=True,
        ),
        row.digest,
    )


def _repeated(connection: Connection, request: Append) -> Appended | KeyReused | None:
    if request.idempotency_key is None:
        return None
    row = connection.execute(
        SELECT_COMMAND, {"actor": request.actor, "idempotency_key": request.idempotency_key}
    ).one_or_none()
    if row is None:
        return None
    result, digest = command_of(row)
    return result if digest == request.digest else KeyReused()


def _stream_head(connection: Connection, stream: str) -> StreamHead:
    row = connection.execute(_SELECT_STREAM, {"stream": stream}).one_or_none()
    return NEW_STREAM if row is None else StreamHead(row.version, row.leaf_hash)


def _owners(connection: Connection, claims: Sequence[Claim]) -> dict[Claim, str]:
    """Who holds which of the claims, in their order; those that nobody holds are left out."""
    if not claims:
        return {}
    rows = connection.execute(_SELECT_CLAIMS, {"claims": [tuple(claim) for claim in claims]})
    owners = {Claim(row.kind, row.value): row.stream for row in rows}
    return {claim: owners[claim] for claim in claims if claim in owners}


def _advance_stream(connection: Connection, before: StreamHead, last: Recorded) -> None:
    after = {"version": last.version, "leaf_hash": last.leaf_hash, "position": last.position}
    if before == NEW_STREAM:
        _write(connection, _INSERT_STREAM, [{"stream": last.stream, **after}])
    else:
        _write(connection, _UPDATE_STREAM, [{"name": last.stream, "from": before.version, **after}])


def _write(
    connection: Connection, statement: sa.UpdateBase, rows: Sequence[Mapping[str, Any]]
) -> None:
    """Execute a statement once for each row, and make sure that it wrote as many rows."""
    written = connection.execute(
        statement, rows, execution_options={"preserve_rowcount": True}
    ).rowcount
    if written != len(rows):
        raise LogBroken(f"{written} rows were written, not {len(rows)}: {statement}")


def _event_row(event: Recorded) -> dict[str, Any]:
    return {
        "position": event.position,
        "stream": event.stream,
        "version": event.version,
        "type": event.type,
        "schema": event.schema,
        "event_id": event.event_id,
        "command_id": event.command_id,
        "recorded_at": time_text(event.recorded_at),
        "header": event.header,
        "leaf_hash": event.leaf_hash,
    }


def _command_row(request: Append, result: Appended) -> dict[str, Any]:
    return {
        "actor": request.actor,
        "idempotency_key": request.idempotency_key,
        "digest": request.digest,
        "stream": result.stream,
        "command_id": result.command_id,
        "first_version": result.first_version,
        "last_version": result.last_version,
        "first_position": result.first_position,
        "last_position": result.last_position,
        "recorded_at": time_text(result.recorded_at),
    }
