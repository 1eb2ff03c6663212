"""Bounds on a document, checked before it is executed, most of them before it is validated.

| what                                        | bound | checked      |
|---------------------------------------------|-------|--------------|
| characters                                  | 100,000 | on the text |
| tokens                                      | 5,000 | in the lexer |
| digits in a row                             | 1,000 | on the text  |
| fragments                                   |   100 | on the tree  |
| selections within selections                |   150 | on the tree  |
| fields within fields                        |    20 | on the tree  |
| fields, with every use of a fragment opened | 2,000 | on the tree  |
| fields of the root type, counted the same   |    50 | on the tree  |
| aliases, counted the same way               |   200 | on the tree  |
| cost, as the descriptions of fields have it | 100,000 | on the tree |

What is nested too deeply for the parser's own recursion is refused by graphql-core. Only the cost
hangs on variables, and is reckoned for each request; the rest is checked once a document.
"""

import re
from typing import NamedTuple

from graphql import DocumentNode, FragmentDefinitionNode, GraphQLSchema

from graphql_brief.api.errors import ApiCode, ApiError
from graphql_brief.api.measure import NESTING_BOUND, Measured, NestedTooDeeplyError, measure

LENGTH_BOUND = 100_000
TOKENS_BOUND = 5_000
FRAGMENTS_BOUND = 100
DEPTH_BOUND = 20
DIGITS_BOUND = 1_000
FIELDS_BOUND = 2_000
ROOT_FIELDS_BOUND = 50
ALIASES_BOUND = 200
COST_BOUND = 100_000


# Python refuses to read a longer number, with an error that is nobody's to see. It is looked for
# where digits begin, and not anew from each of them.
_LONG_NUMBER = re.compile(rf"(?<![0-9])[0-9]{{{DIGITS_BOUND + 1}}}")


class Checked(NamedTuple):
    """A document held against the bounds that hang on nothing but its text."""

    refusal: ApiError | None
    operations: tuple[Measured, ...]
    """The size of each operation; empty if what holds for the document was enough to refuse it."""


def check_length(text: str) -> None:
    """Raise ApiError for a text that is too long to be parsed: one token may be all of it."""
    if len(text) > LENGTH_BOUND:
        raise _too_much("characters", len(text), LENGTH_BOUND)


def check(schema: GraphQLSchema, text: str, document: DocumentNode) -> Checked:
    """Hold a document against the bounds, but for that on its cost."""
    if _LONG_NUMBER.search(text):
        return Checked(_too_much("digits in a number", DIGITS_BOUND + 1, DIGITS_BOUND), ())
    fragments = sum(isinstance(found, FragmentDefinitionNode) for found in document.definitions)
    if fragments > FRAGMENTS_BOUND:
        return Checked(_too_much("fragments", fragments, FRAGMENTS_BOUND), ())
    try:
        operations = measure(schema, document)
    except NestedTooDeeplyError:
        found = NESTING_BOUND + 1
        return Checked(_too_much("selections within selections", found, NESTING_BOUND), ())
    for what, sizes, bound in (
        ("fields within fields", [found.size.depth for found in operations], DEPTH_BOUND),
        ("fields", [found.size.fields for found in operations], FIELDS_BOUND),
        ("root fields", [found.size.beside for found in operations], ROOT_FIELDS_BOUND),
        ("aliases", [found.size.aliases for found in operations], ALIASES_BOUND),
    ):
        if max(sizes, default=0) > bound:
            return Checked(_too_much(what, max(sizes), bound), operations)
    return Checked(None, operations)


def check_cost(cost: int) -> ApiError | None:
    """Hold a cost against its bound."""
    if cost <= COST_BOUND:
        return None
    return ApiError(
        ApiCode.DOCUMENT_TOO_LARGE,
        f"the document's cost is {_shown(cost)}, the bound is {COST_BOUND}: ask for less, or for "
        "smaller pages",
    )


def no_introspection() -> ApiError:
    """The error of a document that asks for the schema where that is switched off."""
    return ApiError(
        ApiCode.INTROSPECTION_DISABLED,
        "this server does not tell its schema: `__schema` and `__type` are switched off",
    )


def _too_much(what: str, found: int, bound: int) -> ApiError:
    return ApiError(
        ApiCode.DOCUMENT_TOO_LARGE, f"the document has {_shown(found)} {what}, the bound is {bound}"
    )


def _shown(number: int) -> str:
    return str(number) if number < 1_000_000 else "far more than a million"
