"""What every resolver is given: the node's parts, and who asks."""

import asyncio
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import strawberry

from graphql_brief.api.desk import Desk
from graphql_brief.api.footprint import Footprint, Unnoted
from graphql_brief.api.plan import Shapes
from graphql_brief.api.view import Views
from graphql_brief.api.viewer import ANONYMOUS, Viewer
from graphql_brief.live.cursor import LiveCursor
from graphql_brief.live.sources import LiveSources
from graphql_brief.log.port import EventLog
from graphql_brief.log.tail import Tail
from graphql_brief.projections.catalogue import Catalogue
from graphql_brief.projections.runner import Projector
from graphql_brief.projections.states import States

WAITING_BOUND = 1_000
"""Most requests of one node that wait for a position at once; who comes later is told at once."""


class Waiting(asyncio.Semaphore):
    """A bound on how many wait at once, and how many do."""

    def __init__(self, bound: int) -> None:
        super().__init__(bound)
        self._bound = bound

    @property
    def taken(self) -> int:
        """How many wait."""
        return self._bound - self._value


@dataclass(frozen=True)
class Node:
    """The running parts of one server process, wired once at start (`http.node`)."""

    log: EventLog
    tail: Tail
    states: States
    catalogue: Catalogue
    projector: Projector
    desk: Desk
    live: LiveSources
    views: Views = field(default_factory=Views)
    waiting: Waiting = field(default_factory=lambda: Waiting(WAITING_BOUND))
    """Held by each request that waits for a position."""


class Bookmark:
    """Where a subscription is taken up and how far it has come.

    For a transport that asks and tells both by itself, whatever the document asks.
    """

    def __init__(self, last_seen: LiveCursor | None) -> None:
        self.last_seen = last_seen
        """What the client names as the last that it saw; it goes before the argument `after`."""
        self.start: LiveCursor | None = None
        """What the subscription comes after, once it has begun."""
        self.begun = asyncio.Event()
        self.reached: LiveCursor | None = None
        """The cursor of what came last, whose result may still be under way."""

    def begin(self, start: LiveCursor) -> None:
        """Note where the subscription begins."""
        self.start = start
        self.begun.set()


@dataclass
class Context:
    """One request's view of the node, or one WebSocket's."""

    node: Node
    viewer: Viewer = ANONYMOUS
    authorization: str | None = None
    """The `Authorization` header of a WebSocket's handshake, if its client could set one."""
    connection_params: dict[str, Any] | None = None
    """What a WebSocket's client said in `connection_init`; `viewer` follows from it."""
    introspection: bool = True
    """Whether the schema may be asked for."""
    shapes: Shapes = field(default_factory=dict)
    """What executions of the document that is executed share."""
    footprint: Footprint = field(default_factory=Unnoted)
    """What the answer is made of; noted before it is read."""
    bookmark: Bookmark | None = None
    """Of the one subscription that is executed, where its transport keeps one."""

    def note_rows(self, *notes: str) -> None:
        """Note that read models are about to be read."""
        self.footprint.rows(self.node.projector.position, self.node.tail.position, *notes)


Info: TypeAlias = strawberry.Info[Context, None]
"""What a resolver knows of the request beside its arguments."""
