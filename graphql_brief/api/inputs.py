"""The inputs of mutations, made of the domain's edits and commands.

For each struct of the domain there is an input type of the same fields: names, types, defaults,
and as descriptions the domain's own with its rules in words. So the API takes what the domain
takes, and the manual says what the rules check. Values are not checked here beyond their GraphQL
types: they go on as plain JSON, and the domain refuses them with the path.
"""

from collections.abc import Mapping
from typing import Any, get_args, get_origin

import msgspec
import strawberry
from msgspec import NODEFAULT, UNSET
from strawberry.types.base import StrawberryObjectDefinition

from graphql_brief.api import enums
from graphql_brief.api.manual import field_rules, field_text, said
from graphql_brief.api.request import Request
from graphql_brief.domain import commands
from graphql_brief.domain.edits import ADDING, BATCH_BOUND, EDITS
from graphql_brief.domain.rules import BRIEF_ID, ENTITY_ID, split
from graphql_brief.domain.vocabulary import Significance

_made: dict[type[msgspec.Struct], type] = {}

Fields = dict[str, tuple[Any, Any]]
"""Annotation and `strawberry.field` of each field of an input, by its Python name."""


def input_of(struct: type[msgspec.Struct]) -> type:
    """The input type with the fields of a struct; one for each struct."""
    if struct not in _made:
        _made[struct] = _input_type(f"{struct.__name__}Input", _told(struct), _fields(struct))
    return _made[struct]


def _told(struct: type[msgspec.Struct]) -> str:
    """What an edit does; of those that revise, also how to leave a field as it is."""
    revises = any(field.default is msgspec.UNSET for field in msgspec.structs.fields(struct))
    how = " What is left out stays as it is; null takes a value away."
    return said(struct) + (how if revises else "")


def _input_type(name: str, description: str, fields: Fields, *, one_of: bool = False) -> type:
    annotations = {python_name: hint for python_name, (hint, _) in fields.items()}
    namespace = {python_name: field for python_name, (_, field) in fields.items()}
    cls = type(
        name,
        (),
        {
            **namespace,
            "__annotations__": annotations,
            "__module__": __name__,
            "__doc__": description,
        },
    )
    return strawberry.input(cls, name=name, description=description, one_of=one_of)


def _fields(struct: type[msgspec.Struct]) -> Fields:
    return {field.name: _field(struct, field) for field in msgspec.structs.fields(struct)}


def _field(struct: type[msgspec.Struct], field: Any) -> tuple[Any, Any]:
    text = f"{field_text(struct, field.name) or ''} {field_rules(struct, field.name)}".strip()
    hint = _graphql_hint(field.type)
    if field.name == "key" and struct in ADDING:
        text += " Left out: made from the command's id."
        return _optional(hint, text)
    if field.required:
        return hint, strawberry.field(description=text)
    if field.default in (None, UNSET):
        return _optional(hint, text)
    if field.default is NODEFAULT:
        return hint, strawberry.field(default_factory=field.default_factory, description=text)
    if field.default == ():
        return hint, strawberry.field(default_factory=list, description=text)
    return hint, strawberry.field(default=field.default, description=text)


def _optional(hint: Any, text: str) -> tuple[Any, Any]:
    return hint | None, strawberry.field(default=strawberry.UNSET, description=text)


def _graphql_hint(hint: Any) -> Any:
    """The type of a field without its rules, with inputs in the place of structs."""
    rules, bare = split(hint)
    if BRIEF_ID in rules or ENTITY_ID in rules:
        return strawberry.ID
    if get_origin(bare) is tuple:
        return list[_graphql_hint(get_args(bare)[0])]  # type: ignore[misc]  # a type made at run time
    if isinstance(bare, type) and issubclass(bare, msgspec.Struct):
        return input_of(bare)
    return bare


EditInput = _input_type(
    "EditInput",
    "One edit of a brief: give exactly one.",
    {name: _optional(input_of(kind), said(kind)) for name, kind in EDITS.items()},
    one_of=True,
)
"""All edits by their names."""


