"""Many rows in one statement: what the append protocol asks for, in the words of each database.

A statement's text depends on the table alone where the database prepares it (`ByArrays`), and is
sent once whatever the number of rows.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, Protocol

import sqlalchemy as sa
from sqlalchemy import Connection, Table, bindparam
from sqlalchemy.dialects.postgresql import ARRAY

Rows = Sequence[Mapping[str, Any]]


class Bulk(Protocol):
    """Finds and writes rows of the log's tables, each call in one statement."""

    def find(
        self, connection: Connection, table: Table, keys: Sequence[tuple[Any, ...]]
    ) -> Sequence[sa.Row[Any]]:
        """The rows whose primary key is one of `keys`, which differ from each other."""

    def insert(self, connection: Connection, table: Table, rows: Rows) -> int:
        """Insert rows; gives how many were written."""

    def move(self, connection: Connection, table: Table, rows: Rows) -> int:
        """Set the columns that are no primary key of rows that still are at `from`: at this
        version, or for a table without versions, at this position. Gives how many were written.
        """


class ByParameters:
    """For SQLite, where a statement costs no message: one with parameters, run for each row."""

    def find(
        self, connection: Connection, table: Table, keys: Sequence[tuple[Any, ...]]
    ) -> Sequence[sa.Row[Any]]:
        """See `Bulk`."""
        single = len(table.primary_key.columns) == 1
        values = [key[0] for key in keys] if single else list(keys)
        return connection.execute(_find_in(table), {"keys": values}).all()

    def insert(self, connection: Connection, table: Table, rows: Rows) -> int:
        """See `Bulk`."""
        return _written(connection, _insert(table), rows)

    def move(self, connection: Connection, table: Table, rows: Rows) -> int:
        """See `Bulk`."""
        # SQLAlchemy keeps the columns' names for its own parameters.
        renamed = [{f"new_{name}": value for name, value in row.items()} for row in rows]
        return _written(connection, _move_each(table), renamed)


class ByArrays:
    """For PostgreSQL: an array for each column, unfolded to rows by the server.

    Its driver does not tell how many rows a statement that runs for each row has written, and
    would prepare an IN of each length anew.
    """

    def find(
        self, connection: Connection, table: Table, keys: Sequence[tuple[Any, ...]]
    ) -> Sequence[sa.Row[Any]]:
        """See `Bulk`."""
        names = [column.name for column in table.primary_key.columns]
        rows = [dict(zip(names, key, strict=True)) for key in keys]
        return connection.execute(_find_unfolded(table), _columns(rows)).all()

    def insert(self, connection: Connection, table: Table, rows: Rows) -> int:
        """See `Bulk`."""
        return _written(connection, _insert_unfolded(table), _columns(rows))

    def move(self, connection: Connection, table: Table, rows: Rows) -> int:
        """See `Bulk`."""
        return _written(connection, _move_unfolded(table), _columns(rows))


def _written(connection: Connection, statement: sa.UpdateBase, values: Any) -> int:
    executed = connection.execute(statement, values, execution_options={"preserve_rowcount": True})
    return executed.rowcount


def _columns(rows: Rows) -> dict[str, list[Any]]:
    return {f"all_{name}": [row[name] for row in rows] for name in rows[0]}


# Statements are made once for each table, so that SQLAlchemy compiles them once.


@cache
def _find_in(table: Table) -> sa.Select[Any]:
    key = list(table.primary_key.columns)
    sought = key[0] if len(key) == 1 else sa.tuple_(*key)
    return sa.select(table).where(sought.in_(bindparam("keys", expanding=True)))


@cache
def _insert(table: Table) -> sa.UpdateBase:
    return table.insert()


def _place(table: Table) -> sa.Column[int]:
    return table.c["version" if "version" in table.c else "position"]


@cache
def _move_each(table: Table) -> sa.UpdateBase:
    changed = [column for column in table.c if not column.primary_key]
    return (
        table.update()
        .where(
            *(column == bindparam(f"new_{column.name}") for column in table.primary_key),
            _place(table) == bindparam("new_from"),
        )
        .values({column.name: bindparam(f"new_{column.name}") for column in changed})
    )


def _unfolded(columns: Mapping[str, sa.types.TypeEngine[Any]]) -> sa.TableValuedAlias:
    arrays = [bindparam(f"all_{name}", type_=ARRAY(kind)) for name, kind in columns.items()]
    named = [sa.column(name, kind) for name, kind in columns.items()]
    return sa.func.unnest(*arrays).table_valued(*named).render_derived()


@cache
def _find_unfolded(table: Table) -> sa.Select[Any]:
    keys = _unfolded({column.name: column.type for column in table.primary_key})
    matches = [column == keys.c[column.name] for column in table.primary_key]
    return sa.select(table).select_from(table.join(keys, sa.and_(*matches)))


@cache
def _insert_unfolded(table: Table) -> sa.UpdateBase:
    given = _unfolded({column.name: column.type for column in table.c})
    return table.insert().from_select([column.name for column in table.c], sa.select(given))


@cache
def _move_unfolded(table: Table) -> sa.UpdateBase:
    place = _place(table)
    given = _unfolded({**{column.name: column.type for column in table.c}, "from": place.type})
    changed = [column.name for column in table.c if not column.primary_key]
    return (
        table.update()
        .where(
            *(column == given.c[column.name] for column in table.primary_key),
            place == given.c["from"],
        )
        .values({name: given.c[name] for name in changed})
    )
