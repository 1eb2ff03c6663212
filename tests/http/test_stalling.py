"""Clients that do not read: cut off, but for those that are only slow."""

import asyncio
from typing import cast

import pytest

from graphql_brief.http import stalling
from graphql_brief.http.stalling import StallBound

TIMEOUT_S = 20


class Settings:
    """What the protocol asks of its configuration."""

    stall_timeout_s = 0.01


class Transport:
    """Of a client that reads as a test says: what waits for it at each look."""

    def __init__(self, *waiting_bytes: int) -> None:
        self.waiting_bytes = list(waiting_bytes)
        self.aborted = asyncio.Event()

    def get_write_buffer_size(self) -> int:
        """What waits for it."""
        return self.waiting_bytes.pop(0)

    def abort(self) -> None:
        """Note it."""
        self.aborted.set()


class Connection(StallBound):
    """To such a client."""

    def __init__(self, transport: Transport) -> None:
        self.config = Settings()
        self.loop = asyncio.get_running_loop()
        self.transport = cast(asyncio.Transport, transport)


async def test_who_reads_nothing() -> None:
    """Is cut off when the time is over, and nothing else is looked at."""
    transport = Transport(70_000, 70_000)
    Connection(transport).pause_writing()
    assert not transport.aborted.is_set()
    async with asyncio.timeout(TIMEOUT_S):
        await transport.aborted.wait()
    assert transport.waiting_bytes == []


async def test_who_reads_slowly() -> None:
    """Is left alone for as long as it reads at all."""
    transport = Transport(70_000, 60_000, 50_000, 49_999, 49_999)
    Connection(transport).pause_writing()
    async with asyncio.timeout(TIMEOUT_S):
        await transport.aborted.wait()
    assert transport.waiting_bytes == []


async def test_a_server_that_stops(monkeypatch: pytest.MonkeyPatch) -> None:
    """It looks soon, and only at whom it looks at anyway."""
    monkeypatch.setattr(Settings, "stall_timeout_s", 1000)
    monkeypatch.setattr(stalling, "HURRY_S", 0.01)
    Connection(Transport()).hurry()
    transport = Transport(70_000, 70_000, 70_000)
    connection = Connection(transport)
    connection.pause_writing()
    connection.hurry()
    async with asyncio.timeout(TIMEOUT_S):
        await transport.aborted.wait()
    assert transport.waiting_bytes == []


async def test_who_has_read() -> None:
    """Is not looked at any more; nor is who is gone."""
    for ended in (StallBound.resume_writing, lambda one: StallBound.connection_lost(one, None)):
        transport = Transport(70_000)
        connection = Connection(transport)
        connection.pause_writing()
        ended(connection)
        later = asyncio.Event()
        connection.loop.call_later(5 * Settings.stall_timeout_s, later.set)
        await later.wait()
        assert not transport.aborted.is_set()
        connection.connection_lost(None)  # again, with nothing to end
