"""The servers that are compared on one page: all run at once, and take turns in being asked."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import msgspec

from benchmarks.documents import posted
from benchmarks.exchange import NotThere, exchange
from benchmarks.servers import node, python, started

OURS = "graphql-brief"
BARE = "bare route"
JIT = "Mercurius, JIT"
MERCURIUS = "Mercurius"
YOGA = "graphql-yoga"
STRAWBERRY = "stock Strawberry"
ARIADNE = "Ariadne"
PEERS = (JIT, MERCURIUS, YOGA, STRAWBERRY, ARIADNE)
"""Those who execute GraphQL, as we do."""

_PROGRAMS: dict[str, Callable[[str, str], list[str]]] = {
    BARE: lambda bare, _: python("bare_page", bare),
    JIT: lambda _, held: node("mercurius.js", held, "jit"),
    MERCURIUS: lambda _, held: node("mercurius.js", held),
    YOGA: lambda _, held: node("yoga.js", held),
    STRAWBERRY: lambda _, held: python("strawberry_page", held),
    ARIADNE: lambda _, held: python("ariadne_page", held),
}
"""By name, given the files with the bare answer and with all pages."""


class OtherAnswer(Exception):  # noqa: N818 - a peer is at fault
    """A server that answers another thing than ours does: what they do cannot be compared."""


@contextmanager
def running(
    own_port: int, slugs: Sequence[str], folder: Path, names: Sequence[str] = (BARE, *PEERS)
) -> Iterator[dict[str, int]]:
    """The ports of the servers, each of which gives the same pages of these briefs as ours.

    Raises NotStarted, NotThere and OtherAnswer.
    """
    pages = {slug: page_of(own_port, slug) for slug in slugs}
    bare, held = folder / "page.json", folder / "pages.json"
    bare.write_bytes(exchange(own_port, posted(slugs[0])).body)
    held.write_bytes(msgspec.json.encode(pages))
    with ExitStack() as stack:
        ports = {OURS: own_port}
        for name in names:
            program = _PROGRAMS[name](str(bare), str(held))
            ports[name] = stack.enter_context(started(program))
        check_same(ports, pages)
        yield ports


def check_same(ports: Mapping[str, int], pages: Mapping[str, Any]) -> None:
    """Raises OtherAnswer unless all servers give these pages; the bare one has the first only."""
    for name, port in ports.items():
        for slug, page in list(pages.items())[: 1 if name == BARE else 3]:
            found = page_of(port, slug)
            if found != page:
                raise OtherAnswer(f"{name} answers {slug} with {json.dumps(found)[:300]}")


def page_of(port: int, slug: str) -> Any:
    """The page of a brief as this server gives it, read as JSON. Raises NotThere."""
    page = exchange(port, posted(slug)).data()["brief"]
    if page is None:
        raise NotThere(f"no brief with the slug {slug}")
    return page
