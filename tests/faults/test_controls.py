"""Deliberate defects: each must be found, or the faults of the table would show nothing."""

import re

import pytest

from tests.faults.bench import Bench
from tests.faults.broken import SEQUENCE
from tests.faults.conftest import use
from tests.faults.how import How, appended, at_each_operation, power_loss
from tests.faults.nursery import Nursery
from tests.faults.server import at_messages, both_lost, two_nodes

# The commits of rows and checkpoint are the last things that happen while read models catch up.
KILLED_LATE = at_each_operation(
    "catch_up", "kill", base=appended, most=8, late=True, read_models=True
)
CONTROLS = {
    "acknowledged_before_commit-killed": (
        "acknowledged_before_commit",
        at_each_operation("append", "kill", most=8),
        r"acknowledged at \d+, and lost",
    ),
    "acknowledged_before_commit-power-lost": (
        "acknowledged_before_commit",
        power_loss("append", states=16, commands=10),
        r"acknowledged at \d+, and lost",
    ),
    "not_synced-power-lost": (
        "not_synced",
        power_loss("append", states=16, commands=10),
        r"acknowledged at \d+, and lost",
    ),
    "checkpoint_after-killed": (
        "checkpoint_after",
        KILLED_LATE,
        r"the read models (halt|do not go on)|is not as a rebuild makes it",
    ),
    "checkpoint_before-killed": (
        "checkpoint_before",
        KILLED_LATE,
        r"the read models (halt|do not go on)|is not as a rebuild makes it",
    ),
}


ON_POSTGRES = {
    "acknowledged_before_commit-killed": (
        "postgres",
        "acknowledged_before_commit",
        at_messages("append", "kill", text="COMMIT", most=3),
        (r"acknowledged at \d+, and lost",),
    ),
    "commits_not_waited_for-server-killed": (
        "postgres-to-lose",
        "commits_not_waited_for",
        both_lost("endure", times=6),
        (r"acknowledged at \d+, and lost",),
    ),
    "by_sequence-raced": (
        "postgres",
        "by_sequence",
        # Until it shows: on a busy machine one node can be done before the other has begun.
        two_nodes("race", times=10, prepare=SEQUENCE),
        # Gaps for what was rolled back; readers that go past what is committed late.
        (r"position \d+ is missing", r"heard of position \d+ after"),
    ),
}


@pytest.mark.parametrize(
    ("database", "broken", "how", "words"), ON_POSTGRES.values(), ids=ON_POSTGRES
)
async def test_a_defect_on_postgres_is_found(
    database: str,
    broken: str,
    how: How,
    words: tuple[str, ...],
    bench: Bench,
    request: pytest.FixtureRequest,
) -> None:
    """As on SQLite, in all the words of its damage."""
    bench.broken = broken
    use(database, bench, request)
    outcome = await how(bench)
    for said in words:
        found = [wrong for wrong in outcome.damage if re.search(said, wrong)]
        print(f"{outcome.tried} tried, {len(found)} of {len(outcome.damage)}: {said}")
        assert found


@pytest.mark.parametrize(("broken", "how", "words"), CONTROLS.values(), ids=CONTROLS)
async def test_a_defect_is_found(
    broken: str, how: How, words: str, bench: Bench, nursery: Nursery, seed: int
) -> None:
    """The check tells of it, and in the words of that damage."""
    outcome = await how(Bench(bench.folder, nursery, seed, broken=broken))
    found = [wrong for wrong in outcome.damage if re.search(words, wrong)]
    print(f"{outcome.tried} tried, {outcome.struck} struck, {len(found)} of {len(outcome.damage)}")
    assert found
