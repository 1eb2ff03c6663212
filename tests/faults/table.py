"""The faults: what strikes, and how often it is tried in the ordinary run of the tests.

One more is one more line. `make faults` tries the plainest of them, the kill, hundreds of times on
one database that grows.
"""

from functools import partial
from typing import NamedTuple

from tests.faults.how import (
    How,
    appended,
    at_each_operation,
    in_the_first_format,
    nothing,
    power_loss,
    second_writer,
    undisturbed,
)
from tests.faults.trace import Kind
from tests.faults.vfs import Strike

SQLITE = ("sqlite",)


class Fault(NamedTuple):
    """One line."""

    name: str
    databases: tuple[str, ...]
    how: How


_one_append = partial(at_each_operation, "append", callers=1, commands=1)
_appends = partial(at_each_operation, "append")
_read_models = partial(at_each_operation, "follow", read_models=True)
_catch_up = partial(at_each_operation, "catch_up", base=appended, read_models=True)
_rebuild = partial(at_each_operation, "rebuild", read_models=True)
_first_start = partial(at_each_operation, "start", base=nothing)
_migration = partial(at_each_operation, "start", base=in_the_first_format, read_models=True)
_WRITES: tuple[Kind, ...] = ("write",)
FAILED_SYNC = Strike(do="io-error", on=("sync",), at=5)

FAULTS = (
    Fault("killed at every step of an append", SQLITE, _one_append("kill")),
    Fault("killed among many appends", SQLITE, _appends("kill", most=6)),
    Fault("killed within a write", SQLITE, _appends("tear", on=_WRITES, most=6)),
    Fault("killed up to the close", SQLITE, at_each_operation("append_and_close", "kill", most=4)),
    Fault("killed while read models follow", SQLITE, _read_models("kill", most=5)),
    Fault("killed while read models catch up", SQLITE, _catch_up("kill", most=4)),
    Fault("killed in a rebuild", SQLITE, _rebuild("kill", most=4)),
    Fault("killed where a rebuild ends", SQLITE, _rebuild("kill", on=("rename", "delete"), most=4)),
    Fault("killed in the first start", SQLITE, _first_start("kill", most=12)),
    Fault("killed within a write of the first start", SQLITE, _first_start("tear", most=6)),
    Fault("killed in a migration", SQLITE, _migration("kill", most=12)),
    Fault("disk full in a migration", SQLITE, _migration("full", times=0, most=4)),
    Fault("disk full for one write", SQLITE, _appends("full", on=_WRITES, most=6)),
    Fault("disk full until the restart", SQLITE, _appends("full", on=_WRITES, times=0, most=6)),
    Fault("disk full for read models too", SQLITE, _read_models("full", times=0, most=3)),
    Fault("disk full at the first start", SQLITE, _first_start("full", times=0, most=6)),
    Fault("disk fails once", SQLITE, _appends("io-error", most=6)),
    Fault("disk fails at a sync", SQLITE, _appends("io-error", on=("sync",), most=4)),
    Fault("disk fails at the first start", SQLITE, _first_start("io-error", most=6)),
    Fault("disk turns read-only", SQLITE, _appends("read-only", times=0, most=6)),
    Fault("disk read-only at the first start", SQLITE, _first_start("read-only", times=0, most=3)),
    Fault("power lost", SQLITE, power_loss("append_and_close", states=24, commands=70)),
    Fault(
        "power lost after a failed sync",
        SQLITE,
        power_loss("append", states=12, commands=15, strike=FAILED_SYNC),
    ),
    Fault(
        "power lost while read models follow",
        SQLITE,
        power_loss("follow", states=12, commands=20, read_models=True),
    ),
    Fault(
        "power lost in a rebuild",
        SQLITE,
        power_loss("rebuild", states=8, read_models=True),
    ),
    Fault("power lost at the first start", SQLITE, power_loss("start", states=20, base=nothing)),
    Fault(
        "power lost in a migration",
        SQLITE,
        power_loss("start", states=12, base=in_the_first_format, read_models=True),
    ),
    Fault("callers cancelled during their append", SQLITE, undisturbed("go_away", times=3)),
    Fault("clock set back", SQLITE, undisturbed("turn_back", times=3)),
    Fault("two writers of one database", SQLITE, second_writer),
)