# What comes with every command beside its content

_NOTE = f"Why, for the history. {field_rules(Request, 'change_note')}"
_SIGNIFICANCE = "How much it matters to readers."
_IDEMPOTENCY = (
    "A name of your own for this request: sent again with the same content, it gives the first "
    "result. "
    f"{field_rules(Request, 'idempotency_key')}"
)
_EXPECTED = (
    "The version that the writer saw. If what came since touches the same things, nothing is "
    "written and the answer is a VersionConflict; left out, whatever came since is accepted."
)


def _with_request() -> Fields:
    return {
        "change_note": _optional(str, _NOTE),
        "significance": (
            Significance,
            strawberry.field(default=Significance.SUBSTANTIVE, description=_SIGNIFICANCE),
        ),
        "idempotency_key": _optional(str, _IDEMPOTENCY),
    }


def _of_brief() -> Fields:
    return {**_id("brief"), "expected_version": _optional(int, _EXPECTED)}


def _id(noun: str) -> Fields:
    return {"id": (strawberry.ID, strawberry.field(description=f"Id of the {noun}."))}


def _command(struct: type[msgspec.Struct], *more: Fields) -> type:
    """The input of a mutation: a command's fields, and what comes with it."""
    fields: Fields = {}
    for part in (*more, _fields(struct), _with_request()):
        fields |= part
    return _taken_as_json(_input_type(f"{struct.__name__}Input", said(struct), fields))


def _taken_as_json(cls: type) -> type:
    """Have the resolver get the input as the JSON object that the client sent, defaults filled.

    Strawberry would make objects of it, for the desk to be taken apart again.
    """
    definition: StrawberryObjectDefinition = cls.__strawberry_definition__  # type: ignore[attr-defined]  # set by strawberry.input
    definition.from_input = lambda _cls, value, _context: value
    return cls


DraftBriefInput = _command(commands.DraftBrief)
PublishBriefInput = _command(commands.PublishBrief, _of_brief())
WithholdBriefInput = _command(commands.WithholdBrief, _of_brief())
CloseBriefInput = _command(commands.CloseBrief, _of_brief())
ReopenBriefInput = _command(commands.ReopenBrief, _of_brief())
RegisterEntityInput = _command(commands.RegisterEntity)
ReviseEntityInput = _command(commands.ReviseEntity, _id("entity"))
PublishEditionInput = _command(commands.PublishEdition)
RevisePageInput = _command(commands.RevisePage)

EditBriefInput = _taken_as_json(
    _input_type(
        "EditBriefInput",
        "A batch of edits to one brief: applied all, in this order, or not at all.",
        {
            **_of_brief(),
            "edits": (
                list[EditInput],  # type: ignore[valid-type]  # a type made at run time
                strawberry.field(description=f"The edits, 1 to {BATCH_BOUND}."),
            ),
            "change_note": (str, strawberry.field(description=_NOTE)),
            "significance": (
                enums.Significance,
                strawberry.field(description=f"{_SIGNIFICANCE} Said, never guessed."),
            ),
            "idempotency_key": _optional(str, _IDEMPOTENCY),
        },
    )
)

EraseBodyInput = _taken_as_json(
    _input_type(
        "EraseBodyInput",
        said(commands.EraseBody),
        {
            **_id("brief, entity, edition or page"),
            **_fields(commands.EraseBody),
            # No change note: what says that a body was erased is not erased itself.
            "significance": (
                Significance,
                strawberry.field(
                    default=Significance.COPY_EDIT,
                    description=f"{_SIGNIFICANCE} Who follows the brief is told in any case.",
                ),
            ),
            "idempotency_key": _optional(str, _IDEMPOTENCY),
        },
    )
)

_BESIDE_CONTENT = frozenset(
    {"id", "changeNote", "significance", "expectedVersion", "idempotencyKey"}
)


def content(given: Mapping[str, Any]) -> dict[str, Any]:
    """The command itself: an input without what comes with it."""
    return {name: value for name, value in given.items() if name not in _BESIDE_CONTENT}
