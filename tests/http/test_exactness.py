"""An answer that is kept is, to the byte, what executing the question would give."""

import asyncio
import tempfile
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path

from hypothesis import HealthCheck, example, given, settings

from graphql_brief.http.node import open_node
from tests.http.site import EACH, PROGRAMS, QUESTIONS, Ask, Change, Site, sent
from tests.postgres import Template, fresh_database

Program = tuple[list[Ask], list[Change]]
EXACT = settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


async def play(urls: Sequence[str], folder: Path, program: Program) -> None:
    """Play a program on the nodes of one log; fails at the first answer that is not exact.

    After each change all of its questions are asked.
    """
    async with AsyncExitStack() as stack:
        sites = []
        for number, url in enumerate(urls):
            node = await stack.enter_async_context(open_node(url, [folder / str(number)]))
            sites.append(Site(node))
            stack.push_async_callback(sites[-1].close)
        writing = sites[0]
        await writing.begin()
        for site in sites[1:]:
            site.briefs, site.entities, site.begun = writing.briefs, writing.entities, writing.begun
        asked, changes = program
        for change in (None, *changes):
            if change is not None:
                await writing.change(change)
            for ask in asked:
                await exact(sites[ask.node % len(sites)], ask, writing.node.tail.position)
        hits = sum(site.app.answers.hits for site in sites)
        personal = sum("viewer" in QUESTIONS[ask.question] for ask in asked)
        assert hits >= (len(asked) - personal) * len(changes) // 2


async def exact(site: Site, ask: Ask, position: int) -> None:
    """Ask while the read models may still be behind; then what is kept must be what is fresh."""
    body = site.question(ask)
    await sent(site.kept, body, ask)
    await site.caught_up(position)
    kept = await sent(site.kept, body, ask)
    fresh = await sent(site.fresh, body, ask)
    assert (kept.status_code, kept.content) == (fresh.status_code, fresh.content), body
    assert kept.headers == fresh.headers


@EXACT
@given(PROGRAMS)
@example(EACH)
def test_on_one_node(program: Program) -> None:
    """Whatever is written and asked, in whatever order, by whomever."""
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(play([f"sqlite:///{folder}/brief.db"], Path(folder), program))


@settings(EXACT, max_examples=8)
@given(PROGRAMS)
@example(EACH)
def test_on_two_nodes(postgres_template: Template, program: Program) -> None:
    """On either node, of what was written through the one."""

    async def on_two(folder: Path) -> None:
        async with fresh_database(*postgres_template) as url:
            ours = url.replace("postgresql:", "postgresql+asyncpg:")
            await play([ours, ours], folder, program)

    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(on_two(Path(folder)))
