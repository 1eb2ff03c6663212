"""The journal of a process that was killed, amid a line as well."""

from pathlib import Path

import pytest

from tests.faults import journal
from tests.faults.journal import Journal, Refused

FIRST, SECOND, THIRD = (Refused(f"command-{number}", "StaleVersion") for number in range(3))


@pytest.mark.parametrize("left", [0, 1, 10, -1])
def test_a_line_that_was_begun_says_nothing(tmp_path: Path, left: int) -> None:
    """Nor is it in the way of what the next process writes."""
    path = tmp_path / "journal"
    assert journal.read(path) == []
    for line in (FIRST, SECOND):
        Journal(path).write(line)
    whole = path.read_bytes()
    begun = whole.splitlines(keepends=True)[1]
    path.write_bytes(whole[: -len(begun)] + begun[:left])
    assert journal.read(path) == [FIRST]
    Journal(path).write(THIRD)
    assert journal.read(path) == [FIRST, THIRD]
