"""Documents at random: most of what they ask fits the schema, and some of it does not."""

from random import Random
from typing import Any

from graphql import (
    DocumentNode,
    GraphQLArgument,
    GraphQLInputType,
    GraphQLNamedType,
    GraphQLSchema,
    OperationDefinitionNode,
    get_named_type,
    get_nullable_type,
    is_abstract_type,
    is_composite_type,
    is_enum_type,
    is_input_object_type,
    is_list_type,
    is_non_null_type,
    is_required_argument,
    is_scalar_type,
    is_union_type,
    print_ast,
)
from graphql.type import GraphQLCompositeType

DEPTH = 4
LITERALS = ("1", "-3", "2.5", '"a"', '"2026-01-18"', "true", "PUBLISHED", "[1]", "{a: 1}", "null")


class Writer:
    """Writes one document; `slips` is how often it does what may be wrong, from 0 to 1."""

    def __init__(self, schema: GraphQLSchema, random: Random, slips: float) -> None:
        self._schema = schema
        self._random = random
        self._slips = slips
        self._variables: dict[str, str] = {}
        self._fragments: dict[str, tuple[GraphQLNamedType, str]] = {}
        self._numbers = iter(range(1_000_000))

    def document(self) -> str:
        """The text of it."""
        word = "mutation" if self._often(0.1) and self._schema.mutation_type else "query"
        root = self._schema.mutation_type if word == "mutation" else self._schema.query_type
        assert root is not None
        body = self._selections(root, DEPTH)
        if self._slip():
            self._variables[f"v{next(self._numbers)}"] = "Int"
        if self._variables and self._slip():
            self._variables.popitem()
        declared = ", ".join(f"${name}: {kind}" for name, kind in self._variables.items())
        name = "" if self._often(0.2) else " Asked"
        parts = [f"{word}{name}{f'({declared})' if declared else ''} {body}"]
        parts += [
            f"fragment {name} on {kind.name} {inner}"
            for name, (kind, inner) in self._fragments.items()
            if not self._slip()
        ]
        if self._slip():
            parts.append("query Other { __typename }")
        self._random.shuffle(parts)
        return "\n".join(parts)

    def _often(self, share: float) -> bool:
        return self._random.random() < share

    def _slip(self) -> bool:
        return self._often(self._slips)

    def _selections(self, on: GraphQLCompositeType, depth: int) -> str:
        count = self._random.randint(1, 4)
        inner = " ".join(self._selection(on, depth) for _ in range(count))
        return f"{{ {inner} }}"

    def _selection(self, on: GraphQLCompositeType, depth: int) -> str:
        roll = self._random.random()
        if roll < (0.4 if is_union_type(on) else 0.05):
            return "__typename"
        if depth and (roll < 0.15 or is_union_type(on)):
            kind = self._narrowed(on)
            on_kind = "" if kind is on and self._often(0.3) else f"on {kind.name} "
            return f"... {on_kind}{self._directive()}{self._selections(kind, depth - 1)}"
        if depth and roll < 0.25:
            return f"...{self._fragment(on, depth)} {self._directive()}"
        return self._field(on, depth)

    def _narrowed(self, on: GraphQLCompositeType) -> GraphQLCompositeType:
        """A type that an object of `on` may be of."""
        if self._slip():
            kinds = [kind for kind in self._schema.type_map.values() if is_composite_type(kind)]
            return self._random.choice(kinds)
        if is_abstract_type(on) and self._often(0.7):
            return self._random.choice(list(self._schema.get_possible_types(on)))
        return on

    def _fragment(self, on: GraphQLCompositeType, depth: int) -> str:
        fitting = [
            name for name, (kind, _) in self._fragments.items() if kind is on or self._slip()
        ]
        if fitting and self._often(0.5):
            return self._random.choice(fitting)
        name = f"F{next(self._numbers)}"
        kind = self._narrowed(on)
        if self._slip():
            self._fragments[name] = (kind, "")  # it may be spread within itself
        self._fragments[name] = (kind, self._selections(kind, depth - 1))
        return name

    def _field(self, on: GraphQLCompositeType, depth: int) -> str:
        fields = getattr(on, "fields", {})
        choices = [
            name
            for name, field in fields.items()
            if depth or not is_composite_type(get_named_type(field.type))
        ]
        if not choices:
            return "__typename"
        name = self._random.choice(choices)
        field = fields[name]
        if self._slip():
            name = self._random.choice(["nothing", "__schema", "id"])
        alias = f"{self._random.choice('ab')}: " if self._often(0.1) else ""
        inner = ""
        if is_composite_type(get_named_type(field.type)) is not self._slip():
            named = get_named_type(field.type)
            inner = self._selections(named if is_composite_type(named) else on, max(depth - 1, 0))
        return f"{alias}{name}{self._arguments(field.args)} {self._directive()}{inner}"

    def _arguments(self, arguments: dict[str, GraphQLArgument]) -> str:
        given = [
            f"{name}: {self._value(found.type)}"
            for name, found in arguments.items()
            if (is_required_argument(found) or self._often(0.2)) is not self._slip()
        ]
        if self._slip():
            given.append(self._random.choice(["other: 1", *given]))
        return f"({', '.join(given)})" if given else ""

    def _directive(self) -> str:
        if not self._often(0.05):
            return ""
        if self._slip():
            return self._random.choice(
                ["@skip ", "@other ", "@skip(if: 1) ", "@skip(if: true) @skip(if: true) "]
            )
        return f"@{self._random.choice(['skip', 'include'])}(if: {self._value('Boolean!')}) "

    def _value(self, kind: GraphQLInputType | str) -> str:
        if self._often(0.3) or isinstance(kind, str):
            return self._variable(str(kind))
        return self._literal(kind)

    def _variable(self, kind: str) -> str:
        if not kind.endswith("!") and self._often(0.5):
            kind += "!"
        if self._slip():
            kind = self._random.choice(["Int", "String!", "ID", "Brief", "[Int!]", kind.strip("!")])
        known = [name for name, other in self._variables.items() if other == kind]
        if known and self._often(0.7):
            return f"${self._random.choice(known)}"
        name = f"v{next(self._numbers)}"
        self._variables[name] = kind
        return f"${name}"

    def _literal(self, kind: GraphQLInputType) -> str:
        if self._slip():
            return self._random.choice(LITERALS)
        of = get_nullable_type(kind)
        if is_list_type(of):
            if self._often(0.2):
                return self._literal(of.of_type)
            count = self._random.randint(0, 2)
            return f"[{', '.join(self._value(of.of_type) for _ in range(count))}]"
        if is_enum_type(of):
            values: list[str] = list(of.values)
            return self._random.choice(values)
        if is_scalar_type(of):
            return {"Int": "7", "Boolean": "true", "Float": "0.5"}.get(of.name, '"2026-01-18"')
        assert is_input_object_type(of)
        names = list(of.fields)
        if of.is_one_of and not self._slip():
            name = self._random.choice(names)
            within = of.fields[name].type
            chosen = f"{within}" if self._slip() else f"{within}!"
            value = self._variable(chosen) if self._often(0.5) else self._literal(within)
            return f"{{{name}: {value}}}"
        given = [
            f"{name}: {self._value(of.fields[name].type)}"
            for name in names
            if is_non_null_type(of.fields[name].type) or self._often(0.2)
        ]
        if given and self._slip():
            given.append(given[0])
        return f"{{{', '.join(given)}}}"


def variables_of(document: DocumentNode, random: Random) -> dict[str, Any]:
    """A value for each of its variables; what fits no Boolean or Int is left out."""
    found: dict[str, Any] = {}
    for operation in document.definitions:
        if isinstance(operation, OperationDefinitionNode):
            for declared in operation.variable_definitions or ():
                name, kind = declared.variable.name.value, print_ast(declared.type).strip("!")
                if kind in ("Boolean", "Int"):
                    found[name] = (
                        random.random() < 0.5 if kind == "Boolean" else random.randint(0, 9)
                    )
    return found
