"""The inputs: made of the domain's structs, and given to the desk as the domain's JSON."""

from typing import Any

import msgspec
import pytest
from graphql import GraphQLInputObjectType, GraphQLNonNull

from graphql_brief.api.context import Context, Node
from graphql_brief.api.request import Outcome, Refusals
from graphql_brief.api.schema import schema
from graphql_brief.domain import commands
from graphql_brief.domain.edits import ADDING, EDITS
from graphql_brief.domain.parse import parse, parse_edits
from graphql_brief.domain.rules import check
from tests.api.conftest import EDITOR

EDIT = "mutation($i: EditBriefInput!) { editBrief(input: $i) { userErrors { code } } }"
VALUES = {
    "key": "k-1",
    "before": "k-0",
    "slug": "a-slug",
    "language": "pt-BR",
    "date": "2026-01-18",
    "asOf": "2025-12",
    "statusAsOf": "2024?",
    "period": "1984/1985",
    "published": "2025",
    "accessed": "2026-01-02",
    "madeOn": "2026-01",
    "resolvedOn": "2026-01-18",
    "value": "-12.50",
    "probability": {"low": "0.35", "high": "0.5"},
    "url": "https://port.example/7",
    "image": "https://port.example/8",
    "entity": "entity-1",
    "brief": "brief-1",
    "indicator": "ships",
    "scenario": "deal",
    "source": "notice",
    "supersedes": ["k-2", "k-3"],
    "discussedBy": ["The union", "A bank"],
    "subjects": ["Trade"],
    "breaking": True,
    "qualifier": "APPROXIMATE",
    "outcome": "DID_NOT_HAPPEN",
    "section": "OVERVIEW",
    "kind": "ORGANIZATION",
    "initials": "AB",
    "citations": [
        {"source": "notice", "locator": "p. 2", "quote": "No ship."},
        {"source": "report"},
    ],
    "corrects": [
        {"section": "OVERVIEW", "key": "k-1", "field": "text"},
        {"section": "HEAD", "field": "headline"},
    ],
    "entries": [{"brief": "brief-1", "summary": "S."}],
}
"""A value for every field that is more than a text."""


def full(kind: type[msgspec.Struct]) -> dict[str, Any]:
    """An input with every field of a struct given."""
    names = [field.encode_name for field in msgspec.structs.fields(kind)]
    return {name: VALUES.get(name, f"A text for {name}.") for name in names}


def least(kind: type[msgspec.Struct]) -> dict[str, Any]:
    """An input with nothing given that may be left out."""
    required = [field.encode_name for field in msgspec.structs.fields(kind) if field.required]
    return {name: value for name, value in full(kind).items() if name in required}


class Recorder:
    """A desk that only notes what it was given."""

    def __init__(self) -> None:
        self.given: list[Any] = []

    def __getattr__(self, name: str) -> Any:
        async def noted(_: Any, *given: Any, **more: Any) -> Outcome:
            self.given = [*given, more] if more else [*given]
            return Refusals(reasons=())

        return noted


async def given(document: str, **input: Any) -> list[Any]:
    """What the desk is given for an input."""
    desk = Recorder()
    parts: dict[str, Any] = dict.fromkeys(Node.__dataclass_fields__)
    context = Context(Node(**(parts | {"desk": desk})), EDITOR)
    result = await schema.execute(document, variable_values={"i": input}, context_value=context)
    assert result.errors is None, result.errors
    return desk.given


@pytest.mark.parametrize("name", EDITS)
@pytest.mark.parametrize("make", [full, least])
async def test_every_edit_arrives_as_it_was_sent(name: str, make: Any) -> None:
    """The domain reads of the API's input what it reads of the JSON that the client wrote."""
    edit = {name: make(EDITS[name])}
    assert check(*parse_edits([edit])) == []
    batch = {"id": "brief-1", "edits": [edit], "changeNote": "n", "significance": "MINOR"}
    stream, edits, _ = await given(EDIT, **batch)
    assert stream == "brief-1"
    assert parse_edits(edits) == parse_edits([edit])


