"""A log in memory: the port's meaning in the fewest lines, for tests and for trying things out.

It keeps nothing over a restart. No method awaits anything, so each is atomic by itself.
"""

import os
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any

from graphql_brief.domain.events import BodyErased
from graphql_brief.log import erasing, recording
from graphql_brief.log.envelope import moment, time_text
from graphql_brief.log.port import (
    Append,
    Appended,
    AppendResult,
    ClaimTaken,
    Clock,
    Entropy,
    Head,
    KeyReused,
    Listener,
    Recorded,
    StaleVersion,
    Stamped,
    T,
)
from graphql_brief.log.recording import NEW_STREAM, StreamHead


class MemoryLog:
    """An `EventLog` of plain lists."""

    broken: None = None
    """Nobody else appends."""
    heard_seconds_ago: None = None
    """There is no server."""
    queued = 0
    """An append is taken up at once."""

    def __init__(
        self, *, clock: Clock, entropy: Entropy = os.urandom, origin: str | None = None
    ) -> None:
        self.origin = origin or recording.new_origin(entropy)
        self._clock = clock
        self._entropy = entropy
        self._events: list[Recorded] = []
        self._streams: dict[str, list[Recorded]] = defaultdict(list)
        self._claims: dict[tuple[str, str], str] = {}
        self._commands: dict[tuple[str, str], tuple[Appended, str]] = {}
        self._listeners: list[Listener] = []
        self._closed = False

    async def append(self, request: Append) -> AppendResult:
        """See `EventLog`; durable as long as the process."""
        if self._closed:
            raise RuntimeError("the log is closed")
        prepared = recording.prepare(request, self._entropy)
        refused = self._refusal(request)
        if refused is not None:
            return refused
        erased = [self._erasable(request.stream, by) for by in prepared.erases]
        when = moment(self._clock(), self._head())
        if not request.events:
            return self._remember(
                request,
                recording.empty(
                    request,
                    head=self._head(),
                    stream=self._stream_head(request.stream),
                    when=when,
                ),
            )
        recorded = recording.record(
            prepared,
            origin=self.origin,
            head=self._head(),
            stream=self._stream_head(request.stream),
            when=when,
        )
        result = recording.appended(recorded)
        self._events += recorded
        self._streams[request.stream] += recorded
        self._claims |= dict.fromkeys(request.claims, request.stream)
        self._remember(request, result)
        for event in erased:
            self._erase(event)
        for listener in self._listeners:
            listener(recorded)
        return result

    def _remember(self, request: Append, result: Appended) -> Appended:
        if request.idempotency_key is not None:
            self._commands[request.actor, request.idempotency_key] = (result, request.digest)
        return result

    def _erasable(self, stream: str, by: BodyErased) -> Recorded:
        """The event as it is once its body is erased. Raises ValueError if that may not be."""
        events = self._streams.get(stream, [])
        found = events[by.version - 1] if 0 < by.version <= len(events) else None
        has_body = found is not None and found.body is not None
        erasing.check_erasable(stream, by.version, found.type if found else None, has_body=has_body)
        assert found is not None
        return erasing.without_body(found, by)

    def _erase(self, erased: Recorded) -> None:
        self._events[erased.position - 1] = erased
        self._streams[erased.stream][erased.version - 1] = erased
        for key, (result, _) in self._commands.items():
            if result.command_id == erased.command_id:
                self._commands[key] = (result, erasing.FORGOTTEN)

    def _refusal(self, request: Append) -> AppendResult | None:
        if request.idempotency_key is not None:
            earlier = self._commands.get((request.actor, request.idempotency_key))
            if earlier is not None:
                result, digest = earlier
                return recording.again(result) if digest == request.digest else KeyReused()
        version = self._stream_head(request.stream).version
        if version != request.expected_version:
            return StaleVersion(current_version=version)
        for claim in request.claims:
            owner = self._claims.get(claim, request.stream)
            if owner != request.stream:
                return ClaimTaken(claim=claim, owner=owner)
        return None

    def _head(self) -> Head:
        if not self._events:
            return Head(0, None)
        return Head(len(self._events), self._events[-1].recorded_at)

    def _stream_head(self, stream: str) -> StreamHead:
        events = self._streams.get(stream)
        return StreamHead(len(events), events[-1].leaf_hash) if events else NEW_STREAM

    async def head(self) -> Head:
        """See `EventLog`."""
        return self._head()

    async def read(
        self, *, after: int, limit: int, streams: frozenset[str] | None = None
    ) -> list[Recorded]:
        """See `EventLog`."""
        recording.check_limit(limit)
        if streams is None:
            return self._events[max(after, 0) :][:limit]
        found = [event for stream in streams for event in self._after(stream, after)]
        return sorted(found, key=lambda event: event.position)[:limit]

    async def read_stream(
        self,
        stream: str,
        *,
        after_version: int = 0,
        up_to_version: int | None = None,
        limit: int,
    ) -> list[Recorded]:
        """See `EventLog`."""
        recording.check_limit(limit)
        events = self._streams.get(stream, [])
        end = len(events) if up_to_version is None else max(up_to_version, 0)
        return events[max(after_version, 0) : end][:limit]

    async def read_stamped(
        self, stream: str, take: Callable[[Iterable[Stamped]], T], **bounds: Any
    ) -> T:
        """See `EventLog`."""
        found = await self.read_stream(stream, **bounds)
        return take((recorded.event, recorded.stamp) for recorded in found)

    async def version_at(self, stream: str, position: int) -> int:
        """See `EventLog`."""
        events = self._streams.get(stream, [])
        return bisect_right(events, position, key=lambda event: event.position)

    async def position_at(self, time: datetime) -> int:
        """See `EventLog`."""
        time_text(time)
        return bisect_right(self._events, time, key=lambda event: event.recorded_at)

    async def find_command(self, actor: str, idempotency_key: str) -> tuple[Appended, str] | None:
        """See `EventLog`."""
        found = self._commands.get((actor, idempotency_key))
        return None if found is None else (recording.again(found[0]), found[1])

    async def erased_versions(self, stream: str) -> frozenset[int]:
        """See `EventLog`."""
        return frozenset(e.version for e in self._streams.get(stream, []) if e.body is None)

    def on_commit(self, listener: Listener) -> None:
        """See `EventLog`."""
        self._listeners.append(listener)

    async def close(self) -> None:
        """See `EventLog`."""
        self._closed = True

    def _after(self, stream: str, position: int) -> Sequence[Recorded]:
        events = self._streams.get(stream, [])
        return events[bisect_right(events, position, key=lambda event: event.position) :]
