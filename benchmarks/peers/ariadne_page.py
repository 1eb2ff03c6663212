"""The page from Ariadne as it comes: its ASGI view over dictionaries, by its own resolvers.

`python -m benchmarks.peers.ariadne_page FILE`: the file holds the pages by their slugs.
"""

import sys
from pathlib import Path
from typing import Any

import msgspec
from ariadne import ObjectType, QueryType, make_executable_schema
from ariadne.asgi import GraphQL
from graphql import GraphQLSchema

from benchmarks.peers.asgi import serve

SCHEMA = Path(__file__).with_name("schema.graphql")


def schema_of(pages: dict[str, Any]) -> GraphQLSchema:
    """The schema over these pages."""
    query, brief = QueryType(), ObjectType("Brief")

    @query.field("brief")
    def find(_: Any, info: Any, by: dict[str, str]) -> Any:
        return pages.get(by["slug"])

    @brief.field("timeline")
    def timeline(page: dict[str, Any], info: Any, first: int | None = None) -> Any:
        whole = page["timeline"]
        if first is None or first >= whole["totalCount"]:
            return whole
        ends = whole["pageInfo"] | {"hasNextPage": True}
        return whole | {"edges": whole["edges"][:first], "pageInfo": ends}

    return make_executable_schema(SCHEMA.read_text(), query, brief)


if __name__ == "__main__":
    serve(GraphQL(schema_of(msgspec.json.decode(Path(sys.argv[1]).read_bytes()))))
