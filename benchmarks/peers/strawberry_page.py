"""The page from Strawberry as it comes: its types, its ASGI view, and objects in memory.

`python -m benchmarks.peers.strawberry_page FILE`: the file holds the pages by their slugs.
"""

import dataclasses
import sys
import typing
from enum import Enum
from pathlib import Path
from types import UnionType
from typing import Any

import msgspec
import strawberry
from strawberry.asgi import GraphQL
from strawberry.schema.config import StrawberryConfig
from strawberry.utils.str_converters import to_camel_case

from benchmarks.peers.asgi import serve

DateTime = typing.NewType("DateTime", str)


@strawberry.enum
class BriefStatus(Enum):
    """Of a brief."""

    DRAFT = "DRAFT"
    PUBLISHED = "PUBLISHED"
    WITHHELD = "WITHHELD"
    CLOSED = "CLOSED"


@strawberry.type
class EdtfDate:
    """A date."""

    display: str
    text: str


@strawberry.type
class Source:
    """A publication."""

    id: strawberry.ID
    title: str
    publisher: str
    url: str | None
    published: EdtfDate | None


@strawberry.type
class Citation:
    """The use of a source."""

    source: Source


@strawberry.type
class Development:
    """An entry of the timeline."""

    headline: str
    date: EdtfDate
    id: strawberry.ID
    category: str
    body: str
    breaking: bool


@strawberry.type
class Paragraph:
    """Of the overview."""

    text: str
    citations: list[Citation]


@strawberry.type
class Indicator:
    """A key number."""

    label: str
    note: str | None
    display: str | None
    as_of: EdtfDate | None


@strawberry.type
class Entity:
    """A person or an organization."""

    name: str
    initials: str
    type: str | None
    description: str | None


@strawberry.type
class Involvement:
    """The part of an entity."""

    role: str | None
    status: str | None
    entity: Entity


@strawberry.type
class PageInfo:
    """The ends of a page."""

    has_next_page: bool
    end_cursor: str | None


@strawberry.type
class DevelopmentEdge:
    """A development in the timeline."""

    node: Development


@strawberry.type
class DevelopmentConnection:
    """A page of the timeline."""

    total_count: int
    page_info: PageInfo
    edges: list[DevelopmentEdge]


@strawberry.type
class Scenario:
    """A possible future."""

    rank: int
    title: str
    discussed_by: list[str]
    body: str


@strawberry.type
class Correction:
    """What was put right."""

    text: str
    added_at: DateTime


@strawberry.type
class Precedent:
    """An entry of the historical context."""

    title: str
    what_happened: str
    outcome_short_term: str | None
    outcome_long_term: str | None
    relevance: str | None
    period: EdtfDate
    brief: typing.Optional["Brief"]


@strawberry.type
class Brief:
    """A story."""

    id: strawberry.ID
    slug: str
    headline: str
    standfirst: str
    status: BriefStatus
    version: int
    updated_at: DateTime
    latest_development: Development | None
    overview: list[Paragraph]
    indicators: list[Indicator]
    people: list[Involvement]
    organizations: list[Involvement]
    scenarios: list[Scenario]
    precedents: list[Precedent]
    sources: list[Source]
    corrections: list[Correction]
    whole_timeline: strawberry.Private[DevelopmentConnection]

    @strawberry.field
    def timeline(self, first: int | None = None) -> DevelopmentConnection:
        """What happened."""
        whole = self.whole_timeline
        if first is None or first >= whole.total_count:
            return whole
        edges = whole.edges[:first]
        return DevelopmentConnection(
            total_count=whole.total_count,
            page_info=PageInfo(has_next_page=True, end_cursor=whole.page_info.end_cursor),
            edges=edges,
        )


@strawberry.input(one_of=True)
class BriefBy:
    """Which brief."""

    id: strawberry.ID | None = strawberry.UNSET
    slug: str | None = strawberry.UNSET


def schema_of(pages: dict[str, Any]) -> strawberry.Schema:
    """The schema over these pages."""
    briefs = {slug: _made(Brief, page) for slug, page in pages.items()}

    @strawberry.type
    class Query:
        """What can be asked."""

        @strawberry.field
        def brief(self, by: BriefBy) -> Brief | None:
            return briefs.get(by.slug or "")

    scalar = strawberry.scalar(name="DateTime", serialize=str, parse_value=str)
    return strawberry.Schema(Query, config=StrawberryConfig(scalar_map={DateTime: scalar}))


def _made(kind: Any, found: Any) -> Any:
    """The object, list or value of this type that JSON holds; what it lacks is None."""
    if found is None:
        return None
    if isinstance(kind, UnionType) or typing.get_origin(kind) is typing.Union:
        return _made(typing.get_args(kind)[0], found)
    if isinstance(found, list):
        return [_made(typing.get_args(kind)[0], entry) for entry in found]
    if isinstance(kind, type) and issubclass(kind, Enum):
        return kind(found)
    if not dataclasses.is_dataclass(kind):
        return found
    types = typing.get_type_hints(kind)
    values = {
        name: _made(types[name], found.get(to_camel_case(name.removeprefix("whole_"))))
        for name in types
    }
    make: Any = kind
    return make(**values)


if __name__ == "__main__":
    serve(GraphQL(schema_of(msgspec.json.decode(Path(sys.argv[1]).read_bytes()))))
