"""Tables of docs/observability.md as the tests read them."""

from tests.cli.server import ROOT


def rows(heading: str, level: str = "##") -> list[list[str]]:
    """The cells of the table under a heading, without its head."""
    text = (ROOT / "docs" / "observability.md").read_text()
    _, found, after = text.partition(f"\n{level} {heading}\n")
    assert found, heading
    section, _, _ = after.partition("\n## ")
    lines = [line.strip("|").split("|") for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in cells] for cells in lines[2:]]


def names(cell: str) -> list[str]:
    """What a cell has in code."""
    return cell.split("`")[1::2]
