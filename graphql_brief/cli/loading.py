"""`load`: a written history into an empty log; also what the first `serve` does.

Each step has an idempotency key: a load that was cut off is gone on with by the next one, and two
servers that begin it at once do it once. That no step is refused is found out beforehand, on a log
in memory.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from graphql_brief.api.desk import Desk
from graphql_brief.cli import fixtures
from graphql_brief.cli.options import DEFAULT_URL, DatabaseUrl, UsageError, place_of
from graphql_brief.cli.terminal import progress_bar, run
from graphql_brief.http.node import utc_now
from graphql_brief.log.memory import MemoryLog
from graphql_brief.log.opening import open_log, sqlite_path
from graphql_brief.log.port import EventLog
from graphql_brief.log.tail import Tail
from graphql_brief.projections.states import States


def load(
    folder: Annotated[Path, typer.Argument(help="A folder of fixture files.")] = Path("fixtures"),
    database_url: DatabaseUrl = DEFAULT_URL,
) -> None:
    """Record a written history in an empty log."""
    place = place_of(database_url)
    if not run(record(place.url, folder)):
        raise UsageError("the log has events already; a history is loaded into an empty one")
    print(f"recorded the history of {folder} in {place.shown}")


async def record(url: str, folder: Path) -> bool:
    """Record the history in `folder`, unless the log has other events; whether it did."""
    steps = await _wanted(url, folder)
    if not steps:
        return False
    clock = fixtures.StepClock()
    await _replay(MemoryLog(clock=clock), steps, clock)
    async with open_log(url, clock=clock) as log:
        with progress_bar() as bar:
            task = bar.add_task("loading", total=len(steps), pace="")
            await _replay(log, steps, clock, lambda: bar.advance(task))
    return True


async def _wanted(url: str, folder: Path) -> list[tuple[str, fixtures.Step]]:
    """The steps of the history, if the log is empty, or holds their beginning and not their end."""
    path = sqlite_path(url)
    if path is not None and not path.exists():
        return fixtures.read(folder)
    async with open_log(url, clock=utc_now) as log:
        if (await log.head()).position == 0:
            return fixtures.read(folder)
        try:
            steps = fixtures.read(folder)
        except fixtures.FixtureError:
            return []  # what cannot be read now does not keep a log from being served
        (_, first), (_, last) = steps[0], steps[-1]
        begun = await log.find_command(first.actor, fixtures.key_of(steps[0]))
        done = await log.find_command(last.actor, fixtures.key_of(steps[-1]))
        return steps if begun is not None and done is None else []


async def _replay(
    log: EventLog,
    steps: list[tuple[str, fixtures.Step]],
    clock: fixtures.StepClock,
    progress: Callable[[], None] = lambda: None,
) -> None:
    tail = Tail(log)
    await tail.start()
    try:
        await fixtures.replay(Desk(log, States(log, tail)), steps, clock, progress)
    finally:
        tail.close()
