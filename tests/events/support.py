"""The released schemas, as the tests of them read them."""

import json
from typing import Any

from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from tests.events.independent import EVENTS

FILES = sorted(EVENTS.rglob("*.schema.json"))
"""Every schema file, by path."""
VERSIONS = {
    (name, int(version[1:])): file
    for file in sorted((EVENTS / "schemas").iterdir())
    for name, version, _, _ in [file.name.split(".")]
}
"""The file of each event type and schema version."""
NAMES = {name: file for (name, _), file in sorted(VERSIONS.items())}
"""The file of each event type's newest version."""

_BASE = "https://schemas.invalid/"


def read(path: str) -> Any:
    """A JSON file of the folder."""
    return json.loads((EVENTS / path).read_text(encoding="utf-8"))


def _uri(path: str) -> str:
    return f"{_BASE}{path}"


REGISTRY: Registry[Any] = Registry().with_resources(
    (
        _uri(file.relative_to(EVENTS).as_posix()),
        Resource.from_contents(
            json.loads(file.read_text(encoding="utf-8")), default_specification=DRAFT202012
        ),
    )
    for file in FILES
)
"""All schema files under their relative places; it fetches nothing."""


def validator(path: str) -> Any:
    """A validator of one schema, or of a part of it: `common.schema.json#/$defs/key`."""
    return Draft202012Validator({"$ref": _uri(path)}, registry=REGISTRY)


def event_validator(name: str) -> Any:
    """A validator of an event type's newest schema."""
    return validator(NAMES[name].relative_to(EVENTS).as_posix())
