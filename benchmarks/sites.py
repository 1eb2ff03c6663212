"""Whether a page costs more on a site of many briefs than on one of few."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from itertools import repeat

from benchmarks import site
from benchmarks.documents import HEAD, in_turn, never_seen, posted
from benchmarks.exchange import exchange
from benchmarks.load import CONNECTIONS, Expected, asking
from benchmarks.measure import in_turns, ratio, spread
from benchmarks.report import Finding, Table, Target, spread_text
from benchmarks.servers import clients_core
from benchmarks.setting import Setting

TURNS = 1_000
"""Briefs that are asked for in turn."""

_ABOUT = (
    "The same server on two logs: one has the fixtures and so many published briefs of "
    f"{site.EVENTS_OF_A_SMALL_BRIEF} events each. Asked for are the page of the fixtures' story, "
    f"as in `pages`, and the heads of {TURNS:,} of the small briefs in turn, which lie evenly over "
    f"the log. {CONNECTIONS} connections; both servers on one core, the client on another."
)
"""What is asked for, by title: given the slugs of a site's small briefs, the requests."""
_CASES: dict[str, Callable[[Sequence[str]], Iterator[bytes]]] = {
    "the whole page, hot": lambda _: repeat(posted(site.STORY_SLUG)),
    "the whole page, a document never seen": lambda _: never_seen(site.STORY_SLUG),
    "the heads of many briefs in turn": lambda slugs: in_turn(
        slugs[:: len(slugs) // TURNS], document=HEAD
    ),
}


async def run(setting: Setting) -> Finding:
    """Measure against the number of briefs."""
    tables, targets = [], []
    sizes = setting.lengths[:2]
    built = {size: await site.with_small(setting, size) for size in sizes}
    with ExitStack() as stack:
        ports = {
            size: stack.enter_context(site.served(path)).port for size, (path, _) in built.items()
        }
        for title, requests in _CASES.items():
            contenders = {
                f"{size:,}": asking(
                    ports[size],
                    requests(slugs),
                    seconds=setting.seconds,
                    expected=_expected(ports[size], requests(slugs)),
                )
                for size, (_, slugs) in built.items()
            }
            with clients_core():
                samples = await in_turns(contenders, setting.rounds)
            few, many = samples
            cost = ratio(samples, few, many)
            rows = []
            for size, found in samples.items():
                took = spread([1e6 / sample.per_s for sample in found])
                rows.append(
                    (size, spread_text(took, " µs"), spread_text(ratio(samples, few, size), "×"))
                )
            tables.append(Table(title, ("briefs", "an answer", f"cost against {few}"), tuple(rows)))
            targets.append(
                Target(
                    f"{title}, on a site of {many} briefs, against {few}",
                    1.2,
                    cost.median,
                    at_least=False,
                )
            )
    return Finding(_ABOUT, tuple(tables), tuple(targets))


def _expected(port: int, requests: Iterator[bytes]) -> Expected:
    answer = exchange(port, next(requests))
    answer.data()
    return Expected(least_bytes=len(answer.body) * 9 // 10)
