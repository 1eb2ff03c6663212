"""How a node hears of what other nodes append: told by the server, and asking in any case.

What the server tells (NOTIFY) is a hint, and may be lost. So the node asks at an interval where
the log ends, on the connection on which it listens, which shows also whether that is still alive.
Whatever goes wrong is logged and tried again, for ever.
"""

import asyncio
import hashlib
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from graphql_brief.log.postgres_database import PostgresDatabase
from graphql_brief.log.postgres_errors import ConnectionLost

POLL_S = 1.0
"""How long a lost hint may delay what it would have told."""
ASK_TIMEOUT_S = 5.0
"""How long the server may take to say where the log ends."""
FIRST_WAIT_S = 0.05
LONGEST_WAIT_S = 5.0
"""Before the first try to listen again, and before any later one: each wait doubles."""

_logger = logging.getLogger(__name__)

Arrived = Callable[[int], Awaitable[None]]
"""Told that the log has come to a position, at least."""


class Follower:
    """A task that says how far the log has come, from `start` to `close`."""

    def __init__(
        self, database: PostgresDatabase, origin: str, arrived: Arrived, *, poll_s: float = POLL_S
    ) -> None:
        self._database = database
        self._channel = channel_of(origin)
        self._arrived = arrived
        self._poll_s = poll_s
        self._wait_s = FIRST_WAIT_S
        self._hinted = 0
        self._hint = asyncio.Event()
        self._heard_s = _now_s()
        self._task: asyncio.Task[None] | None = None

    @property
    def heard_seconds_ago(self) -> float:
        """How long ago the server said something, or was first to be heard."""
        return _now_s() - self._heard_s

    def start(self) -> None:
        """Begin to follow."""
        self._task = asyncio.create_task(self._follow())

    async def close(self) -> None:
        """End the task."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    async def _follow(self) -> None:
        while True:
            # A task of its own, so that whatever it raises ends it alone.
            listening = asyncio.create_task(self._listen())
            try:
                await asyncio.wait([listening])
            except asyncio.CancelledError:
                listening.cancel()
                await asyncio.wait([listening])
                raise
            self._say(listening)
            await asyncio.sleep(self._wait_s)
            self._wait_s = min(2 * self._wait_s, LONGEST_WAIT_S)

    def _say(self, ended: asyncio.Task[None]) -> None:
        error = None if ended.cancelled() else ended.exception()
        # A server that is away says so itself, and does so again and again: no tracebacks of it.
        away = isinstance(error, OSError | ConnectionLost)
        _logger.log(
            logging.WARNING if away else logging.ERROR,
            "%s: following the log was interrupted (%s); trying again in %.2f s",
            self._database.name,
            error,
            self._wait_s,
            exc_info=None if away else error,
        )

    async def _listen(self) -> None:
        """Follow on one connection, until something fails."""
        async with self._database.listener() as connection:
            connection.add_termination_listener(self._lost)
            await connection.add_listener(self._channel, self._told)
            while True:
                # Whatever was committed before LISTEN took effect is seen by asking after it.
                end = await connection.fetchval(
                    "SELECT position FROM log_head", timeout=ASK_TIMEOUT_S
                )
                self._heard_s = _now_s()
                await self._arrived(end)
                self._wait_s = FIRST_WAIT_S
                while await self._was_told():
                    await self._arrived(self._hinted)

    async def _was_told(self) -> bool:
        """Wait for a hint; False: it is time to ask."""
        try:
            async with asyncio.timeout(self._poll_s):
                await self._hint.wait()
        except TimeoutError:
            return False
        self._hint.clear()
        return self._hinted > 0

    def _told(self, connection: Any, pid: int, channel: str, payload: str) -> None:
        self._heard_s = _now_s()
        self._hinted = int(payload) if payload.isdecimal() else 0
        self._hint.set()

    def _lost(self, connection: Any) -> None:
        self._hinted = 0  # nothing to read: to ask will fail, and so tell why
        self._hint.set()


def _now_s() -> float:
    return asyncio.get_running_loop().time()


def channel_of(origin: str) -> str:
    """The channel on which the server tells of a log's commits; the migrations say the same."""
    return "log_" + hashlib.sha256(origin.encode()).hexdigest()[:32]
