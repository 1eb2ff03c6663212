"""What commands show on a terminal while they work, and the loop that they work on."""

import asyncio
import contextlib
import sys
import time
from collections.abc import Callable, Coroutine, Iterator
from typing import Any, TypeVar

from rich import progress as bars
from rich.console import Console

from graphql_brief.http.server import new_event_loop
from graphql_brief.projections.rebuild import Progress

TELL_S = 10
"""How often progress is told where there is no terminal."""

T = TypeVar("T")

stderr = Console(stderr=True)


def run(work: Coroutine[Any, Any, T]) -> T:
    """The result of a coroutine, on the loop that everything runs on."""
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        return runner.run(work)


def progress_bar() -> bars.Progress:
    """A bar of what is done, if there is a terminal; its tasks need the field `pace`."""
    columns = (
        bars.TextColumn("{task.description}"),
        bars.BarColumn(),
        bars.MofNCompleteColumn(),
        bars.TextColumn("{task.fields[pace]}"),
    )
    hidden = not stderr.is_terminal
    return bars.Progress(*columns, bars.TimeRemainingColumn(), console=stderr, disable=hidden)


@contextlib.contextmanager
def shown(what: str) -> Iterator[Callable[[Progress], None]]:
    """Shows how far a walk over the log is: on a terminal as it moves, else a line every ten
    seconds.
    """
    told = 0.0
    with progress_bar() as bar:
        task = bar.add_task(what, pace="")

        def tell(progress: Progress) -> None:
            nonlocal told
            pace = f"{progress.events_per_s:,.0f} events/s"
            bar.update(task, completed=progress.done, total=progress.total, pace=pace)
            if not stderr.is_terminal and progress.elapsed_s - told >= TELL_S:
                told = progress.elapsed_s
                left = f"{progress.left_s:.0f} s left" if progress.left_s is not None else ""
                print(
                    f"{what}: {progress.done} of {progress.total} events, {pace}, {left}",
                    file=sys.stderr,
                )

        yield tell


@contextlib.contextmanager
def counted(what: str) -> Iterator[Callable[[int, int], None]]:
    """As `shown`, for who tells only how many events are done, and of how many."""
    begun = time.monotonic()
    with shown(what) as tell:
        yield lambda done, total: tell(Progress(done, total, time.monotonic() - begun))
