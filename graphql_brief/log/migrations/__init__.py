"""The log's format on disk, as steps from each version to the next, run when a database is opened.

A step that was released is never edited: it is frozen text, and knows nothing of `tables`, which
says what all steps together give (a test compares them). A new one is a new file in `versions/`
whose `down_revision` is the newest before it, and the new `NEWEST`. There is no way back.
"""

from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa

from graphql_brief.log.port import DatabaseError

if TYPE_CHECKING:
    from alembic.config import Config

NEWEST = "0005"
"""The version that this code reads and writes."""
VERSION_TABLE = "log_format"
"""Holds the database's version."""
_stamp = sa.table(VERSION_TABLE, sa.column("version_num", sa.Text))  # as alembic makes it


def version_of(connection: sa.Connection) -> str | None:
    """The format version that a database is stamped with; None if it holds no log."""
    if not sa.inspect(connection).has_table(VERSION_TABLE):
        return None
    return connection.execute(sa.select(_stamp.c.version_num)).scalar()


def judge(version: str, name: str, *, read_only: bool) -> None:
    """Refuse the database called `name` whose format cannot be used, or not without changing it.

    Raises DatabaseError for a newer format than is known here, and, with `read_only`, for an
    older one.
    """
    if version == NEWEST:
        return  # without asking for the others: that imports alembic
    if version not in known_versions():
        raise DatabaseError(
            f"{name} has format {version}, and this version of graphql-brief knows only formats "
            f"up to {NEWEST}; use a newer graphql-brief"
        )
    if read_only:
        raise DatabaseError(
            f"{name} has the older format {version}, and reading does not change it; start a "
            f"server on it once, which brings it to {NEWEST}"
        )


def touch(connection: sa.Connection) -> None:
    """Write the stamp as it is: fails if the database cannot be written."""
    connection.execute(sa.update(_stamp).values(version_num=_stamp.c.version_num))


def known_versions() -> list[str]:
    """Every version that there is a step to."""
    from alembic.script import ScriptDirectory

    return [step.revision for step in ScriptDirectory.from_config(_config()).walk_revisions()]


def upgrade(connection: sa.Connection) -> None:
    """Bring a database to the newest version, within the transaction of `connection`."""
    # Imported here, because a database of the newest version does not need it, and every command
    # that opens one would wait half a second for it.
    from alembic import command

    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, NEWEST)


def _config() -> "Config":
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config
