"""The steps of a request, for whoever traces them: parse, validate, execute, append.

Tracing is the outer layers' business; here is only told where a step begins and ends.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from contextvars import ContextVar
from typing import Any

from strawberry.extensions import SchemaExtension

Step = Callable[[str], AbstractContextManager[Any]]
"""Given the name of a step, what to enter while it lasts."""

TRACING: ContextVar[Step | None] = ContextVar("tracing", default=None)
"""Who is told of the steps of this task; None: nobody."""


def step(name: str) -> AbstractContextManager[Any]:
    """What to enter while a step of this name lasts."""
    tracing = TRACING.get()
    return nullcontext() if tracing is None else tracing(name)


class Steps(SchemaExtension):
    """Tells of the steps that the schema takes with a document."""

    def on_parse(self) -> Iterator[None]:
        """From the text to a tree."""
        with step("parse"):
            yield

    def on_validate(self) -> Iterator[None]:
        """Whether the tree is within the bounds, and fits the schema."""
        with step("validate"):
            yield

    def on_execute(self) -> Iterator[None]:
        """From the tree to the answer."""
        with step("execute"):
            yield
