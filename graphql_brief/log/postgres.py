"""The log in PostgreSQL: several nodes append to one log, and all hear of all commits."""

import asyncio
import logging
import os
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

import sqlalchemy as sa
from sqlalchemy import bindparam

from graphql_brief.log import recording
from graphql_brief.log.append import Appending, append_in
from graphql_brief.log.bulk import LOCK_HEADS, ByArrays
from graphql_brief.log.cleaning import Cleaning
from graphql_brief.log.delivery import Delivery
from graphql_brief.log.following import POLL_S, Follower
from graphql_brief.log.group import GroupCommit
from graphql_brief.log.known import check_readable
from graphql_brief.log.port import (
    Append,
    AppendResult,
    Clock,
    DatabaseError,
    Entropy,
    Head,
    Listener,
    OutcomeUnknown,
    Recorded,
    Unreadable,
    erasures,
)
from graphql_brief.log.postgres_database import PostgresDatabase
from graphql_brief.log.postgres_errors import ConnectionLost
from graphql_brief.log.reading import Reading
from graphql_brief.log.recording import Prepared
from graphql_brief.log.tables import log_event, log_head

OUTCOME_TIMEOUT_S = 30.0
"""How long a batch whose commit was cut off waits for the server to come back and tell."""
FIRST_WAIT_S = 0.02
LONGEST_WAIT_S = 1.0
"""Between two tries to reach the server again; each wait doubles."""
TRIES = 3
"""How often a batch is tried whose connection ended before its commit."""

_BULK = ByArrays()
_SELECT_ORIGIN = sa.select(log_head.c.origin)
_EVENT_AT = sa.select(log_event.c.event_id).where(log_event.c.position == bindparam("position"))

_Given = TypeVar("_Given")
_logger = logging.getLogger(__name__)


class _Uncertain(Exception):  # noqa: N818 - it may be or not
    """The connection ended while a transaction was being committed."""

    def __init__(self, appending: Appending) -> None:
        super().__init__("the connection was lost while committing")
        self.appending = appending


