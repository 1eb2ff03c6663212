"""Newsrooms to ask: a node on a database of its own, empty or with the fixtures' story."""

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import anyio
import pytest
from graphql import GraphQLError
from strawberry.types import ExecutionResult
from strawberry.types.execution import PreExecutionError

from graphql_brief.api.context import Context, Node
from graphql_brief.api.desk import Desk
from graphql_brief.api.schema import schema
from graphql_brief.api.viewer import ANONYMOUS, Role, Viewer
from graphql_brief.cli.fixtures import StepClock, read, replay
from graphql_brief.live.sources import LiveSources
from graphql_brief.log.database import Database
from graphql_brief.log.sqlite import SqliteLog
from graphql_brief.log.tail import Tail
from graphql_brief.projections.catalogue import Catalogue
from graphql_brief.projections.replay import MADE_BY
from graphql_brief.projections.runner import Projector
from graphql_brief.projections.snapshots import Snapshots
from graphql_brief.projections.states import States
from graphql_brief.projections.store import Store

READER = ANONYMOUS
EDITOR = Viewer(actor="editor-1", roles=frozenset({Role.EDITOR}))
CONTRIBUTOR = Viewer(actor="contributor-1", roles=frozenset({Role.CONTRIBUTOR}))
AUDITOR = Viewer(actor="auditor-1", roles=frozenset({Role.AUDITOR}))

START = datetime(2026, 2, 1, 9, tzinfo=UTC)
TIMEOUT_S = 10
"""Long enough for the slowest machine; reached only by a test that fails."""
FIXTURES = Path(__file__).parents[2] / "fixtures"

EDIT = """
mutation($input: EditBriefInput!) {
  editBrief(input: $input) {
    brief { id version }
    revision { version firstVersion position }
    userErrors { __typename code message path }
  }
}
"""


class Clock:
    """Starts at START and goes on by a minute at each look."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        self.now += timedelta(minutes=1)
        return self.now


class Newsroom:
    """A running node, asked through the schema."""

    def __init__(self, node: Node, database: Database, store: Store) -> None:
        self.node = node
        self.database = database
        self.store = store
        self._slugs = count(1)

    def states(self) -> States:
        """States of the same log, with none in memory."""
        return States(self.node.log, self.node.tail, Snapshots(self.store))

    def catalogue(self) -> Catalogue:
        """The same read models, with no answer in memory."""
        return Catalogue(self.store, self.node.tail, self.node.projector)

    def context(self, viewer: Viewer) -> Context:
        """What a request of this viewer brings."""
        return Context(self.node, viewer)

    async def result(
        self, document: str, viewer: Viewer = READER, **variables: Any
    ) -> ExecutionResult:
        """The whole result of a query or mutation."""
        return await schema.execute(
            document, variable_values=variables, context_value=self.context(viewer)
        )

    async def ask(self, document: str, viewer: Viewer = READER, **variables: Any) -> Any:
        """The data of a result without errors."""
        result = await self.result(document, viewer, **variables)
        assert result.errors is None, result.errors
        return result.data

    async def code(self, document: str, viewer: Viewer = READER, **variables: Any) -> str:
        """`extensions.code` of the one error of a result."""
        result = await self.result(document, viewer, **variables)
        assert result.errors is not None
        (error,) = result.errors
        assert error.extensions is not None
        code: str = error.extensions["code"]
        return code

    async def subscribe(
        self, document: str, viewer: Viewer = READER, **variables: Any
    ) -> "Subscribed":
        """A subscription, not yet pulled from."""
        stream = await schema.subscribe(
            document, variable_values=variables, context_value=self.context(viewer)
        )
        return Subscribed(stream)

    async def draft(self, **fields: Any) -> str:
        """A new brief's id."""
        number = next(self._slugs)
        given = {"slug": f"s-{number}", "headline": f"H {number}", "standfirst": "S."} | fields
        document = "mutation($i: DraftBriefInput!) { draftBrief(input: $i) { brief { id } } }"
        answer = await self.ask(document, EDITOR, i=given)
        brief: str = answer["draftBrief"]["brief"]["id"]
        return brief

    async def edit(self, brief: str, *edits: Any, viewer: Viewer = EDITOR, **more: Any) -> Any:
        """The payload of a batch."""
        asked = {
            "id": brief,
            "edits": list(edits),
            "changeNote": "why",
            "significance": "SUBSTANTIVE",
        }
        return (await self.ask(EDIT, viewer, input=asked | more))["editBrief"]

    async def done(self, brief: str, *edits: Any, **more: Any) -> int:
        """A batch that is taken; the brief's version after it."""
        answer = await self.edit(brief, *edits, **more)
        assert answer["userErrors"] == []
        version: int = answer["brief"]["version"]
        return version

    async def step(self, name: str, brief: str, viewer: Viewer = EDITOR, **fields: Any) -> Any:
        """The payload of one step of a brief's life: publish, withhold, close, reopen."""
        kind = f"{name.title()}BriefInput!"
        document = f"""mutation($i: {kind}) {{ {name}Brief(input: $i) {{
            brief {{ status version }} userErrors {{ code path message }} }} }}"""
        return (await self.ask(document, viewer, i={"id": brief, **fields}))[f"{name}Brief"]

    async def published(self, **fields: Any) -> str:
        """A new brief that readers see."""
        brief = await self.draft(**fields)
        await self.done(brief, {"addParagraph": {"key": "lede", "text": "It began."}})
        assert (await self.step("publish", brief))["userErrors"] == []
        return brief


