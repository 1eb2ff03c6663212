"""After every fault of the table: no acknowledged edit is lost, doubled, reordered or skipped."""

import pytest

from tests.faults.bench import Bench
from tests.faults.conftest import use
from tests.faults.table import FAULTS, Fault


@pytest.mark.parametrize(
    ("fault", "database"),
    [
        pytest.param(fault, database, id=f"{fault.name}-{database}".replace(" ", "-"))
        for fault in FAULTS
        for database in fault.databases
    ],
)
async def test_a_fault_damages_nothing(
    fault: Fault, database: str, bench: Bench, request: pytest.FixtureRequest
) -> None:
    """The full check finds nothing, wherever the fault struck; and it did strike."""
    use(database, bench, request)
    outcome = await fault.how(bench)
    assert outcome.damage == []
    assert outcome.struck > 0
