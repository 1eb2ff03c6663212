"""Processes to lose, and a place to lose them."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.bench import Bench
from tests.faults.nursery import Nursery


@pytest.fixture(scope="session")
def nursery() -> Iterator[Nursery]:
    """One for all tests: it costs an interpreter's start."""
    with Nursery() as nursery:
        yield nursery


@pytest.fixture
def seed() -> int:
    """Where everything random starts. `FAULTS_SEED` repeats a run."""
    return int(os.environ.get("FAULTS_SEED", "1"))


@pytest.fixture
def bench(tmp_path: Path, nursery: Nursery, seed: int) -> Bench:
    """An empty bench."""
    return Bench(tmp_path, nursery, seed)
