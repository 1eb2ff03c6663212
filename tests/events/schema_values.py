"""Values that a released schema allows, made from the schema itself.

It knows the words of JSON Schema that the schemas here use, and no others: one that is new to it
fails, and is not passed over.
"""

from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

from tests.events.support import read, validator

_SAID = {"$schema", "$id", "title", "description", "examples", "default"}  # allows nothing less


def members_of(path: str) -> st.SearchStrategy[Any]:
    """Events as a schema file describes them."""
    return _values(read(path), path, validator(path).is_valid)


def _values(schema: Any, path: str, allowed: Callable[[Any], bool]) -> st.SearchStrategy[Any]:
    words = schema.keys() - _SAID
    if words == {"$ref"}:
        place, _, pointer = schema["$ref"].partition("#/$defs/")
        file = "common.schema.json" if place else path
        return _values(
            read(file)["$defs"][pointer], file, validator(f"{file}#/$defs/{pointer}").is_valid
        )
    if words == {"enum"}:
        return st.sampled_from(schema["enum"])
    assert words, "a schema that allows everything"
    match schema["type"]:
        case "object":
            assert words <= {
                *("type", "properties", "required", "additionalProperties", "minProperties"),
                *("if", "then", "else"),
            }
            members = {
                name: _values(member, path, lambda _: True)
                for name, member in schema["properties"].items()
            }
            required = set(schema.get("required", ()))
            found = st.fixed_dictionaries(
                {name: values for name, values in members.items() if name in required},
                optional={name: values for name, values in members.items() if name not in required},
            )
            return found.filter(allowed) if words & {"if", "minProperties"} else found
        case "array":
            assert words <= {"type", "items", "uniqueItems"}
            inner = _values(schema["items"], path, lambda _: True)
            return st.lists(inner, max_size=3, unique_by=repr)
        case "string":
            assert words <= {"type", "pattern", "minLength", "maxLength"}
            # `$` is the end in JSON Schema; in Python it is before a last newline too.
            pattern = schema["pattern"].removeprefix("^").removesuffix("$")
            return st.from_regex(rf"\A{pattern}\Z").filter(allowed)
        case other:
            raise AssertionError(f"no values for {other!r}")
