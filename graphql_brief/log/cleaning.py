"""The end of an erasure in PostgreSQL: what was deleted is taken out of the tables' pages.

Beside the appends, because it may have to wait for locks of others.
"""

import asyncio
import logging

import sqlalchemy as sa

from graphql_brief.log.port import DatabaseError
from graphql_brief.log.postgres_database import PostgresDatabase
from graphql_brief.log.tables import log_body, log_command

_logger = logging.getLogger(__name__)


class Cleaning:
    """A task that runs while there is something to take out."""

    def __init__(self, database: PostgresDatabase) -> None:
        self._database = database
        self._wanted = False
        self._task: asyncio.Task[None] | None = None

    def begin(self) -> None:
        """Take out what was deleted up to now. What goes wrong is logged, and left to be done."""
        self._wanted = True
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._clean())

    async def close(self) -> None:
        """Return when nothing is under way."""
        if self._task is not None:
            await asyncio.wait([self._task])

    async def _clean(self) -> None:
        while self._wanted:
            self._wanted = False
            try:
                await self._database.vacuum(log_body, log_command)
            except (DatabaseError, sa.exc.DBAPIError) as error:
                _logger.warning(
                    "to end an erasure, VACUUM log_body and log_command by hand: %s", error
                )
