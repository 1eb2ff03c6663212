"""Processes to lose, and a place to lose them."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.bench import Bench
from tests.faults.nursery import Nursery
from tests.postgres import PostgresServer


@pytest.fixture(scope="session")
def nursery() -> Iterator[Nursery]:
    """One for all tests: it costs an interpreter's start."""
    with Nursery() as nursery:
        yield nursery


@pytest.fixture
def seed() -> int:
    """Where everything random starts. `FAULTS_SEED` repeats a run."""
    return int(os.environ.get("FAULTS_SEED", "1"))


@pytest.fixture(scope="session")
def server_to_lose() -> Iterator[PostgresServer]:
    """A server to be killed, which syncs as one in earnest does."""
    with PostgresServer(fsync=True) as server:
        yield server


@pytest.fixture
def bench(tmp_path: Path, nursery: Nursery, seed: int) -> Bench:
    """An empty bench."""
    return Bench(tmp_path, nursery, seed)


def use(database: str, bench: Bench, request: pytest.FixtureRequest) -> None:
    """Have a bench try faults on one of the databases that the table names."""
    if database == "postgres":
        bench.server_url = request.getfixturevalue("postgres_url")
    elif database == "postgres-to-lose":
        bench.server = request.getfixturevalue("server_to_lose")
        bench.server_url = bench.server.url()
