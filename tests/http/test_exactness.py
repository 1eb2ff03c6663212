"""An answer that is kept is, to the byte, what executing the question would give."""

import asyncio
import tempfile
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path

from hypothesis import HealthCheck, given, settings

from graphql_brief.http.node import open_node
from tests.http.site import STEPS, Ask, Change, Site, sent
from tests.postgres import Template, fresh_database

EXACT = settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


async def play(urls: Sequence[str], folder: Path, steps: Sequence[Change | Ask]) -> None:
    """Play the steps on the nodes of one log; fails at the first answer that is not exact.

    Every question is asked three times: while the read models may still be behind, when they are
    not, and without an answer that is kept. The second must be what the third is.
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
            site.briefs, site.entities = writing.briefs, writing.entities
        for step in steps:
            if isinstance(step, Change):
                await writing.change(step)
                continue
            site = sites[step.node % len(sites)]
            body = site.question(step)
            await sent(site.kept, body, step)
            await site.caught_up(writing.node.tail.position)
            kept = await sent(site.kept, body, step)
            fresh = await sent(site.fresh, body, step)
            assert (kept.status_code, kept.content) == (fresh.status_code, fresh.content), body
            assert kept.headers == fresh.headers
        hits = sum(site.app.answers.hits for site in sites)
        asked = sum(isinstance(step, Ask) for step in steps)
        assert hits >= asked // 3, f"{hits} of {asked} were kept: the test shows little"


@EXACT
@given(STEPS)
def test_on_one_node(steps: list[Change | Ask]) -> None:
    """Whatever is written and asked, in whatever order, by whomever."""
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(play([f"sqlite:///{folder}/brief.db"], Path(folder), steps))


@settings(EXACT, max_examples=10)
@given(STEPS)
def test_on_two_nodes(postgres_template: Template, steps: list[Change | Ask]) -> None:
    """On either node, of what was written through the one."""

    async def on_two(folder: Path) -> None:
        async with fresh_database(*postgres_template) as url:
            ours = url.replace("postgresql:", "postgresql+asyncpg:")
            await play([ours, ours], folder, steps)

    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(on_two(Path(folder)))
