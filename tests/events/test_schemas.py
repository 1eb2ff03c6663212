"""The event schemas, their examples and the code say the same."""

import json
from types import NoneType
from typing import Any, get_args, get_origin, get_type_hints

import msgspec
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from graphql_brief.domain import commands as c
from graphql_brief.domain import edits as e
from graphql_brief.domain.events import (
    EVENT_TYPES,
    Added,
    Event,
    Kept,
    Moved,
    Removed,
    Revised,
)
from graphql_brief.domain.items import Citation, EditionEntry, Group, ItemRef
from graphql_brief.domain.rules import (
    check,
)
from graphql_brief.log import codec
from tests.domain.strategies import History, histories
from tests.domain.values import payloads
from tests.events.independent import canonical
from tests.events.support import FILES, NAMES, VERSIONS, event_validator, read, validator

SHARED: dict[str, type[Group]] = {
    "citation": Citation,
    "itemRef": ItemRef,
    "editionEntry": EditionEntry,
    "kept": Kept,
}
"""Structs inside of events, and their definitions."""
OBJECTS = {name: read(f"schemas/{file.name}") for name, file in NAMES.items()} | {
    name: read("common.schema.json")["$defs"][name] for name in SHARED
}
STRUCTS: dict[str, type[Group]] = {**EVENT_TYPES, **SHARED}


