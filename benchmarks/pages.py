"""A whole page by GraphQL, against other servers and against the same bytes from a bare route."""

import hashlib
from collections.abc import Iterator, Mapping
from itertools import repeat
from typing import NamedTuple

import msgspec

from benchmarks import site
from benchmarks.contestants import BARE, JIT, OURS, PEERS, STRAWBERRY, YOGA, running
from benchmarks.documents import (
    PAGE,
    TARGET,
    each_named,
    gotten,
    in_turn,
    never_asked,
    never_seen,
    posted,
)
from benchmarks.exchange import NotThere, exchange
from benchmarks.load import CONNECTIONS, Expected, asking, request
from benchmarks.measure import Samples, in_turns, ratio
from benchmarks.report import Finding, Table, Target, compared
from benchmarks.servers import clients_core, versions
from benchmarks.setting import Setting

COPIES = 300
"""Briefs with such a page."""
HOT = "hot"
NEVER_SEEN = "a document never seen"

_ABOUT = (
    "The page of the fixtures' story, {size:,} bytes of JSON by one query. Every peer has the same "
    "pages in memory, serves them as it comes, with its own caches, and gives the same JSON, which "
    f"is compared before anything is measured. {CONNECTIONS} connections ask again as soon as they "
    "are answered; each server is one process (uvicorn with uvloop and httptools, without an "
    "access log, for those in Python) and has one core for itself, the client another. The bare "
    "route sends the bytes of the answer without a look at the request: the limit. Documents never "
    "seen before differ in the operation's name, so that nothing can know them."
)
_TARGETS = (
    (HOT, BARE, 0.9),
    (HOT, JIT, 3.0),
    (HOT, YOGA, 15.0),
    (HOT, STRAWBERRY, 90.0),
    (NEVER_SEEN, STRAWBERRY, 3.0),
)
"""Times the other, by the way of asking."""


class Case(NamedTuple):
    """One way of asking for pages."""

    title: str
    requests: Mapping[str, Iterator[bytes]]
    """By contender."""
    expected: Expected


async def run(setting: Setting) -> Finding:
    """Measure every way of asking for a page."""
    path, slugs = await site.with_copies(setting, COPIES)
    tables: list[Table] = []
    targets: list[Target] = []
    notes: list[str] = []
    manifest = setting.scratch / "documents.json"
    manifest.write_bytes(msgspec.json.encode({_digest(): PAGE}))
    with (
        site.served(path, "--documents", str(manifest)) as own,
        running(own.port, slugs, setting.scratch) as ports,
    ):
        size = len(exchange(own.port, posted(slugs[0])).body)
        whole = Expected(least_bytes=size * 9 // 10)
        cases = [*_executed(slugs, whole), *_conditional(own.port, slugs[0], whole, notes)]
        for title, requests, expected in cases:
            contenders = {
                name: asking(ports[name], asked, seconds=setting.seconds, expected=expected)
                for name, asked in requests.items()
            }
            with clients_core():
                samples = await in_turns(contenders, setting.rounds)
            tables.append(compared(title, samples, mine=OURS, things="pages"))
            targets += _targets(title, samples)
    notes.append(f"The peers in JavaScript: {versions()}.")
    return Finding(_ABOUT.format(size=size), tuple(tables), tuple(targets), tuple(notes))


def _executed(slugs: list[str], whole: Expected) -> Iterator[Case]:
    """What every server can be asked."""
    all_of_them = (OURS, BARE, *PEERS)
    yield Case(HOT, dict.fromkeys(all_of_them, repeat(posted(slugs[0]))), whole)
    named = dict.fromkeys((OURS, BARE, JIT), each_named(slugs[0]))
    yield Case("hot, each request with an id of its own", named, whole)
    yield Case(NEVER_SEEN, dict.fromkeys((OURS, *PEERS), never_seen(slugs[0])), whole)
    title = f"one document, the pages of {len(slugs)} briefs in turn"
    yield Case(title, dict.fromkeys(all_of_them, in_turn(slugs)), whole)
    own = {name: never_asked(slugs) for name in (OURS, *PEERS)}
    yield Case("one document, variables never seen", own, whole)


def _conditional(port: int, slug: str, whole: Expected, notes: list[str]) -> Iterator[Case]:
    """What only we are asked: by the document's hash, and whether the page has changed."""
    asked = {"documentId": f"sha256:{_digest()}"}
    try:
        exchange(port, gotten(slug, asked)).data()
        by_hash = {OURS: repeat(gotten(slug, asked)), BARE: repeat(request("GET", TARGET))}
        yield Case("hot, GET by `documentId`", by_hash, whole)
    except NotThere as none:
        notes.append(f"Hot, GET by `documentId`: not available ({none}).")
        asked = {"query": PAGE}
    tag = exchange(port, gotten(slug, asked)).headers.get("etag")
    if tag is None:
        notes.append("Unchanged (304): not available (an answer by GET has no ETag).")
        return
    again = repeat(gotten(slug, asked, (("If-None-Match", tag),)))
    unchanged = {OURS: again, BARE: repeat(request("GET", "/unchanged"))}
    yield Case("unchanged (304)", unchanged, Expected(304))


def _digest() -> str:
    return hashlib.sha256(PAGE.encode()).hexdigest()


def _targets(title: str, samples: Samples) -> list[Target]:
    return [
        Target(
            what=f"the whole page, {title}, against {other}",
            bound=bound,
            measured=ratio(samples, OURS, other).median,
            at_least=True,
        )
        for case, other, bound in _TARGETS
        if case == title
    ]