class PostgresLog(Reading):
    """An `EventLog` in the tables of a `PostgresDatabase`, whose owner closes that after the log.

    Any number of them, in any number of processes, may append to one log.
    """

    def __init__(
        self,
        database: PostgresDatabase,
        origin: str,
        head: Head,
        *,
        clock: Clock,
        entropy: Entropy,
        poll_s: float,
    ) -> None:
        super().__init__(database.reader, by_arrays=True)
        self.origin = origin
        self._database = database
        self._clock = clock
        self._entropy = entropy
        self._delivery = Delivery(head.position, self.read, self.begins_commit)
        self._follower = Follower(database, origin, self._arrived, poll_s=poll_s)
        self._appends = GroupCommit(self._commit).queue
        self._cleaning = Cleaning(database)

    @classmethod
    async def open(
        cls,
        database: PostgresDatabase,
        *,
        clock: Clock,
        entropy: Entropy = os.urandom,
        origin: str | None = None,
        poll_s: float = POLL_S,
    ) -> "PostgresLog":
        """The log in this database; an empty one is begun if there is none.

        `origin` is for a new log; without it, one is made up. Commits of other nodes are noticed
        within `poll_s` seconds even if nothing tells of them. Raises DatabaseError if the log in
        the database has another origin, or none and may only be read; UnknownEvent if it holds an
        event that newer code wrote. One that may only be read hears of commits by `head`.
        """
        async with database.reader() as connection:
            found = (await connection.execute(_SELECT_ORIGIN)).scalar_one_or_none()
            await connection.run_sync(check_readable)
        if found is None:
            # Alone: of two nodes that begin a log at once, one finds that of the other.
            async with database.alone() as connection:
                found = (await connection.execute(_SELECT_ORIGIN)).scalar_one_or_none()
                if found is None:
                    found = origin or recording.new_origin(entropy)
                    await connection.execute(log_head.insert(), {"origin": found, "position": 0})
        if origin not in (None, found):
            raise DatabaseError(
                f"{database.name} holds the log {found}, not {origin}; name another database"
            )
        head = await Reading(database.reader).head()
        log = cls(database, found, head, clock=clock, entropy=entropy, poll_s=poll_s)
        if not database.read_only:
            log._follower.start()
        return log

    @property
    def broken(self) -> Unreadable | None:
        """See `EventLog`."""
        return self._delivery.broken

    @property
    def heard_seconds_ago(self) -> float | None:
        """See `EventLog`; None also where it is only read."""
        return None if self._database.read_only else self._follower.heard_seconds_ago

    @property
    def queued(self) -> int:
        """See `EventLog`."""
        return len(self._appends)

    async def append(self, request: Append) -> AppendResult:
        """See `EventLog`. Raises DatabaseError where nothing was written, OutcomeUnknown where it
        cannot be told."""
        return await self._appends.append(recording.prepare(request, self._entropy))

    async def _commit(self, batch: Sequence[Prepared]) -> list[AppendResult | ValueError]:
        # The turn is taken before the transaction: while it lasts nothing is delivered, so that
        # these commits are delivered from what is at hand, without reading them.
        async with self._delivery.turn:
            if self.broken is not None:
                raise _refused(self.broken)
            before, outcomes = await self._append_once(batch)
            commits = [outcome.recorded for outcome in outcomes if outcome.recorded]
            # A crash from here on, or a server that stays away, leaves the appends in the log.
            await self._deliver(before.position, commits)
        if any(erasures(commit) for commit in commits):
            self._cleaning.begin()
        return [outcome.result for outcome in outcomes]

    async def _append_once(self, batch: Sequence[Prepared]) -> Appending:
        """Append a batch, whatever becomes of connections meanwhile.

        Raises ConnectionLost where nothing was written, OutcomeUnknown where it cannot be told.
        """
        for attempt in range(1, TRIES + 1):
            try:
                return await self._transact(batch)
            except ConnectionLost:
                # Nothing was written. The connection may have ended long ago, unnoticed.
                if attempt == TRIES:
                    raise
            except _Uncertain as uncertain:
                _logger.warning(
                    "%s: %s; looking what is in the log", self._database.name, uncertain
                )
                if await self._is_in_log(uncertain.appending):
                    return uncertain.appending
        raise ConnectionLost(
            f"{self._database.name}: the connection was lost {TRIES} times amid an append; "
            "nothing was written"
        )

    async def _transact(self, batch: Sequence[Prepared]) -> Appending:
        appending: Appending | None = None
        try:
            async with self._database.writer() as connection:
                # A crash before the commit leaves the log as it was: the server rolls back. One
                # amid it leaves all of the batch or nothing.
                judged = await connection.run_sync(append_in, batch, self._clock(), _BULK)
                appending = judged
                await connection.commit()
        except ConnectionLost as error:
            if appending is None:
                raise
            raise _Uncertain(appending) from error
        return judged

    async def _is_in_log(self, appending: Appending) -> bool:
        """Whether a batch that was being committed is in the log, once that is certain."""
        recorded = [event for outcome in appending.outcomes for event in outcome.recorded]
        if not recorded:
            return False  # nothing that matters was written: it can be judged anew
        first = recorded[0]

        async def look() -> bool:
            async with self._database.writer() as connection:
                # The server may still be about to commit. It holds the head until it has, or has
                # rolled back.
                await connection.execute(LOCK_HEADS)
                found = await connection.execute(_EVENT_AT, {"position": first.position})
                return found.scalar_one_or_none() == first.event_id

        return await self._insist(look)

    async def _deliver(self, before: int, commits: Sequence[Sequence[Recorded]]) -> None:
        """Deliver what a batch was judged on, and then its own commits."""
        if self._delivery.position < before:
            await self._insist(lambda: self._delivery.read_up_to(before))
        if self.broken is not None:
            # Another node wrote it a moment ago, and this one had not heard of it.
            if not commits:
                raise _refused(self.broken)
            raise OutcomeUnknown(
                f"{self.broken}; an edit was taken behind it, which this server "
                "cannot show; ask again under the same idempotency key"
            )
        self._delivery.hand_over(commits)

    async def _insist(self, action: Callable[[], Awaitable[_Given]]) -> _Given:
        """Do it as soon as the server can be reached, for a batch that may be in the log.

        Raises OutcomeUnknown if it stays away for too long.
        """
        deadline = asyncio.get_running_loop().time() + OUTCOME_TIMEOUT_S
        wait_s = FIRST_WAIT_S
        while True:
            try:
                return await action()
            except DatabaseError as error:
                if asyncio.get_running_loop().time() + wait_s > deadline:
                    raise OutcomeUnknown(
                        "the connection to the database was lost while committing, and it cannot "
                        "be told whether the edit is in the log; ask again under the same "
                        "idempotency key"
                    ) from error
            await asyncio.sleep(wait_s)
            wait_s = min(2 * wait_s, LONGEST_WAIT_S)

    async def _arrived(self, position: int) -> None:
        """Deliver what others have appended, at least up to `position`."""
        if position > self._delivery.position:
            async with self._delivery.turn:
                await self._delivery.read_up_to(position)

    async def head(self) -> Head:
        """See `EventLog`. Whatever it tells of has been delivered."""
        head = await super().head()
        await self._arrived(head.position)
        return head

    def on_commit(self, listener: Listener) -> None:
        """See `EventLog`."""
        self._delivery.listeners.append(listener)

    async def close(self) -> None:
        """See `EventLog`."""
        await self._appends.close()
        await self._cleaning.close()
        await self._follower.close()


def _refused(broken: Unreadable) -> DatabaseError:
    return DatabaseError(f"{broken}; nothing was written; edit through another server")