class Subscribed:
    """A subscription in the hands of a test."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    async def next(self) -> Any:
        """The data of what comes next, without errors."""
        with anyio.fail_after(TIMEOUT_S):
            result = await anext(self._stream)
        assert result.errors is None, result.errors
        return result.data

    async def failed(self) -> GraphQLError:
        """The one error of what comes next."""
        with anyio.fail_after(TIMEOUT_S):
            result = await anext(self._stream)
        error: GraphQLError
        (error,) = result.errors
        return error

    async def refused(self) -> str:
        """`extensions.code` of a subscription that does not begin."""
        with anyio.fail_after(TIMEOUT_S):
            result = await anext(self._stream)
        assert isinstance(result, PreExecutionError)
        assert result.errors is not None
        code: str = result.errors[0].extensions["code"]  # type: ignore[index]  # ours have one
        return code

    async def ended(self) -> bool:
        """Whether nothing more comes."""
        with anyio.fail_after(TIMEOUT_S):
            return await anext(self._stream, None) is None

    async def close(self) -> None:
        """What a client does that has seen enough."""
        await self._stream.aclose()


@asynccontextmanager
async def opened(path: Path, clock: Any) -> AsyncIterator[Newsroom]:
    """A newsroom on the database in `path`, made if missing."""
    database = await Database.open(path, create=True)
    log = await SqliteLog.open(database, clock=clock, origin="graphql-brief/test")
    tail = Tail(log)
    await tail.start()
    store = await Store.open([path.with_suffix(".read-models")], MADE_BY)
    states = States(log, tail, Snapshots(store))
    projector = Projector(store, log, tail, states)
    await projector.start()
    node = Node(
        log=log,
        tail=tail,
        states=states,
        catalogue=Catalogue(store, tail, projector),
        projector=projector,
        desk=Desk(log, states),
        live=LiveSources(log, tail, states),
    )
    tail.listen(node.views.hear)
    yield Newsroom(node, database, store)
    tail.close()
    await projector.stop()
    await store.close()
    await log.close()
    await database.close()


@pytest.fixture
async def newsroom(tmp_path: Path) -> AsyncIterator[Newsroom]:
    """An empty newsroom."""
    async with opened(tmp_path / "brief.db", Clock()) as made:
        yield made


@pytest.fixture(scope="session")
def story_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with the fixtures' story; to be copied."""
    path = tmp_path_factory.mktemp("story") / "brief.db"

    async def load() -> None:
        clock = StepClock()
        async with opened(path, clock) as made:
            await replay(made.node.desk, read(FIXTURES), clock)
            await made.node.projector.wait(made.node.tail.position)

    anyio.run(load)
    return path


@pytest.fixture
async def story(story_file: Path, tmp_path: Path) -> AsyncIterator[Newsroom]:
    """A newsroom with the fixtures' story, just started."""
    shutil.copy(story_file, tmp_path / "brief.db")
    folder = story_file.with_suffix(".read-models")
    shutil.copytree(folder, tmp_path / folder.name)
    async with opened(tmp_path / "brief.db", Clock()) as made:
        yield made
