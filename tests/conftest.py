"""What every test shares: the event loop that async tests run on; in CI, no test is skipped."""

import asyncio
import os
from collections.abc import AsyncIterator, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.postgres import PostgresServer, Template, fresh_database, template_of


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Run async tests on asyncio alone: the server knows no other loop."""
    return "asyncio"


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """The URL of a PostgreSQL on which databases can be made; one server for all tests."""
    given = os.environ.get("GRAPHQL_BRIEF_TEST_DATABASE_URL")
    if given:
        yield given.replace("postgresql+asyncpg:", "postgresql:")
        return
    # No test of this server turns the power off: that would be what syncs are for.
    with PostgresServer(fsync=False) as server:
        yield server.url()


@pytest.fixture(scope="session")
def postgres_template(postgres_url: str) -> Iterator[Template]:
    """A database with the tables of an empty log, to make others of: faster than migrating."""
    # In a thread: a fixture may be asked for while the loop of a test runs in this one.
    with ThreadPoolExecutor(1) as thread:
        template = thread.submit(asyncio.run, template_of(postgres_url)).result()
        yield template
        thread.submit(asyncio.run, template.drop()).result()


@pytest.fixture
async def empty_postgres(postgres_url: str) -> AsyncIterator[str]:
    """The URL of a PostgreSQL database without tables."""
    async with fresh_database(postgres_url) as url:
        yield url


@pytest.fixture
async def log_postgres(postgres_template: Template) -> AsyncIterator[str]:
    """The URL of a PostgreSQL database with the tables of an empty log."""
    async with fresh_database(*postgres_template) as url:
        yield url


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turn a skip into a failure where `CI` is set: there, everything must be installed."""
    report = yield
    if report.skipped and os.environ.get("CI") and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped, which CI does not allow: {report.longrepr}"
    return report
