"""What fields count for stands in the schema, where a client reads it."""

import re

from graphql import (
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLObjectType,
    build_schema,
    get_named_type,
    is_leaf_type,
    is_list_type,
)

from graphql_brief.api.brief import RELATED_BOUND, TIMELINE_FIRST
from graphql_brief.api.connections import FIRST
from graphql_brief.api.log import EVENTS
from graphql_brief.api.schema import export, schema
from graphql_brief.api.weights import EDGES, LIST_ASSUMED, READS, WRITES, counted

COST = re.compile(r"Cost: (\d+)\.")
ENTRIES = re.compile(r"Counts as (?:`first`(?: or `last`)?, else )?(\d+) entries\.")
FIELDS: dict[str, GraphQLField] = {
    f"{kind.name}.{name}": field
    for kind in schema._schema.type_map.values()
    if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType) and kind.name[:2] != "__"
    for name, field in kind.fields.items()
}


def text(field: str) -> str:
    """The last paragraph of a field's description."""
    return (FIELDS[field].description or "").rpartition("\n\n")[2]


def test_what_is_told() -> None:
    """A reading, a page with a default of its own, a list, what answers to an argument."""
    assert text("Query.brief") == f"Cost: {READS}."
    assert text("Mutation.editBrief") == f"Cost: {WRITES}."
    assert (
        text("Query.briefs") == f"Cost: {READS}. Counts as `first` or `last`, else {FIRST} entries."
    )
    assert text("Brief.timeline") == f"Counts as `first` or `last`, else {TIMELINE_FIRST} entries."
    assert text("Brief.history") == f"Cost: {READS}. Counts as `first`, else {FIRST} entries."
    assert text("Brief.sources") == f"Counts as {LIST_ASSUMED} entries."
    assert text("Brief.related") == f"Cost: {READS}. Counts as {RELATED_BOUND} entries."
    assert text("Log.events") == f"Cost: {READS}. Counts as `first`, else {EVENTS} entries."
    assert text("Query.nodes") == f"Cost: {READS}. Counts as many entries as `ids`."
    for plain in ("Brief.headline", "Brief.subjects", "BriefConnection.edges", "Query.viewer"):
        assert "Cost" not in text(plain)
        assert "Counts" not in text(plain)


def test_every_field_counts_for_what_it_tells() -> None:
    """The schema alone is enough to reckon by: nothing counts that its text does not say."""
    exported = build_schema(export())
    for name, field in FIELDS.items():
        kind, _, own = name.partition(".")
        told = exported.type_map[kind].fields[own].description  # type: ignore[attr-defined]  # as FIELDS
        found = counted(field)
        cost, entries = COST.search(told), ENTRIES.search(told)
        assert found.cost == (int(cost[1]) if cost else 1), name
        if name != "Query.nodes":
            assert found.assumed == (int(entries[1]) if entries else None), name
        is_list = is_list_type(getattr(field.type, "of_type", field.type))
        if is_list and own != EDGES and not is_leaf_type(get_named_type(field.type)):
            assert found.assumed is not None, name


def test_every_page_says_how_long_it_is() -> None:
    """Whatever takes `first` is counted by it."""
    paged = [name for name, field in FIELDS.items() if "first" in field.args]
    assert len(paged) >= 5
    for name in paged:
        assert "`first`" in text(name), name
