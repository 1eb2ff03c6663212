"""Bounds on a document, checked before it is executed, most of them before it is validated.

| what                                        | bound | checked      |
|---------------------------------------------|-------|--------------|
| tokens                                      | 5,000 | in the lexer |
| digits in a row                             | 1,000 | on the text  |
| fragments                                   |   100 | on the tree  |
| fields within fields                        |    20 | on the tree  |
| fields, with every use of a fragment opened | 2,000 | on the tree  |
| aliases, counted the same way               |   200 | on the tree  |
| fields to answer, with lists as assumed     | 50,000 | on the tree |

What is nested too deeply for the parser's own recursion is refused by graphql-core. Only the fields
to answer hang on variables, and are counted for each request; the rest is checked once a document.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from graphql import DocumentNode, FragmentDefinitionNode, GraphQLSchema

from graphql_brief.api.errors import ApiCode, ApiError
from graphql_brief.api.measure import Measured, measure

TOKENS_BOUND = 5_000
FRAGMENTS_BOUND = 100
DEPTH_BOUND = 20
DIGITS_BOUND = 1_000
FIELDS_BOUND = 2_000
ALIASES_BOUND = 200
COST_BOUND = 50_000


# Python refuses to read a longer number, with an error that is nobody's to see.
_LONG_NUMBER = re.compile(rf"[0-9]{{{DIGITS_BOUND + 1}}}")


class Checked(NamedTuple):
    """A document held against the bounds that hang on nothing but its text."""

    refusal: ApiError | None
    operations: tuple[Measured, ...]
    """The size of each operation; empty if what holds for the document was enough to refuse it."""


def check(schema: GraphQLSchema, text: str, document: DocumentNode) -> Checked:
    """Hold a document against the bounds, but for that on the fields to answer."""
    if _LONG_NUMBER.search(text):
        return Checked(_too_much("digits in a number", DIGITS_BOUND + 1, DIGITS_BOUND), ())
    # Measuring descends from fragment to fragment, so they are counted first.
    fragments = sum(isinstance(found, FragmentDefinitionNode) for found in document.definitions)
    if fragments > FRAGMENTS_BOUND:
        return Checked(_too_much("fragments", fragments, FRAGMENTS_BOUND), ())
    operations = measure(schema, document)
    for what, found, bound in (
        ("fields within fields", [found.size.depth for found in operations], DEPTH_BOUND),
        ("fields", [found.size.fields for found in operations], FIELDS_BOUND),
        ("aliases", [found.size.aliases for found in operations], ALIASES_BOUND),
    ):
        if max(found, default=0) > bound:
            return Checked(_too_much(what, max(found), bound), operations)
    return Checked(None, operations)


def check_cost(operations: Iterable[Measured], given: Mapping[str, Any]) -> ApiError | None:
    """Hold what the largest answer costs with these variables against its bound."""
    cost = max((found.cost(given) for found in operations), default=0)
    return _too_much("fields to answer", cost, COST_BOUND) if cost > COST_BOUND else None


def _too_much(what: str, found: int, bound: int) -> ApiError:
    shown = found if found < 1_000_000 else "far more than a million"
    return ApiError(
        ApiCode.DOCUMENT_TOO_LARGE, f"the document has {shown} {what}, the bound is {bound}"
    )
