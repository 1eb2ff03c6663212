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
from tests.faults.server import at_messages, both_lost, server_ended, two_nodes
from tests.faults.trace import Kind
from tests.faults.vfs import Strike

SQLITE = ("sqlite",)
POSTGRES = ("postgres",)
TO_LOSE = ("postgres-to-lose",)
"""A server of its own, which syncs: for what ends the server."""
BOTH = (*SQLITE, *POSTGRES)


class Fault(NamedTuple):
    """One line."""

    name: str
    databases: tuple[str, ...]
    how: How


_one_append = partial(at_each_operation, "append", callers=1, commands=1)
_one_append_sent = partial(at_messages, "append", callers=1, commands=1)
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
    Fault("killed among many appends", SQLITE, _appends("kill", most=4)),
    Fault("killed within a write", SQLITE, _appends("tear", on=_WRITES, most=4)),
    Fault("killed up to the close", SQLITE, at_each_operation("append_and_close", "kill", most=3)),
    Fault("killed while read models follow", SQLITE, _read_models("kill", most=3)),
    Fault("killed while read models catch up", SQLITE, _catch_up("kill", most=3)),
    Fault("killed in a rebuild", SQLITE, _rebuild("kill", most=3)),
    Fault("killed where a rebuild ends", SQLITE, _rebuild("kill", on=("rename", "delete"), most=3)),
    Fault("killed in the first start", SQLITE, _first_start("kill", most=6)),
    Fault("killed within a write of the first start", SQLITE, _first_start("tear", most=4)),
    Fault("killed in a migration", SQLITE, _migration("kill", most=5)),
    Fault("disk full in a migration", SQLITE, _migration("full", times=0, most=3)),
    Fault("disk full for one write", SQLITE, _appends("full", on=_WRITES, most=3)),
    Fault("disk full until the restart", SQLITE, _appends("full", on=_WRITES, times=0, most=3)),
    Fault("disk full for read models too", SQLITE, _read_models("full", times=0, most=2)),
    Fault("disk full at the first start", SQLITE, _first_start("full", times=0, most=3)),
    Fault("disk fails once", SQLITE, _appends("io-error", most=4)),
    Fault("disk fails at a sync", SQLITE, _appends("io-error", on=("sync",), most=3)),
    Fault("disk fails at the first start", SQLITE, _first_start("io-error", most=3)),
    Fault("disk turns read-only", SQLITE, _appends("read-only", times=0, most=3)),
    Fault("disk read-only at the first start", SQLITE, _first_start("read-only", times=0, most=2)),
    Fault("power lost", SQLITE, power_loss("append_and_close", states=12, commands=40)),
    Fault(
        "power lost after a failed sync",
        SQLITE,
        power_loss("append", states=8, commands=15, strike=FAILED_SYNC),
    ),
    Fault(
        "power lost while read models follow",
        SQLITE,
        power_loss("follow", states=8, commands=12, read_models=True),
    ),
    Fault(
        "power lost in a rebuild",
        SQLITE,
        power_loss("rebuild", states=6, read_models=True),
    ),
    Fault("power lost at the first start", SQLITE, power_loss("start", states=10, base=nothing)),
    Fault(
        "power lost in a migration",
        SQLITE,
        power_loss("start", states=6, base=in_the_first_format, read_models=True),
    ),
    Fault("callers cancelled during their append", BOTH, undisturbed("go_away", times=2)),
    Fault("clock set back", BOTH, undisturbed("turn_back", times=2)),
    Fault("two writers of one database", SQLITE, second_writer),
    Fault("killed at every message of an append", POSTGRES, _one_append_sent("kill")),
    Fault("killed behind every message of an append", POSTGRES, _one_append_sent("sent")),
    Fault("killed among many appends", POSTGRES, at_messages("append", "sent", most=3)),
    Fault(
        "killed while the server commits",
        POSTGRES,
        at_messages("append", "sent", text="COMMIT", most=3),
    ),
    Fault(
        "killed while read models follow",
        POSTGRES,
        at_messages("follow", "sent", most=3, read_models=True),
    ),
    Fault("killed in the first start", POSTGRES, _first_start("kill", most=4)),
    Fault("killed in a migration", POSTGRES, _migration("kill", most=4)),
    Fault("killed where a migration ends", POSTGRES, _migration("sent", most=2, late=True)),
    Fault("server killed amid appends", TO_LOSE, server_ended("endure", "kill", times=2)),
    Fault(
        "server ended at once while read models follow",
        TO_LOSE,
        server_ended("follow", "immediate", times=2, read_models=True),
    ),
    Fault("node and server killed", TO_LOSE, both_lost("endure", times=2)),
    Fault("server restarted in order", TO_LOSE, server_ended("endure", "orderly", times=1)),
    Fault("connection cut at the commit", POSTGRES, undisturbed("cut_at_commit", times=2)),
    Fault("all connections cut", POSTGRES, undisturbed("cut_off", times=2)),
    Fault("hints lost", POSTGRES, undisturbed("no_hints", times=1)),
    Fault("listening connections cut", POSTGRES, undisturbed("no_listeners", times=1)),
    Fault("two nodes on one stream", POSTGRES, two_nodes("race", times=2)),
    Fault("one of two nodes killed", POSTGRES, two_nodes("race", times=2, lose=True)),
)
