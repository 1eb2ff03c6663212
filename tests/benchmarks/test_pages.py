"""What is asked of all servers, and that the peers serve what our own does."""

import re
from itertools import islice, repeat
from pathlib import Path

from graphql import (
    GraphQLObjectType,
    GraphQLSchema,
    build_schema,
    is_enum_type,
    parse,
    validate,
)

from benchmarks import site
from benchmarks.contestants import BARE, OURS, STRAWBERRY, page_of, running
from benchmarks.documents import PAGE, in_turn, never_asked, never_seen, posted
from benchmarks.load import Expected, load
from benchmarks.peers import strawberry_page
from benchmarks.servers import ROOT
from benchmarks.setting import Setting

OURS_IN_FULL = build_schema((ROOT / "schema.graphql").read_text())
OF_PEERS = build_schema((ROOT / "benchmarks" / "peers" / "schema.graphql").read_text())


def shape(schema: GraphQLSchema) -> dict[tuple[str, str], tuple[str, list[str]]]:
    """The type of every field, and the names of its arguments, by the type that it is of."""
    types = [kind for kind in schema.type_map.values() if isinstance(kind, GraphQLObjectType)]
    return {
        (kind.name, name): (str(field.type), list(field.args))
        for kind in types
        if not kind.name.startswith("__")
        for name, field in kind.fields.items()
    }


def body_of(request: bytes) -> bytes:
    """The body, which is as long as the head says."""
    head, _, body = request.partition(b"\r\n\r\n")
    length = re.search(rb"Content-Length: (\d+)", head)
    assert length is not None
    assert int(length[1]) == len(body)
    return body


def test_peers_have_a_part_of_our_schema() -> None:
    """Every field of theirs has the type that it has here, and all that is asked is in both."""
    ours = shape(OURS_IN_FULL)
    for place, (kind, arguments) in shape(OF_PEERS).items():
        assert ours[place][0] == kind
        assert set(arguments) <= set(ours[place][1])
    assert validate(OF_PEERS, parse(PAGE)) == []
    assert validate(OURS_IN_FULL, parse(PAGE)) == []


def test_the_classes_of_the_peer_in_strawberry_are_that_schema() -> None:
    """It validates and executes against as much as the others do."""
    found = build_schema(strawberry_page.schema_of({}).as_str())

    assert shape(found) == shape(OF_PEERS)
    assert is_enum_type(found.type_map["BriefStatus"])


def test_no_document_is_asked_for_twice() -> None:
    """Each is another one, all are valid, and they ask for the same fields."""
    first, second = never_seen("a"), never_seen("a")
    bodies = [body_of(next(requests)) for _ in range(20) for requests in (first, second)]

    assert len(set(bodies)) == 40
    named = {re.sub(rb"P\d{8}", b"Page", body) for body in bodies}
    assert named == {body_of(posted("a"))}


def test_variables_differ_until_all_were_asked_for() -> None:
    """Of one document; while briefs in turn come again."""
    bodies = [body_of(found) for found in islice(never_asked(["a", "b"]), 162)]

    assert len(set(bodies)) == 162
    assert [body_of(found) for found in islice(in_turn(["a", "b"]), 3)] == [
        body_of(posted(slug)) for slug in ("a", "b", "a")
    ]


async def test_peers_serve_the_same_pages(tmp_path: Path) -> None:
    """Those that need no more than the tests do; all that is asked of them is answered whole."""
    setting = Setting(tmp_path, tmp_path, rounds=1, seconds=0.02, lengths=())
    path, slugs = await site.with_copies(setting, 2)
    with (
        site.served(path) as own,
        running(own.port, slugs, tmp_path, (BARE, STRAWBERRY)) as ports,
    ):
        page = page_of(own.port, slugs[1])
        whole = Expected(least_bytes=15_000)
        found = {
            name: await load(port, repeat(posted(slugs[0])), seconds=0.02, expected=whole)
            for name, port in ports.items()
        }
        shown = page_of(ports[STRAWBERRY], slugs[1])

    assert set(found) == {OURS, BARE, STRAWBERRY}
    assert shown == page
    assert page["slug"] == slugs[1]
    assert page["sources"]
