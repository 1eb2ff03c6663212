"""Between a node and PostgreSQL: counts the node's messages, and ends the node at one of them.

What `vfs` is for SQLite, of which it has the face. It is a proxy in the node's own process, and so
it is lost with the node: the server sees what it would see of any node that is lost.
"""

import os
import signal
from asyncio import StreamWriter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tests.faults.store_postgres import PostgresStore
from tests.faults.trace import Operation
from tests.faults.vfs import NEVER, Strike
from tests.log.proxy import ASKING, Proxy, proxied


class Wire:
    """The messages for which this process waits for the server, one of which it may not survive."""

    def __init__(self, strike: Strike = NEVER) -> None:
        """A strike of the kind kill or sent."""
        self.trace: list[Operation] = []
        """Nothing: what is done to the server's files is not recorded."""
        self.operations = 0
        """How many messages there were while it was armed."""
        self.proxy: Proxy
        self._strike = strike
        self._armed = False

    @property
    def struck(self) -> bool:
        """Whether a connection was cut."""
        return self.proxy.cuts > 0

    @asynccontextmanager
    async def before(self, store: PostgresStore) -> AsyncIterator[PostgresStore]:
        """The same database, by way of this."""
        async with proxied(store.database) as (self.proxy, url):
            self.proxy.meets = self._meet
            yield store._replace(database=url)

    def arm(self) -> None:
        """Count messages from here on."""
        self._armed = True

    def disarm(self) -> None:
        """Count no more: nothing strikes from here on."""
        self._armed = False

    def mark(self, line: bytes) -> None:
        """See `vfs.Shim`: nothing is recorded here."""

    def _meet(self, message: bytes, server: StreamWriter) -> None:
        if not self._armed or message[:1] not in ASKING:
            return
        if self._strike.text.encode() not in message:
            return
        self.operations += 1
        if self.operations != self._strike.at:
            return
        if self._strike.do == "sent":
            server.write(message)
        os.kill(os.getpid(), signal.SIGKILL)
