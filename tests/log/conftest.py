"""A database for the tests of what stands on one."""

from collections.abc import AsyncIterator, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from pathlib import Path

import pytest

from graphql_brief.log.database import Database
from tests.log.support import close_at_once


@pytest.fixture
async def path(tmp_path: Path) -> Path:
    """A closed database that is in order."""
    path = tmp_path / "brief.db"
    await close_at_once(path)
    return path


@pytest.fixture
async def database(path: Path) -> AsyncIterator[Database]:
    """An open database."""
    database = await Database.open(path, create=False)
    yield database
    await database.close()


@pytest.fixture
def thread() -> Iterator[Executor]:
    """A thread, as a writer has one."""
    with ThreadPoolExecutor(1) as executor:
        yield executor
