"""Dates of the world: what an EDTF text says, for those who do not read EDTF.

The object behind the type is the text itself.
"""

from datetime import date

import strawberry

from graphql_brief.api.manual import output, resolved
from graphql_brief.domain import edtf


@output()
class EdtfDate:
    """A date of the world, as exact as it is known: a day, a month, a year, a span, open-ended."""

    @resolved(str)
    def text(self, root: strawberry.Parent[str]) -> str:
        """As written, in EDTF (ISO 8601-2): `2026-01-18`, `1991-09/1992-11`, `2023-10/..`."""
        return root

    @resolved(date | None)
    def earliest(self, root: strawberry.Parent[str]) -> date | None:
        """First day that it covers; null if the start is open."""
        return edtf.parse(root).earliest

    @resolved(date | None)
    def latest(self, root: strawberry.Parent[str]) -> date | None:
        """Last day that it covers; null if the end is open."""
        return edtf.parse(root).latest

    @resolved(str)
    def display(self, root: strawberry.Parent[str]) -> str:
        """As readers see it: `January 18, 2026`."""
        return edtf.parse(root).display
