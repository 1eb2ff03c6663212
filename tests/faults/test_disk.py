"""The disk after a power loss: what was synced is there, of the rest anything may be."""

import random

from tests.faults.disk import Disk
from tests.faults.trace import Create, Delete, LostSync, Operation, Rename, Sync, Truncate, Write
from tests.faults.vfs import SECTOR_BYTES

DB = "/d/brief.db"
NEW = "/d/brief.db-wal"


def outcomes(*operations: Operation) -> set[tuple[tuple[str, bytes], ...]]:
    """All that was found in many power losses after these operations on a file of zeros."""
    found = set()
    for seed in range(300):
        rng = random.Random(seed)
        disk = Disk({DB: bytes(2 * SECTOR_BYTES)})
        for operation in operations:
            disk.apply(operation, rng)
        found.add(tuple(sorted(disk.after_power_loss(rng).items())))
    return found


ZEROS, ONES = bytes(SECTOR_BYTES), b"1" * SECTOR_BYTES


def test_an_unsynced_write_may_be_there_in_any_of_its_sectors() -> None:
    """Each sector by itself."""
    assert outcomes(Write(DB, 0, ONES + ONES)) == {
        ((DB, one + other),) for one in (ZEROS, ONES) for other in (ZEROS, ONES)
    }


def test_a_write_across_a_sectors_edge_may_be_torn_there() -> None:
    """Sectors are the file's, not the write's."""
    half = SECTOR_BYTES // 2
    written = outcomes(Write(DB, half, b"1" * SECTOR_BYTES))
    torn = bytes(half) + b"1" * half
    assert ((DB, torn + ZEROS),) in written
    assert len(written) == 4


def test_what_was_synced_is_there() -> None:
    """And what was written while the sync was under way may be."""
    assert outcomes(Write(DB, 0, ONES), Sync(DB, 1, folder=False)) == {((DB, ONES + ZEROS),)}
    during = outcomes(Write(DB, 0, ONES), Write(DB, SECTOR_BYTES, ONES), Sync(DB, 1, folder=False))
    assert during == {((DB, ONES + ZEROS),), ((DB, ONES + ONES),)}


def test_a_failed_sync_loses_for_good() -> None:
    """A later one that succeeds does not bring back what the first has lost."""
    assert outcomes(Write(DB, 0, ONES), LostSync(DB), Sync(DB, 2, folder=False)) == {
        ((DB, ZEROS + ZEROS),),
        ((DB, ONES + ZEROS),),
    }


def test_a_cut_may_be_undone() -> None:
    """Until it is synced."""
    assert outcomes(Truncate(DB, 5)) == {((DB, ZEROS + ZEROS),), ((DB, bytes(5)),)}


def test_names_are_on_the_disk_when_their_folder_is() -> None:
    """A file that was made, removed or renamed may be there under the old name or the new one."""
    base = (DB, ZEROS + ZEROS)
    assert outcomes(Create(NEW)) == {(base,), (base, (NEW, b""))}
    assert outcomes(Create(NEW), Sync(NEW, 1, folder=True)) == {(base, (NEW, b""))}
    assert outcomes(Delete(DB, folder=False)) == {(base,), ()}
    assert outcomes(Delete(DB, folder=True)) == {()}
    moved = (NEW, ZEROS + ZEROS)
    assert {(base,), (moved,)} <= outcomes(Rename(DB, NEW))


def test_whether_there_is_anything_to_lose() -> None:
    """Only until a sync."""
    disk = Disk({DB: b""})
    told = []
    operations: list[Operation] = [Write(DB, 0, ONES), Sync(DB, 1, folder=False)]
    for place, operation in enumerate(operations):
        told.append(disk.unsynced)
        disk.apply(operation, random.Random(place))
    assert [*told, disk.unsynced] == [False, True, False]
