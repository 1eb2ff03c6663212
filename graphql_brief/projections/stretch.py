"""A stretch of the log, folded: what the projections write their rows from."""

from collections.abc import Container, Sequence
from typing import Any, NamedTuple, TypeVar

import sqlalchemy as sa

from graphql_brief.domain.states import State
from graphql_brief.log.port import Recorded

S = TypeVar("S", bound=State)


class RowsLost(Exception):  # noqa: N818 - says what is wrong; somebody else changed the tables
    """Rows that the checkpoint says were written are not there."""


class Stretch(NamedTuple):
    """Consecutive events, and what their streams come to at the end of them.

    Rows follow from `last` alone, whatever came between: so they are the same wherever the log is
    cut into stretches.
    """

    recorded: Sequence[Recorded]
    last: dict[str, State]
    """The state of each stream that has events here, after the last of them."""
    begun: dict[str, int]
    """Position of the first event of each stream that begins here."""
    snapshots: Sequence[State]
    """States at versions that are kept."""

    def last_of(self, kind: type[S]) -> list[S]:
        """The last states of one kind, in the order of their ids."""
        found = [state for state in self.last.values() if isinstance(state, kind)]
        return sorted(found, key=lambda state: state.id)


def store(
    connection: sa.Connection,
    table: sa.Table,
    rows: Sequence[dict[str, Any]],
    new: Container[str],
) -> None:
    """Insert the rows whose `id` is new, update the others.

    Raises RowsLost if one to update is not there.
    """
    inserted = [row for row in rows if row["id"] in new]
    updated = [row | {"at": row["id"]} for row in rows if row["id"] not in new]
    if inserted:
        connection.execute(sa.insert(table), inserted)
    if updated:
        names = [name for name in updated[0] if name not in ("id", "at")]
        result = connection.execute(
            sa.update(table)
            .where(table.c.id == sa.bindparam("at"))
            .values({name: sa.bindparam(name) for name in names}),
            [{name: value for name, value in row.items() if name != "id"} for row in updated],
        )
        if result.rowcount != len(updated):
            raise RowsLost(f"{table.name} has {result.rowcount} of {len(updated)} rows to update")
