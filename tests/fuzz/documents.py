"""Documents that fit the schema, and some that just do not, by hypothesis-graphql."""

import itertools
import re
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from hypothesis_graphql import Mode, from_schema, nodes

SCHEMA = (Path(__file__).parents[2] / "schema.graphql").read_text()
SCALARS: dict[str, st.SearchStrategy[Any]] = {
    "Date": st.dates().map(lambda day: nodes.String(day.isoformat())),
    "DateTime": st.datetimes().map(lambda time: nodes.String(f"{time.isoformat()}Z")),
    "JSON": st.text(max_size=5).map(nodes.String),
    "LiveCursor": st.sampled_from(["", "AAAA", "Z3JhcGhx"]).map(nodes.String),
    "Position": st.integers(0, 300).map(nodes.Int),
}
KNOWN = {
    "id": ("brief-iraqexit", "brief-subicbay", "brief-iraqexit.paragraph.departure", "page-why"),
    "slug": ("americas-second-exit-from-iraq", "why"),
    "text": ("withdrawal", '"Al-Asad"'),
    "headline": ("A headline",),
    "key": ("departure", "a-key"),
    "date": ("2026-01-18", "1991-09/1992-11"),
}
"""Values that the fixtures have, so that documents find something; by the names of arguments."""
KNOWN_SHARE = 0.8

OWN = (
    'subscription { briefUpdates(by: {id: "brief-iraqexit"}) { ... on BriefUpdate { version } } }',
    "subscription { breaking { ... on BreakingNews { brief { slug } } } }",
    "subscription { logTail(after: 160) { ... on LogEvent { position header } } }",
    "query A($id: ID!) { node(id: $id) { id } } query B { viewer { audience } }",
    "{ __schema { types { name fields { name type { name ofType { name } } } } } }",
    '{ brief(by: {id: "brief-iraqexit"}) { timeline { edges { node { id } } } } }',
)
"""Documents of kinds that are never drawn, and one that finds much."""
OWN_SHARE = 0.1

_GIVEN = re.compile(rf'\b({"|".join(KNOWN)}): "(?:\\.|[^"\\])*"')


def documents(number: int, choice: int, *, negative_share: float = 0.2) -> list[str]:
    """As many documents, the same for the same choice; some have values of wrong types."""
    wrong, own = int(number * negative_share), int(number * OWN_SHARE)
    return [
        *_drawn(number - wrong - own, choice, Mode.POSITIVE),
        *_drawn(wrong, choice, Mode.NEGATIVE),
        *itertools.islice(itertools.cycle(OWN), own),
    ]


@cache
def _strategy(mode: Mode) -> st.SearchStrategy[object]:
    return from_schema(SCHEMA, custom_scalars=SCALARS, mode=mode)


def _drawn(number: int, choice: int, mode: Mode) -> list[str]:
    found: list[str] = []
    if not number:
        return found

    @seed(choice)
    @settings(
        max_examples=number,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(_strategy(mode))
    def draw(document: object) -> None:
        found.append(str(document))

    draw()
    return found[:number]


def with_known_values(document: str, random: Random) -> str:
    """The document with most of its ids, slugs and so on from the fixtures."""

    def known(found: re.Match[str]) -> str:
        if random.random() > KNOWN_SHARE:
            return found[0]
        value = random.choice(KNOWN[found[1]]).replace('"', '\\"')
        return f'{found[1]}: "{value}"'

    return _GIVEN.sub(known, document)
