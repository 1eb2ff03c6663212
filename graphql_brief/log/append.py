"""The append protocol, in SQL, within one transaction that its adapter begins and commits.

The head is taken first, under a lock that is held to the commit: everything after it is serial,
so that a position is given once and in the order of the commits. All that the batch must know is
read in four statements, each request is then judged on what those before it leave, and what was
accepted is written in at most seven. The number of statements depends neither on that of the
requests nor on that of the events; only erasures, which are rare, take some more.

Nothing is inserted "or ignored", and every count is compared: what is not exactly as asked raises,
and nothing is committed.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import NamedTuple

from msgspec import Struct
from sqlalchemy import Connection, Table

from graphql_brief.log import recording
from graphql_brief.log.bulk import Bulk, Row
from graphql_brief.log.deleting import Erasures
from graphql_brief.log.envelope import Moment, moment, parse_time
from graphql_brief.log.erasing import FORGOTTEN
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


class Outcome(Struct, frozen=True, gc=False):
    """What became of one request."""

    result: AppendResult | ValueError
    """ValueError: the request is none that a log may take; it alone failed."""
    recorded: Sequence[Recorded]
    """The events that are in the log once the transaction is committed; none if refused."""


class Appending(NamedTuple):
    """What became of a batch."""

    before: Head
    """Where the log ended when the batch was judged."""
    outcomes: list[Outcome]


def append_in(
    connection: Connection, batch: Sequence[Prepared], now: datetime, bulk: Bulk
) -> Appending:
    """The requests of a batch, in order, within the transaction of `connection`.

    Raises LogBroken if the log is not as this protocol leaves it; then the transaction must be
    rolled back, and none of the batch is in the log.
    """
    # Until the adapter's commit, a crash at any step leaves the log as it was before all of them.
    origin, head = head_of(bulk.heads(connection))
    when = moment(now, head)
    ledger = _read(connection, batch, origin, head, bulk)
    outcomes = [ledger.take(prepared, when) for prepared in batch]
    recorded = [event for outcome in outcomes for event in outcome.recorded]
    if recorded:
        _write_events(connection, ledger, recorded, when, bulk)
    _write(connection, bulk.insert, log_command, ledger.new_commands)
    ledger.erasures.write(connection)
    return Appending(head, outcomes)


class _Ledger:
    """What the log holds of the things that a batch is about, and what the batch adds to it."""

    def __init__(self, origin: str, head: Head, erasures: Erasures) -> None:
        self.before = head
        self.streams_before: dict[str, StreamHead] = {}
        self.commands: dict[tuple[str, str], tuple[Appended, str]] = {}
        self.owners: dict[Claim, str] = {}
        self.last: dict[str, Recorded] = {}
        self.new_commands: list[Row] = []
        self.new_claims: list[Row] = []
        self.erasures = erasures
        self.origin = origin
        self._head = head

    def take(self, prepared: Prepared, when: Moment) -> Outcome:
        """Judge one request on what the log and the requests before it leave."""
        request = prepared.request
        command = (request.actor, request.idempotency_key or "")
        if request.idempotency_key is not None and command in self.commands:
            result, digest = self.commands[command]
            return Outcome(result if digest == request.digest else KeyReused(), ())
        stream = self._stream_head(request.stream)
        if stream.version != request.expected_version:
            return Outcome(StaleVersion(current_version=stream.version), ())
        for claim in request.claims:
            if self.owners.get(claim, request.stream) != request.stream:
                return Outcome(ClaimTaken(claim=claim, owner=self.owners[claim]), ())
        if not request.events:
            result = recording.empty(request, head=self._head, stream=stream, when=when)
            self._remember(request, result, when)
            return Outcome(result, ())
        try:
            self.erasures.check(prepared)
            recorded = recording.record(
                prepared, origin=self.origin, head=self._head, stream=stream, when=when
            )
        except ValueError as error:
            return Outcome(error, ())
        result = recording.appended(recorded)
        self._head = Head(result.last_position, result.recorded_at)
        self.last[request.stream] = recorded[-1]
        for position in self.erasures.note(recorded):
            self._forget(position)
        for claim in request.claims:
            if claim not in self.owners:
                self.owners[claim] = request.stream
                self.new_claims.append((*claim, request.stream))
        self._remember(request, result, when)
        return Outcome(result, recorded)

    def _remember(self, request: Append, result: Appended, when: Moment) -> None:
        if request.idempotency_key is not None:
            command = (request.actor, request.idempotency_key)
            self.commands[command] = recording.again(result), request.digest
            self.new_commands.append(_command_row(request, result, when))

    def _forget(self, position: int) -> None:
        # As `Erasures.write` will have it: a request behind it is judged on that.
        for command, (result, _) in self.commands.items():
            if result.first_position <= position <= result.last_position:
                self.commands[command] = result, FORGOTTEN

    def _stream_head(self, stream: str) -> StreamHead:
        last = self.last.get(stream)
        if last is not None:
            return StreamHead(last.version, last.leaf_hash)
        return self.streams_before.get(stream, NEW_STREAM)


def _read(
    connection: Connection, batch: Sequence[Prepared], origin: str, head: Head, bulk: Bulk
) -> _Ledger:
    requests = [prepared.request for prepared in batch]
    ledger = _Ledger(origin, head, Erasures(connection, batch))
    keys = {(r.actor, r.idempotency_key) for r in requests if r.idempotency_key is not None}
    if keys:
        for row in bulk.find(connection, log_command, sorted(keys)):
            actor, idempotency_key, *_ = row
            ledger.commands[actor, idempotency_key] = command_of(row)
    streams = sorted({(request.stream,) for request in requests})
    for stream, version, leaf_hash, _ in bulk.find(connection, log_stream, streams):
        ledger.streams_before[stream] = StreamHead(version, leaf_hash)
    claims = {tuple(claim) for request in requests for claim in request.claims}
    if claims:
        for kind, value, owner in bulk.find(connection, log_claim, sorted(claims)):
            ledger.owners[Claim(kind, value)] = owner
    return ledger


def _write_events(
    connection: Connection,
    ledger: _Ledger,
    recorded: Sequence[Recorded],
    when: Moment,
    bulk: Bulk,
) -> None:
    _write(connection, bulk.insert, log_event, [_event_row(event, when) for event in recorded])
    bodies = [(event.position, event.salt, event.body) for event in recorded]
    _write(connection, bulk.insert, log_body, bodies)
    begun: list[Row] = []
    moved: list[Row] = []
    for stream, last in ledger.last.items():
        after = (stream, last.version, last.leaf_hash, last.position)
        before = ledger.streams_before.get(stream)
        if before is None:
            begun.append(after)
        else:
            moved.append((*after, before.version))
    _write(connection, bulk.insert, log_stream, begun)
    _write(connection, bulk.move, log_stream, moved)
    _write(connection, bulk.insert, log_claim, ledger.new_claims)
    end = recorded[-1]
    head = (ledger.origin, end.position, when.text, ledger.before.position)
    _write(connection, bulk.move, log_head, [head])


def head_of(rows: Sequence[Row]) -> tuple[str, Head]:
    """The log's origin and where it ends, of the rows of `log_head`.

    Raises LogBroken unless there is one log.
    """
    if len(rows) != 1:
        raise LogBroken(f"log_head has {len(rows)} rows, not one")
    ((origin, position, recorded_at),) = rows
    return origin, Head(position, None if recorded_at is None else parse_time(recorded_at))


def command_of(row: Row) -> tuple[Appended, str]:
    """The result, as it is repeated, and the digest that a row of `log_command` holds."""
    _, _, digest, command_id, stream, *numbers, recorded_at = row
    first_version, last_version, first_position, last_position = numbers
    result = Appended(
        stream=stream,
        command_id=command_id,
        first_version=first_version,
        last_version=last_version,
        first_position=first_position,
        last_position=last_position,
        recorded_at=parse_time(recorded_at),
        repeated=True,
    )
    return result, digest


def _write(
    connection: Connection,
    write: Callable[[Connection, Table, Sequence[Row]], int],
    table: Table,
    rows: Sequence[Row],
) -> None:
    """Write all rows at once, and make sure that as many were written."""
    if not rows:
        return
    written = write(connection, table, rows)
    if written != len(rows):
        raise LogBroken(f"{written} rows were written, not {len(rows)}: {table.name}")


# Each in the order of its table's columns.


def _event_row(event: Recorded, when: Moment) -> Row:
    return (
        event.position,
        event.stream,
        event.version,
        event.type,
        event.schema,
        event.event_id,
        event.command_id,
        when.text,
        event.header,
        event.leaf_hash,
    )


def _command_row(request: Append, result: Appended, when: Moment) -> Row:
    return (
        request.actor,
        request.idempotency_key,
        request.digest,
        result.command_id,
        result.stream,
        result.first_version,
        result.last_version,
        result.first_position,
        result.last_position,
        when.text,
    )
