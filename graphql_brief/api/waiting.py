"""Waiting for a position: how a reader on one node sees what was written through another."""

import asyncio
from typing import Annotated, TypeAlias

import strawberry

from graphql_brief.api.context import Node
from graphql_brief.api.errors import ApiCode, ApiError
from graphql_brief.api.scalars import Position
from graphql_brief.log.tail import TailClosed
from graphql_brief.projections.runner import ProjectionHalted

WAIT_S = 5.0
"""Longest wait of one request."""

MinPosition: TypeAlias = Annotated[
    Position | None,
    strawberry.argument(
        description=(
            "Answer once this server holds the log up to this position, such as that of an edit "
            "made through another server. Waits up to "
            f"{WAIT_S:.0f} seconds, and is then the error POSITION_NOT_REACHED."
        )
    ),
]


async def reach(node: Node, position: int | None) -> None:
    """Return when what the node shows holds `position`; at once if that is None.

    Raises ApiError if it is not reached in time.
    """
    if position is None or node.projector.position >= position:
        return
    if node.waiting.locked():
        raise _not_reached(node, position)
    try:
        async with node.waiting, asyncio.timeout(WAIT_S):
            await node.tail.wait(position)
            await node.projector.wait(position)
    except (TimeoutError, TailClosed, ProjectionHalted) as error:
        raise _not_reached(node, position) from error


def _not_reached(node: Node, position: int) -> ApiError:
    return ApiError(
        ApiCode.POSITION_NOT_REACHED,
        f"this server holds the log up to position {node.projector.position}, not {position}; "
        "ask again",
    )