def of(name: str) -> Any:
    """The validator of an event type or of a shared struct."""
    return (
        validator(f"common.schema.json#/$defs/{name}") if name in SHARED else event_validator(name)
    )


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_a_schema_is_a_schema(file: Any) -> None:
    """Of the 2020-12 dialect, with a title, a description and its own name as id."""
    schema = json.loads(file.read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["$id"] == file.name
    assert schema["title"]
    assert schema["description"].endswith(".")
    assert file.read_text(encoding="utf-8") == (
        json.dumps(schema, indent=2, ensure_ascii=False) + "\n"
    )


def test_every_event_type_has_its_schemas() -> None:
    """One file for each version of each type, and no others."""
    assert VERSIONS.keys() == {
        (name, version)
        for name, newest in codec.SCHEMA_VERSIONS.items()
        for version in range(1, newest + 1)
    }
    assert codec.SCHEMA_VERSIONS.keys() == EVENT_TYPES.keys()


@pytest.mark.parametrize("name", OBJECTS)
def test_a_schema_has_its_structs_fields(name: str) -> None:
    """The same members; required are those without default; no others are allowed."""
    schema = OBJECTS[name]
    fields = msgspec.structs.fields(STRUCTS[name])
    assert set(schema["properties"]) == {field.encode_name for field in fields}
    assert set(schema.get("required", ())) == {f.encode_name for f in fields if f.required}
    assert schema["additionalProperties"] is False
    assert schema["type"] == "object"
    assert name in SHARED or schema["title"] == name


@pytest.mark.parametrize("name", OBJECTS)
def test_every_member_is_described(name: str) -> None:
    """In words of its own, not those of its type."""
    for member in OBJECTS[name]["properties"].values():
        assert member["description"].endswith(".")


@pytest.mark.parametrize("name", OBJECTS)
def test_a_schema_has_its_structs_defaults(name: str) -> None:
    """A default is part of what old bodies mean: it is in the schema, and it is the code's."""
    for field in msgspec.structs.fields(STRUCTS[name]):
        member = OBJECTS[name]["properties"][field.encode_name]
        if field.required or field.default is msgspec.UNSET or field.default is None:
            assert "default" not in member
        else:
            assert msgspec.to_builtins(field.default) == _plain(member["default"])


def _plain(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


@pytest.mark.parametrize("name", OBJECTS)
def test_null_is_a_value_only_where_it_takes_one_away(name: str) -> None:
    """In events named Revised; elsewhere what is not there is absent."""
    hints = get_type_hints(STRUCTS[name])
    for field in msgspec.structs.fields(STRUCTS[name]):
        takes_away = field.default is msgspec.UNSET and NoneType in get_args(hints[field.name])
        member = validator_of_member(name, field.encode_name)
        assert member.is_valid(None) is takes_away


def validator_of_member(name: str, member: str) -> Any:
    """The validator of one member of an event."""
    where = (
        f"common.schema.json#/$defs/{name}" if name in SHARED else f"schemas/{NAMES[name].name}#"
    )
    return validator(f"{where}/properties/{member}")


@pytest.mark.parametrize("name", OBJECTS)
def test_a_schema_has_its_structs_types(name: str) -> None:
    """A list is a list, a truth value is one, a version is a number, all else text or an object."""
    hints = get_type_hints(STRUCTS[name])
    probes: dict[str, Any] = {"list": [], "bool": True, "number": 7}
    for field in msgspec.structs.fields(STRUCTS[name]):
        member = validator_of_member(name, field.encode_name)
        arms = [hints[field.name], *get_args(hints[field.name])]
        is_list = any(get_origin(arm) is tuple for arm in arms)
        assert member.is_valid(probes["list"]) is is_list
        assert member.is_valid(probes["bool"]) is (bool in arms)
        assert member.is_valid(probes["number"]) is (int in arms)


@pytest.mark.parametrize("name", EVENT_TYPES)
def test_a_schema_says_what_kind_of_event_it_is(name: str) -> None:
    """Revisions change something; what is removed, moved and added is named by its key."""
    kind, schema = EVENT_TYPES[name], OBJECTS[name]
    if issubclass(kind, Added | Moved | Removed | Revised):
        assert "key" in schema["required"]
    optional = len(schema["properties"]) - len(schema.get("required", ()))
    patches = issubclass(kind, Revised) or name == "EntityRevised"
    assert schema.get("minProperties") == (len(schema.get("required", ())) + 1 if patches else None)
    assert optional or not patches


# Examples

EXAMPLES = [
    pytest.param(name, example, id=f"{name}-{place}")
    for name in sorted(OBJECTS)
    for place, example in enumerate(OBJECTS[name]["examples"])
]
EVENT_EXAMPLES = [parameter for parameter in EXAMPLES if parameter.values[0] in EVENT_TYPES]


@pytest.mark.parametrize(("name", "example"), EXAMPLES)
def test_an_example_is_one(name: str, example: Any) -> None:
    """It is what its schema describes."""
    of(name).validate(example)


@pytest.mark.parametrize(("name", "example"), EVENT_EXAMPLES)
def test_an_example_comes_back(name: str, example: Any) -> None:
    """Through the codec, to the same bytes: it is written as the log writes."""
    newest = codec.SCHEMA_VERSIONS[name]
    for note in (None, "Because."):
        body = canonical({"event": example} | ({"changeNote": note} if note else {}))
        validator("body.schema.json").validate(json.loads(body))
        event, read_note = codec.decode(name, newest, body)
        assert type(event) is EVENT_TYPES[name]
        assert read_note == note
        assert codec.encode(event, note) == (name, newest, body)


@pytest.mark.parametrize(("name", "version"), VERSIONS)
def test_every_version_is_still_read(name: str, version: int) -> None:
    """Its examples become events of today."""
    for example in read(f"schemas/{VERSIONS[name, version].name}")["examples"]:
        event, _ = codec.decode(name, version, canonical({"event": example}))
        assert type(event) is EVENT_TYPES[name]


@pytest.mark.parametrize("name", OBJECTS)
def test_examples_show_every_member(name: str) -> None:
    """Each member is there in some example; each that may be absent is absent in another."""
    schema = OBJECTS[name]
    examples = [example.keys() for example in schema["examples"]]
    for member in schema["properties"]:
        assert any(member in keys for keys in examples)
        if member not in schema.get("required", ()):
            assert any(member not in keys for keys in examples)


_ASKED_OTHERWISE: dict[str, type[Group]] = {
    "BriefDrafted": c.DraftBrief,
    "BriefPublished": c.PublishBrief,
    "BriefWithheld": c.WithholdBrief,
    "BriefClosed": c.CloseBrief,
    "BriefReopened": c.ReopenBrief,
    "HeadlineRevised": e.ReviseHeadline,
    "StandfirstRevised": e.ReviseStandfirst,
    "SlugChanged": e.ChangeSlug,
    "LanguageSet": e.SetLanguage,
    "SubjectsSet": e.SetSubjects,
    "EntityInvolved": e.InvolveEntity,
    "ObservationRecorded": e.RecordObservation,
    "ForecastMade": e.MakeForecast,
    "CorrectionPublished": e.PublishCorrection,
    "EntityRegistered": c.RegisterEntity,
    "EntityRevised": c.ReviseEntity,
    "EditionPublished": c.PublishEdition,
    "EditionRevised": c.PublishEdition,
    "PageRevised": c.RevisePage,
    "BodyErased": c.EraseBody,
}
_VERBS = {
    "Added": "add",
    "Revised": "revise",
    "Moved": "move",
    "Removed": "remove",
    "Retracted": "retract",
    "Unpinned": "unpin",
    "Pinned": "pin",
    "Withdrawn": "withdraw",
    "Resolved": "resolve",
    "Reopened": "reopen",
}


def asked_as(name: str) -> type[Group]:
    """The edit or command that gives events of a type."""
    if name in _ASKED_OTHERWISE:
        return _ASKED_OTHERWISE[name]
    past = next(past for past in _VERBS if name.endswith(past))
    edit: type[Group] = e.EDITS[f"{_VERBS[past]}{name.removesuffix(past)}"]
    return edit


def test_every_edit_gives_an_event() -> None:
    """The mapping that the tests below rest on leaves out no event and no edit."""
    assert {asked_as(name) for name in EVENT_TYPES} >= set(e.EDITS.values())


@pytest.mark.parametrize(("name", "example"), EVENT_EXAMPLES)
def test_an_example_could_be_real(name: str, example: Any) -> None:
    """Nothing in it would be refused when asked for, but for links, which need a whole brief."""
    kind = asked_as(name)
    asked = {field.encode_name for field in msgspec.structs.fields(kind)}
    fields = {member: value for member, value in example.items() if member in asked}
    if name == "EditionRevised":
        fields["date"] = "2026-01-18"
    assert check(msgspec.convert(fields, kind)) == []
    assert example.keys() - fields.keys() <= {"kind", "kept"}


# Events that nobody thought of


def events_of(name: str) -> st.SearchStrategy[Event]:
    """Events of a type, with every value within the rules of what is asked."""
    kind = EVENT_TYPES[name]
    fields = {field.encode_name for field in msgspec.structs.fields(kind)}
    given_otherwise = {"kind": "PERSON", "initials": "MS", "language": "en"}

    def event(payload: dict[str, Any]) -> Event:
        payload = {
            **given_otherwise,
            **{m: v for m, v in payload.items() if v is not None or takes},
        }
        return msgspec.convert({m: v for m, v in payload.items() if m in fields}, kind)

    takes = issubclass(kind, Revised) or name == "EntityRevised"
    return payloads(asked_as(name)).map(event)


def could_be_decided(name: str, members: dict[str, Any]) -> bool:
    """Whether `decide` would give it: a revision revises, a correction of the head has no key."""
    return len(members) >= OBJECTS[name].get("minProperties", 0) and all(
        (reference["section"] == "HEAD") is ("key" not in reference)
        for reference in members.get("corrects", ())
    )


@pytest.mark.parametrize("name", EVENT_TYPES)
def test_events_are_as_their_schemas_say(name: str) -> None:
    """Whatever the rules let through, as the log writes it."""
    schema = event_validator(name)

    @settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(events_of(name))
    def as_it_says(event: Event) -> None:
        members = json.loads(codec.encode(event).body)["event"]
        assume(could_be_decided(name, members))
        schema.validate(members)

    as_it_says()


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(histories())
def test_histories_are_as_their_schemas_say(history: History) -> None:
    """Every event that is decided in a brief's history."""
    for event, _ in history.recorded:
        name = type(event).__name__
        event_validator(name).validate(json.loads(codec.encode(event).body)["event"])


def test_unknown_members_are_refused() -> None:
    """In every object, so that a reader can rely on having understood all of it."""
    for name, schema in OBJECTS.items():
        assert not of(name).is_valid({**schema["examples"][0], "surprise": 1})
