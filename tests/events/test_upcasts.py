"""Older schema versions: what each step makes of their bodies, as checked in, and of any other."""

import contextlib
import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graphql_brief.domain.events import EVENT_TYPES
from graphql_brief.log import codec
from graphql_brief.log.upcasters import UPCASTERS
from tests.events.independent import canonical, parse
from tests.events.schema_values import members_of
from tests.events.support import VERSIONS, read, validator

BODIES = read("vectors/upcasts.json")["bodies"]
OLDER = [body for body in BODIES if "next" in body]
STEPS = sorted(UPCASTERS)
_SLOW = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def schema_of(name: str, version: int) -> Any:
    """The validator of an event type's schema version."""
    return validator(f"schemas/{VERSIONS[name, version].name}")


def decoded(name: str, version: int, members: Any) -> Any:
    """The event that a body of this schema version holds."""
    return codec.decode(name, version, canonical({"event": members}))[0]


def test_there_are_examples_of_every_version() -> None:
    """Of each type with several: of each older version with its next, of the newest without."""
    found = {(body["type"], body["schema"], body.get("next", {}).get("schema")) for body in BODIES}
    assert found == {
        (name, version, None if version == newest else version + 1)
        for name, newest in codec.SCHEMA_VERSIONS.items()
        if newest > 1
        for version in range(1, newest + 1)
    }


@pytest.mark.parametrize("body", BODIES, ids=lambda body: body["about"])
def test_a_body_is_as_its_schema_says(body: dict[str, Any]) -> None:
    """Canonical bytes, valid in their version; and what they become is valid in the next."""
    content = parse(body["body"].encode())
    validator("body.schema.json").validate(content)
    schema_of(body["type"], body["schema"]).validate(content["event"])
    if "next" in body:
        schema_of(body["type"], body["next"]["schema"]).validate(body["next"]["event"])


@pytest.mark.parametrize("body", OLDER, ids=lambda body: body["about"])
def test_a_step_gives_what_it_always_gave(body: dict[str, Any]) -> None:
    """The members of the next version, as checked in; what it was given is left as it was."""
    members = json.loads(body["body"])["event"]
    before = canonical(members)
    assert UPCASTERS[body["type"], body["schema"]](members) == body["next"]["event"]
    assert canonical(members) == before


@pytest.mark.parametrize("body", BODIES, ids=lambda body: body["about"])
def test_a_body_is_read_today(body: dict[str, Any]) -> None:
    """With its note, as the same event that a body of the next version holds."""
    content = json.loads(body["body"])
    event, note = codec.decode(body["type"], body["schema"], body["body"].encode())
    assert type(event) is EVENT_TYPES[body["type"]]
    assert note == content.get("changeNote")
    if "next" in body:
        assert event == decoded(body["type"], body["next"]["schema"], body["next"]["event"])
    else:
        written = codec.encode(event, note)
        assert written == (body["type"], body["schema"], body["body"].encode())


@pytest.mark.parametrize(("name", "version"), STEPS)
def test_any_valid_body_becomes_a_valid_one(name: str, version: int) -> None:
    """Whatever the older schema allows, the next allows what the step makes of it; it is read."""
    older, newer = schema_of(name, version), schema_of(name, version + 1)

    @_SLOW
    @given(members_of(f"schemas/{VERSIONS[name, version].name}"))
    def becomes_valid(members: Any) -> None:
        older.validate(members)
        risen = UPCASTERS[name, version](members)
        newer.validate(risen)
        event = decoded(name, version, members)
        assert event == decoded(name, version + 1, risen)
        written = codec.encode(event)
        schema_of(name, written.schema).validate(json.loads(written.body)["event"])

    becomes_valid()


_UNLESS_CORRUPT = contextlib.suppress(codec.CorruptBody)
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text("ab", max_size=2),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from("ab"), inner, max_size=2)
    ),
    max_leaves=4,
)


@pytest.mark.parametrize(("name", "version"), STEPS)
def test_any_other_body_is_refused(name: str, version: int) -> None:
    """Members of an example left out, or exchanged for anything: an event or CorruptBody."""
    schema = read(f"schemas/{VERSIONS[name, version].name}")
    example = schema["examples"][0]
    left_out = object()

    @_SLOW
    @given(st.sampled_from(sorted(schema["properties"])), st.just(left_out) | _JSON, st.booleans())
    def refused(member: str, value: Any, surprise: bool) -> None:
        members = {m: v for m, v in example.items() if m != member}
        if surprise:
            members["more"] = 1
        if value is not left_out:
            members[member] = value
        incomplete = not members.keys() >= set(schema["required"])
        with pytest.raises(codec.CorruptBody) if surprise or incomplete else _UNLESS_CORRUPT:
            decoded(name, version, members)

    refused()


@pytest.mark.parametrize(("name", "version"), STEPS)
def test_the_shape_of_the_next_version_is_no_older_body(name: str, version: int) -> None:
    """A body that says an older version and has the newer form is not guessed at."""
    newer = read(f"schemas/{VERSIONS[name, version + 1].name}")["examples"][0]
    assert not schema_of(name, version).is_valid(newer)
    with pytest.raises(codec.CorruptBody):
        decoded(name, version, newer)
