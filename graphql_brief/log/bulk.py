"""Many rows in one statement: what the append protocol asks for, in the words of each database.

A statement's text depends on the table alone where the database prepares it (`ByArrays`), and is
sent once whatever the number of rows.
"""

import sqlite3
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any, Protocol

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection, Table, bindparam
from sqlalchemy.dialects.postgresql import ARRAY

from graphql_brief.log.tables import log_head

Row = Sequence[Any]
"""The values of a row, in the order of its table's columns."""


class Bulk(Protocol):
    """Finds and writes rows of the log's tables, each call in one statement."""

    def heads(self, connection: Connection) -> Sequence[Row]:
        """All rows of `log_head`, locked until the transaction ends."""

    def find(
        self, connection: Connection, table: Table, keys: Sequence[tuple[Any, ...]]
    ) -> Sequence[Row]:
        """The rows whose primary key is one of `keys`, which differ from each other."""

    def insert(self, connection: Connection, table: Table, rows: Sequence[Row]) -> int:
        """Insert rows; gives how many were written."""

    def move(self, connection: Connection, table: Table, rows: Sequence[Row]) -> int:
        """Set the columns that are no primary key, of rows that still are at a place: at this
        version, or for a table without versions, at this position. It follows each row's values.
        Gives how many were written.
        """


class ByParameters:
    """For SQLite, where a statement costs no message: one with parameters, run for each row.

    Past SQLAlchemy, which takes longer to run a statement than SQLite does.
    """

    def heads(self, connection: Connection) -> Sequence[Row]:
        """See `Bulk`; the one writer has the lock already."""
        return _driver(connection).execute(_find_all(log_head)).fetchall()

    def find(
        self, connection: Connection, table: Table, keys: Sequence[tuple[Any, ...]]
    ) -> Sequence[Row]:
        """See `Bulk`."""
        # One parameter for all of them: an IN of each length would be another statement.
        values = [key for (key,) in keys] if len(table.primary_key) == 1 else keys
        sought = msgspec.json.encode(values).decode()
        return _driver(connection).execute(_find_listed(table), (sought,)).fetchall()

    def insert(self, connection: Connection, table: Table, rows: Sequence[Row]) -> int:
        """See `Bulk`."""
        return _driver(connection).executemany(_insert_each(table), rows).rowcount

    def move(self, connection: Connection, table: Table, rows: Sequence[Row]) -> int:
        """See `Bulk`."""
        return _driver(connection).executemany(_move_each(table), rows).rowcount


def _driver(connection: Connection) -> sqlite3.Connection:
    driver = connection.connection.driver_connection
    assert isinstance(driver, sqlite3.Connection)
    return driver


class ByArrays:
    """For PostgreSQL: an array for each column, unfolded to rows by the server.

    Its driver does not tell how many rows a statement that runs for each row has written, and
    would prepare an IN of each length anew.
    """

    def heads(self, connection: Connection) -> Sequence[Row]:
        """See `Bulk`."""
        return connection.execute(LOCK_HEADS).all()

    def find(
        self, connection: Connection, table: Table, keys: Sequence[tuple[Any, ...]]
    ) -> Sequence[Row]:
        """See `Bulk`."""
        return connection.execute(_find_unfolded(table), _arrays(table.primary_key, keys)).all()

    def insert(self, connection: Connection, table: Table, rows: Sequence[Row]) -> int:
        """See `Bulk`."""
        return _written(connection, _insert_unfolded(table), _arrays(table.c, rows))

    def move(self, connection: Connection, table: Table, rows: Sequence[Row]) -> int:
        """See `Bulk`."""
        return _written(connection, _move_unfolded(table), _arrays([*table.c, _FROM], rows))


def _written(connection: Connection, statement: sa.UpdateBase, values: Any) -> int:
    executed = connection.execute(statement, values, execution_options={"preserve_rowcount": True})
    return executed.rowcount


def _arrays(columns: Iterable[sa.ColumnElement[Any]], rows: Sequence[Row]) -> dict[str, list[Any]]:
    values = map(list, zip(*rows, strict=True))
    return {f"all_{column.name}": array for column, array in zip(columns, values, strict=True)}


# Statements are made once for each table, so that SQLAlchemy compiles them once.

LOCK_HEADS = sa.select(log_head).with_for_update()


def _names(columns: Iterable[sa.ColumnElement[Any]]) -> str:
    return ", ".join(column.name for column in columns)


@cache
def _find_all(table: Table) -> str:
    return f"SELECT {_names(table.c)} FROM {table.name}"  # noqa: S608 - the names are ours


@cache
def _find_listed(table: Table) -> str:
    count = len(table.primary_key)
    parts = [f"json_extract(value, '$[{n}]')" for n in range(count)] if count > 1 else ["value"]
    sought = f"SELECT {', '.join(parts)} FROM json_each(?)"  # noqa: S608 - as above
    return f"{_find_all(table)} WHERE ({_names(table.primary_key)}) IN ({sought})"


@cache
def _insert_each(table: Table) -> str:
    values = ", ".join("?" for _ in table.c)
    return f"INSERT INTO {table.name} ({_names(table.c)}) VALUES ({values})"  # noqa: S608 - as above


@cache
def _move_each(table: Table) -> str:
    # By number, because the place in a row decides: what follows the columns is whence.
    values = {column.name: f"{column.name} = ?{n}" for n, column in enumerate(table.c, 1)}
    keys = [values.pop(column.name) for column in table.primary_key]
    at = f"{_place(table).name} = ?{len(table.c) + 1}"
    return (
        f"UPDATE {table.name} SET {', '.join(values.values())}"  # noqa: S608 - as above
        f" WHERE {' AND '.join([*keys, at])}"
    )


def _place(table: Table) -> sa.Column[int]:
    return table.c["version" if "version" in table.c else "position"]


_FROM: sa.ColumnElement[int] = sa.column("from", log_head.c.position.type)


def _unfolded(columns: Iterable[sa.ColumnElement[Any]]) -> sa.TableValuedAlias:
    named = [sa.column(column.name, column.type) for column in columns]
    arrays = [bindparam(f"all_{column.name}", type_=ARRAY(column.type)) for column in named]
    return sa.func.unnest(*arrays).table_valued(*named).render_derived()


@cache
def _find_unfolded(table: Table) -> sa.Select[Any]:
    keys = _unfolded(table.primary_key)
    matches = [column == keys.c[column.name] for column in table.primary_key]
    return sa.select(table).select_from(table.join(keys, sa.and_(*matches)))


@cache
def _insert_unfolded(table: Table) -> sa.UpdateBase:
    given = _unfolded(table.c)
    return table.insert().from_select([column.name for column in table.c], sa.select(given))


@cache
def _move_unfolded(table: Table) -> sa.UpdateBase:
    place = _place(table)
    given = _unfolded([*table.c, _FROM])
    changed = [column.name for column in table.c if not column.primary_key]
    return (
        table.update()
        .where(
            *(column == given.c[column.name] for column in table.primary_key),
            place == given.c[_FROM.name],
        )
        .values({name: given.c[name] for name in changed})
    )
