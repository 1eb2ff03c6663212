"""What answers cost, as sums in which pages are factors: their lengths may come in variables."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from graphql_brief.api.connections import FIRST


class Page(NamedTuple):
    """The entries of a list: as many as asked for, or as it is taken to have."""

    numbers: tuple[int, ...]
    """What the arguments that tell, such as `first`, are in the document's text."""
    variables: tuple[str, ...]
    """The variables that they are given by."""
    assumed: int = FIRST

    def entries(self, given: Mapping[str, Any]) -> int:
        """How many they are taken to be."""
        asked = [*self.numbers, *whole(given.get(name) for name in self.variables)]
        # A page of less than none is refused when it is executed; here it must not pay for others.
        return max(0, *asked) if asked else self.assumed


@dataclass(slots=True, eq=False)
class Cost:
    """Fields of an answer by their weight: so many, and those of each part as often as it says.

    It is added to while it is measured, and stays as it is from then on.
    """

    fields: int = 0
    parts: "list[tuple[int | Page, Cost]]" = field(default_factory=list)

    def add(self, cost: "Cost") -> None:
        """Add another. One of many parts is used and not opened: none is larger than its text."""
        if cost.parts:
            self.parts.append((1, cost))
        else:
            self.fields += cost.fields

    def times(self, often: int | Page) -> "Cost":
        """The cost of so many of these."""
        if isinstance(often, Page) and not often.variables:
            often = often.entries({})
        if isinstance(often, int) and not self.parts:
            return Cost(often * self.fields)
        return Cost(0, [(often, self)])

    def of(self, given: Mapping[str, Any]) -> int:
        """The cost with these variables. Each part is worked out once, however often it is used."""
        return self._of(given, {})

    def _of(self, given: Mapping[str, Any], known: dict[int, int]) -> int:
        found = known.get(id(self))
        if found is None:
            found = self.fields
            for often, part in self.parts:
                if isinstance(often, Page):
                    often = often.entries(given)  # noqa: PLW2901 - the same, known by now
                found += often * part._of(given, known)
            known[id(self)] = found
        return found


def whole(values: Any) -> list[int]:
    """Those that are whole numbers, and the lengths of lists.

    JSON and GraphQL know no difference between 5 and 5.0.
    """
    return [
        len(value) if isinstance(value, list) else int(value)
        for value in values
        if isinstance(value, int | list) or (isinstance(value, float) and value.is_integer())
    ]
