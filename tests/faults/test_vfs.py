"""The file system under SQLite: it records what is done, and strikes where it is told."""

import json
import random
from pathlib import Path

import msgspec
import pytest

from tests.faults.bench import Bench
from tests.faults.disk import Disk
from tests.faults.nursery import Trouble
from tests.faults.stores import SqliteStore
from tests.faults.trace import Mark, Operation, Sync, Write
from tests.faults.vfs import Strike, Strikes
from tests.faults.worker import Came


def test_a_record_gives_the_files_as_they_are(bench: Bench, tmp_path: Path) -> None:
    """Every byte that SQLite wrote is in the record: played back, it makes the same files."""
    case = bench.empty()
    record = tmp_path / "record"
    assert case.run("append_and_close", commands=20, trace=str(record)) is not None
    trace = msgspec.msgpack.decode(record.read_bytes(), type=list[Operation])
    rng = random.Random(0)
    disk = Disk({})
    for operation in trace:
        disk.apply(operation, rng)
    assert isinstance(case.store, SqliteStore)
    assert disk.files() == {
        str(case.store.folder / name): raw for name, raw in case.store.files().items()
    }


def test_acknowledgements_come_behind_their_sync(bench: Bench, tmp_path: Path) -> None:
    """In the record: a write, its sync, and then the line that says that it is safe."""
    case = bench.filled()
    record = tmp_path / "record"
    assert case.run("append", commands=3, trace=str(record)) is not None
    trace = msgspec.msgpack.decode(record.read_bytes(), type=list[Operation])
    told = [
        (place, json.loads(at.line)["command"].encode())
        for place, at in enumerate(trace)
        if isinstance(at, Mark) and b"Told" in at.line
    ]
    assert told
    for place, command in told:
        steps = [at for at in trace[:place] if isinstance(at, Write | Sync)]
        # By then the next batch may be on its way to the disk.
        wrote = [n for n, at in enumerate(steps) if isinstance(at, Write) and command in at.data]
        assert any(isinstance(at, Sync) for at in steps[wrote[0] :])


@pytest.mark.parametrize("do", ["kill", "tear"])
def test_a_process_ends_where_it_is_struck(bench: Bench, do: Strikes) -> None:
    """And leaves no more than it had done."""
    case = bench.filled()
    assert isinstance(case.store, SqliteStore)
    before = case.store.files()
    assert case.run("append", Strike(do=do, at=1, on=("write",))) is None
    after = case.store.files()
    assert after[Path("brief.db")] == before[Path("brief.db")]
    # The write-ahead log's header, the page that every start writes, each page with a header;
    # and of the next page's header nothing, or half.
    started = 32 + (24 + 4096)
    assert len(after[Path("brief.db-wal")]) == started + (12 if do == "tear" else 0)


@pytest.mark.parametrize("do", ["full", "io-error", "read-only"])
def test_an_operation_fails_as_often_as_it_is_told(bench: Bench, do: Strikes) -> None:
    """Then appends fail, as many as shared the transaction, and later ones do not."""
    case = bench.filled()
    once = case.run("append", Strike(do=do, at=1, on=("write",)))
    assert once is not None
    assert once.struck
    assert 1 <= once.failed <= 4
    for_ever = case.run("append", Strike(do=do, at=1, on=("write",), times=0))
    assert for_ever is not None
    assert for_ever.failed > 4


def test_nothing_strikes_an_undisturbed_process(bench: Bench) -> None:
    """It counts what could have been struck, and ends."""
    came = bench.empty().run("append")
    assert isinstance(came, Came)
    assert (came.struck, came.failed, came.error) == (False, 0, None)
    assert came.operations > 0


def test_what_no_plan_asked_for_is_told(bench: Bench) -> None:
    """A process that fails by itself is no fault that was tried."""
    with pytest.raises(Trouble, match="no-such-work"):
        bench.empty().run("no-such-work")
