"""docs/errors.md as the tests read it."""

from tests.cli.server import ROOT

USER_ERRORS = "User errors"
ERRORS = "Errors of a document or a field"
REFUSALS = "Refusals of a request"


def table(heading: str) -> dict[str, list[str]]:
    """The other cells of each row of the table under a heading, by the code in its first one."""
    _, _, after = (ROOT / "docs" / "errors.md").read_text().partition(f"\n## {heading}\n")
    section, _, _ = after.partition("\n## ")
    rows = [line.strip("|").split("|") for line in section.splitlines() if line.startswith("| `")]
    found = {code.strip().strip("`"): [cell.strip() for cell in cells] for code, *cells in rows}
    assert len(found) == len(rows), "a code stands twice"
    return found


def statuses(cell: str) -> set[int]:
    """The statuses that a cell lists; none for a dash."""
    return {int(text) for text in cell.split(",") if text.strip() != "–"}
