"""The SQLite file that holds the log, in the newest format."""

from pathlib import Path

import sqlalchemy as sa

from graphql_brief.log import migrations
from graphql_brief.log.port import DatabaseError
from graphql_brief.log.sqlite_file import SqliteFile


class NotOurs(DatabaseError):  # noqa: N818 - says what is so
    """A database without a log, or with one of a format that is not known."""

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(f"{path} {why}")
        self.why = why
        """What is so of the file, without its name."""


class Database(SqliteFile):
    """The log's file. `open` brings its tables to the newest format."""

    async def _check(self, create: bool) -> None:
        await super()._check(create)
        if self.read_only:
            async with self.reader() as connection:
                await connection.run_sync(self._check_format, create=False)
            return

        def bring_up(connection: sa.Connection) -> None:
            self._check_format(connection, create=create)
            if migrations.version_of(connection) != migrations.NEWEST:
                # A crash in here leaves the format as it was: the steps are one transaction.
                migrations.upgrade(connection)
            # On a file that cannot be written, BEGIN IMMEDIATE quietly begins to read: only a
            # write shows it.
            migrations.touch(connection)

        await self.write(bring_up)

    def _check_format(self, connection: sa.Connection, *, create: bool) -> None:
        version = migrations.version_of(connection)
        if version is None:
            tables = sa.inspect(connection).get_table_names()
            if tables:
                raise NotOurs(
                    self.path,
                    f"is the database of something else (it has a table {tables[0]!r} and no log); "
                    "name another file",
                )
            if not create:
                raise NotOurs(self.path, "holds no log; check the path, or have it made")
        else:
            migrations.judge(version, str(self.path), read_only=self.read_only)
