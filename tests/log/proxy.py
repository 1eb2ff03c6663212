"""A proxy before PostgreSQL that counts what clients ask, and cuts connections where it is told."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from urllib.parse import urlsplit, urlunsplit

_PROTOCOL_3 = 196608
ASKING = (b"S", b"Q")  # Sync and Query: after each the client waits for the server


class Proxy:
    """Passes the messages of clients on to one server."""

    def __init__(self, host: str, port: int) -> None:
        self.round_trips = 0
        """How many times a client waited for an answer, since it was let in."""
        self.sent: list[str] = []
        """The texts of the statements that were sent as such: BEGIN, COMMIT."""
        self.cut_before: str | None = None
        """The next statement with this text is not passed on: its connection ends instead."""
        self.cut_after: str | None = None
        """The next statement with this text is passed on, and its connection ends before the
        answer, once the server has given it."""
        self.cut_at_once: str | None = None
        """The next statement with this text is passed on, and the client's connection ends before
        the server has done it; the server is left to it."""
        self.cuts = 0
        """How many of these came."""
        self.refusing = False
        """New connections end at once."""
        self.meets: Callable[[bytes, asyncio.StreamWriter], None] = lambda message, server: None
        """Called with each message behind the first, before it is passed on, and with what goes
        to the server."""
        self._target = (host, port)
        self._writers: set[asyncio.StreamWriter] = set()
        self._left: set[asyncio.StreamWriter] = set()

    def cut_all(self) -> None:
        """End all connections."""
        self.cuts += bool(self._writers)
        for writer in self._writers | self._left:
            writer.close()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection of a client."""
        if self.refusing:
            writer.close()
            return
        try:
            server_reader, server_writer = await asyncio.open_connection(*self._target)
        except OSError:  # the server is away: so is this
            writer.close()
            return
        ends = {writer, server_writer}
        self._writers |= ends
        answers = asyncio.create_task(_copy(server_reader, writer))
        try:
            await self._let_in(reader, server_writer)
            while await self._pass_on(reader, server_writer, server_reader, answers):
                pass
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            for end in ends - self._left:
                end.close()
            self._writers -= ends
            answers.cancel()
            await asyncio.wait([answers])

    async def _let_in(self, reader: asyncio.StreamReader, server: asyncio.StreamWriter) -> None:
        while True:  # the messages of the beginning have no kind; the first may ask for TLS
            length = await reader.readexactly(4)
            rest = await reader.readexactly(int.from_bytes(length, "big") - 4)
            server.write(length + rest)
            if int.from_bytes(rest[:4], "big") == _PROTOCOL_3:
                return

    async def _pass_on(
        self,
        reader: asyncio.StreamReader,
        server: asyncio.StreamWriter,
        server_reader: asyncio.StreamReader,
        answers: asyncio.Task[None],
    ) -> bool:
        """Pass one message on; False: the connection is to end."""
        kind = await reader.readexactly(1)
        length = await reader.readexactly(4)
        rest = await reader.readexactly(int.from_bytes(length, "big") - 4)
        self.meets(kind + length + rest, server)
        self.round_trips += kind in ASKING
        text = rest[:-1].decode() if kind == b"Q" else ""
        if text:
            self.sent.append(text)
        if self.cut_before is not None and self.cut_before in text:
            self.cut_before = None
            self.cuts += 1
            return False
        if self.cut_after is not None and self.cut_after in text:
            self.cut_after = None
            self.cuts += 1
            answers.cancel()
            await asyncio.wait([answers])
            server.write(kind + length + rest)
            await server_reader.read(1)
            return False
        server.write(kind + length + rest)
        if self.cut_at_once is not None and self.cut_at_once in text:
            self.cut_at_once = None
            self.cuts += 1
            self._left.add(server)
            return False
        return True


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(2**16):
            writer.write(data)
    except ConnectionError:
        pass
    writer.close()


@asynccontextmanager
async def proxied(url: str) -> AsyncIterator[tuple[Proxy, str]]:
    """A proxy before the database of `url`, and its URL by way of the proxy."""
    parts = urlsplit(url)
    proxy = Proxy(parts.hostname or "127.0.0.1", parts.port or 5432)
    server = await asyncio.start_server(proxy.serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    user = parts.netloc.rpartition("@")[0]
    try:
        yield proxy, urlunsplit(parts._replace(netloc=f"{user}@127.0.0.1:{port}"))
    finally:
        server.close()
        proxy.cut_all()
