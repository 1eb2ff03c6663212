"""A server to send it to, whose log is read as it is written: a full pipe would stop it."""

import signal
import threading
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.cli.server import ROOT, STOP_TIMEOUT_S, Server
from tests.fuzz.run import Target
from tests.fuzz.small import BOUND_BYTES

OPTIONS = (
    *("--fixtures", str(ROOT / "fixtures")),
    *("--answers-bound-bytes", str(BOUND_BYTES)),
)
KEPT_LINES = 200


class Log:
    """What a server says: its last lines, and the lines from the first traceback on."""

    def __init__(self) -> None:
        self.last: deque[str] = deque(maxlen=KEPT_LINES)
        self.trace: list[str] = []

    def read(self, stream: Iterable[str]) -> None:
        """Read it to its end."""
        for line in stream:
            self.last.append(line)
            is_trace = bool(self.trace) or "Traceback" in line
            if is_trace and len(self.trace) < KEPT_LINES:
                self.trace.append(line)


@contextmanager
def serving(folder: Path) -> Iterator[tuple[Target, Log]]:
    """A server on a database in this folder, until the end; the log is whole after that."""
    server = Server.start(folder / "brief.db", *OPTIONS, module="tests.fuzz.small")
    process, log = server.process, Log()
    assert process.stdout is not None
    assert process.stderr is not None
    readers = [
        threading.Thread(target=log.read, args=(stream,))
        for stream in (process.stdout, process.stderr)
    ]
    for reader in readers:
        reader.start()
    try:
        yield Target(server.port, process.pid, (server.editor, server.auditor)), log
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(STOP_TIMEOUT_S)
        finally:
            process.kill()
            for reader in readers:
                reader.join()
            process.stdout.close()
            process.stderr.close()
