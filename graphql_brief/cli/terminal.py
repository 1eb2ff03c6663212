"""What commands show on a terminal while they work, and the loop that they work on."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from graphql_brief.http.server import new_event_loop

T = TypeVar("T")

stderr = Console(stderr=True)


def run(work: Coroutine[Any, Any, T]) -> T:
    """The result of a coroutine, on the loop that everything runs on."""
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        return runner.run(work)


def progress_bar() -> Progress:
    """A bar of what is done, if there is a terminal; its tasks need the field `pace`."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[pace]}"),
    )
    return Progress(*columns, TimeRemainingColumn(), console=stderr, disable=not stderr.is_terminal)
