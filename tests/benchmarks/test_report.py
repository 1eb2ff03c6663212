"""What is written of the benchmarks: RESULTS.md says what the kept files say, and nothing else."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from benchmarks import report
from benchmarks.machine import Machine, describe
from benchmarks.measure import Sample
from benchmarks.report import Finding, Result, Table, Target, compared, figure

MACHINE = Machine(
    cpu="A processor",
    cores=2,
    memory_gib=23.4,
    kernel="Linux 6",
    file_system="ext4",
    python="3.11.7",
    sqlite="3.40.1",
    packages={"msgspec": "0.22.0"},
)


def result(part: str = "appends") -> Result:
    """A result of one table and one missed target."""
    return Result(
        part=part,
        finding=Finding(
            about="Who is faster.",
            tables=(Table("On SQLite", ("", "events/s"), (("ours", "1,230"),)),),
            targets=(Target("appends, 64 callers", 8.0, 3.854, at_least=True),),
            notes=("It was noisy.",),
        ),
        machine=MACHINE,
        at=datetime(2026, 1, 18, 12, tzinfo=UTC),
        took_s=61.4,
        command="python -m benchmarks",
    )


def test_the_page_tells_target_table_note_and_machine() -> None:
    """All that a result holds is on the page."""
    page = report.page([result()])

    assert "| appends | appends, 64 callers | ≥ 8× | 3.85× | missed |" in page
    assert "| ours | 1,230 |" in page
    assert "- It was noisy." in page
    assert "- 2026-01-18 12:00 UTC, `python -m benchmarks`, 61 s" in page
    assert "- A processor, 2 cores, 23 GiB; Linux 6" in page
    assert "- Python 3.11.7, SQLite 3.40.1, msgspec 0.22.0" in page


def test_remarks_stand_in_their_part(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a person wrote of one part is not written of another."""
    monkeypatch.setattr(report, "KEPT", tmp_path)
    (tmp_path / "replay.md").write_text("Rows cost most.\n")

    page = report.page([result("appends"), result("replay")])

    assert page.count("Rows cost most.") == 1
    assert page.index("## replay") < page.index("Rows cost most.")


def test_a_target_is_met_on_its_own_side() -> None:
    """At least, or at most; the bound itself is met."""
    assert Target("", 8.0, 8.0, at_least=True).met
    assert not Target("", 8.0, 7.99, at_least=True).met
    assert Target("", 1.2, 1.2, at_least=False).met
    assert not Target("", 1.2, 1.21, at_least=False).met


def test_a_part_measured_anew_leaves_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each part has its file; parts without one are left out."""
    monkeypatch.setattr(report, "KEPT", tmp_path / "results")
    report.keep(result("replay"))
    report.keep(result("appends"))

    found = report.kept(["appends", "rebuild", "replay"])

    assert found == [result("appends"), result("replay")]


def test_results_are_the_kept_ones() -> None:
    """RESULTS.md is made of the kept files: a figure edited by hand is found."""
    assert report.RESULTS.read_text() == report.page(report.kept(report.ORDER))
    assert {file.stem for file in report.KEPT.glob("*.json")} <= set(report.ORDER)


def test_a_comparison_tells_how_many_times_as_fast_we_are() -> None:
    """Ratios are ours to each other contender."""
    samples = {"ours": [Sample(3000, 1, 2)], "theirs": [Sample(1000, 4, 9)], "bare": [Sample(9e6)]}

    table = compared("On SQLite", samples, mine="ours", things="appends")

    assert table.columns == ("", "appends/s", "ours against it", "p50 ms", "p99 ms")
    assert table.rows == (
        ("ours", "3,000 (3,000-3,000)", "", "1", "2"),
        ("theirs", "1,000 (1,000-1,000)", "3× (3-3)", "4", "9"),
        ("bare", "9,000,000 (9,000,000-9,000,000)", "0.000333× (0.000333-0.000333)", "", ""),
    )


@pytest.mark.parametrize(
    ("number", "text"),
    [(0.1234, "0.123"), (1, "1"), (12.34, "12.3"), (456.7, "457"), (1234.5, "1,230")],
)
def test_figures_have_three_digits(number: float, text: str) -> None:
    """No figure pretends to be exact."""
    assert figure(number) == text


def test_the_machine_is_described(tmp_path: Path) -> None:
    """Every fact of it is found here."""
    found = describe(tmp_path)

    assert found.cores >= 1
    assert found.file_system
    assert found.packages["msgspec"]
