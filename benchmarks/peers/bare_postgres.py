"""PostgreSQL with nothing around it but its driver: one row a commit on each connection."""

import asyncio
from typing import Any

import asyncpg

CONNECTIONS = 50
"""Most connections; more callers than these take turns."""


class BarePostgres:
    """A table, and as many connections as there are callers, within bounds."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._connections: list[Any] = []

    async def open(self) -> None:
        """Make the table, and connect."""
        self._connections = [await asyncpg.connect(self._url) for _ in range(CONNECTIONS)]
        await self._connections[0].execute(
            "CREATE TABLE event (position bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,"
            " body bytea NOT NULL)"
        )
        self._turns = [asyncio.Lock() for _ in self._connections]

    async def append(self, caller: int, body: bytes) -> None:
        """One row, durable."""
        place = caller % CONNECTIONS
        async with self._turns[place]:
            await self._connections[place].execute("INSERT INTO event (body) VALUES ($1)", body)

    async def durability(self) -> str:
        """The settings that decide what a commit waits for."""
        return await settings_of(self._connections[0])

    async def close(self) -> None:
        """Close the connections."""
        for connection in self._connections:
            await connection.close()


async def settings_of(connection: Any) -> str:
    """The settings of a connection of asyncpg."""
    names = ("fsync", "synchronous_commit")
    found = [f"{name}={await connection.fetchval(f'SHOW {name}')}" for name in names]
    return " ".join(found)
