"""Many rows in one statement: what the append protocol asks for, in the words of each database.

A statement's text depends on the table alone where the database prepares it (`ByArrays`), and is
sent once whatever the number of rows.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from operator import itemgetter
from typing import Any, NamedTuple, Protocol

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection, Table, bindparam
from sqlalchemy.dialects import sqlite
from sqlalchemy.dialects.postgresql import ARRAY

Rows = Sequence[Mapping[str, Any]]
Found = Sequence[sa.Row[*tuple[Any, ...]]]


class Bulk(Protocol):
    """Finds and writes rows of the log's tables, each call in one statement."""

    def find(self, connection: Connection, table: Table, keys: Sequence[tuple[Any, ...]]) -> Found:
        """The rows whose primary key is one of `keys`, which differ from each other."""

    def insert(self, connection: Connection, table: Table, rows: Rows) -> int:
        """Insert rows; gives how many were written."""

    def move(self, connection: Connection, table: Table, rows: Rows) -> int:
        """Set the columns that are no primary key of rows that still are at `from`: at this
        version, or for a table without versions, at this position. Gives how many were written.
        """


class ByParameters:
    """For SQLite, where a statement costs no message: one with parameters, run for each row."""

    def find(self, connection: Connection, table: Table, keys: Sequence[tuple[Any, ...]]) -> Found:
        """See `Bulk`."""
        # One parameter for all of them: an IN of each length would be another statement.
        sought = msgspec.json.encode(keys).decode()
        return connection.exec_driver_sql(_find_listed(table), (sought,)).all()

    def insert(self, connection: Connection, table: Table, rows: Rows) -> int:
        """See `Bulk`."""
        return _run_for_each(connection, _insert(table), rows)

    def move(self, connection: Connection, table: Table, rows: Rows) -> int:
        """See `Bulk`."""
        return _run_for_each(connection, _move_each(table), rows)


class _ForEach(NamedTuple):
    """A statement for SQLite's driver."""

    sql: str
    values: Callable[[Mapping[str, Any]], tuple[Any, ...]]
    """The parameters, in the order of the text, of a row."""


def _run_for_each(connection: Connection, statement: _ForEach, rows: Rows) -> int:
    # Past SQLAlchemy's own way to run a statement for many rows, which looks at every value of
    # every row and takes longer for it than SQLite does to write them.
    executed = connection.exec_driver_sql(
        statement.sql,
        [statement.values(row) for row in rows],
        execution_options={"preserve_rowcount": True},
    )
    return executed.rowcount


class ByArrays:
    """For PostgreSQL: an array for each column, unfolded to rows by the server.

    Its driver does not tell how many rows a statement that runs for each row has written, and
    would prepare an IN of each length anew.
    """

    def find(self, connection: Connection, table: Table, keys: Sequence[tuple[Any, ...]]) -> Found:
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
def _find_listed(table: Table) -> str:
    columns = ", ".join(column.name for column in table.columns)
    key = ", ".join(column.name for column in table.primary_key)
    parts = ", ".join(f"json_extract(value, '$[{n}]')" for n in range(len(table.primary_key)))
    return f"SELECT {columns} FROM {table.name} WHERE ({key}) IN (SELECT {parts} FROM json_each(?))"  # noqa: S608 - the names are ours


def _compiled(statement: sa.UpdateBase) -> _ForEach:
    compiled = statement.compile(dialect=sqlite.dialect())
    assert compiled.positiontup is not None
    names = [name.removeprefix(_NEW) for name in compiled.positiontup]
    return _ForEach(compiled.string, itemgetter(*names))


@cache
def _insert(table: Table) -> _ForEach:
    return _compiled(table.insert())


def _place(table: Table) -> sa.Column[int]:
    return table.c["version" if "version" in table.c else "position"]


_NEW = "new_"
"""Before a parameter's name: SQLAlchemy keeps the columns' names for parameters of its own."""


@cache
def _move_each(table: Table) -> _ForEach:
    changed = [column for column in table.c if not column.primary_key]
    return _compiled(
        table.update()
        .where(
            *(column == bindparam(_NEW + column.name) for column in table.primary_key),
            _place(table) == bindparam(f"{_NEW}from"),
        )
        .values({column.name: bindparam(_NEW + column.name) for column in changed})
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