@pytest.mark.parametrize("name", sorted(name for name, kind in EDITS.items() if kind in ADDING))
async def test_what_is_added_needs_no_key(name: str) -> None:
    """The desk makes one; the input has none then."""
    edit = {field: value for field, value in full(EDITS[name]).items() if field != "key"}
    batch = {"id": "b", "edits": [{name: edit}], "changeNote": "n", "significance": "MINOR"}
    _, edits, _ = await given(EDIT, **batch)
    assert "key" not in edits[0][name]


@pytest.mark.parametrize("name", sorted(name for name, kind in EDITS.items() if kind in ADDING))
async def test_a_null_key_is_none(name: str) -> None:
    """Null stands for left out."""
    batch = {"id": "b", "changeNote": "n", "significance": "MINOR"}
    edit = {name: full(EDITS[name]) | {"key": None}}
    _, edits, _ = await given(EDIT, **batch, edits=[edit])
    assert edits[0][name]["key"] is None


COMMANDS: dict[str, type[msgspec.Struct]] = {
    "draftBrief": commands.DraftBrief,
    "publishBrief": commands.PublishBrief,
    "withholdBrief": commands.WithholdBrief,
    "closeBrief": commands.CloseBrief,
    "reopenBrief": commands.ReopenBrief,
    "registerEntity": commands.RegisterEntity,
    "reviseEntity": commands.ReviseEntity,
    "publishEdition": commands.PublishEdition,
    "revisePage": commands.RevisePage,
}


@pytest.mark.parametrize("name", COMMANDS)
@pytest.mark.parametrize("make", [full, least])
async def test_every_command_arrives_as_it_was_sent(name: str, make: Any) -> None:
    """The same for commands: content apart from what comes with every request."""
    kind = COMMANDS[name]
    document = f"""mutation($i: {kind.__name__}Input!) {{
        {name}(input: $i) {{ userErrors {{ code }} }} }}"""
    content = make(kind)
    takes_id = "id" in input_fields(f"{kind.__name__}Input")
    sent = content | ({"id": "brief-1"} if takes_id else {})
    arrived = await given(document, **sent, changeNote="n", idempotencyKey="i")
    (payload,) = (found for found in arrived if isinstance(found, dict) and found != EXPECTED)
    assert parse(kind, payload) == parse(kind, content)
    if takes_id:
        assert arrived[0] == "brief-1"


EXPECTED = {"expected_version": None}


def input_fields(name: str) -> dict[str, Any]:
    """The fields of an input type."""
    found = schema._schema.type_map[name]
    assert isinstance(found, GraphQLInputObjectType)
    return dict(found.fields)


@pytest.mark.parametrize("name", EDITS)
def test_an_input_has_the_fields_of_its_struct(name: str) -> None:
    """No more and no less; required where the domain requires it and gives no default."""
    kind = EDITS[name]
    found = input_fields(f"{kind.__name__}Input")
    fields = {field.encode_name: field for field in msgspec.structs.fields(kind)}
    assert list(found) == list(fields)
    for field_name, field in fields.items():
        made = field_name == "key" and kind in ADDING
        optional = made or field.default in (None, msgspec.UNSET)
        assert isinstance(found[field_name].type, GraphQLNonNull) is not optional, field_name


def test_a_batch_takes_every_edit() -> None:
    """One field of EditInput for each edit of the domain."""
    assert list(input_fields("EditInput")) == list(EDITS)


async def test_an_explicit_null_stays() -> None:
    """To take a field's value away is not to leave it as it is."""
    edit = {"reviseIndicator": {"key": "k", "note": None}}
    batch = {"id": "b", "edits": [edit], "changeNote": "n", "significance": "MINOR"}
    _, edits, _ = await given(EDIT, **batch)
    assert edits == [edit]
