"""Whether a process's memory grows, by its resident set.

What is kept for good is filled in the first quarter: caches, the allocator's arenas. From there on
the median of the second quarter is compared with that of the last.
"""

import re
from pathlib import Path
from statistics import median
from typing import NamedTuple

MARGIN_SHARE = 0.08
"""How much more the last quarter may hold than the second, on account of noise and of the log."""
LEAST_OF_QUARTER = 2


class Growth(NamedTuple):
    """The resident set early and late, in MB."""

    early_mb: float
    late_mb: float

    @property
    def share(self) -> float:
        """By how much it grew."""
        return self.late_mb / self.early_mb - 1

    @property
    def is_beyond(self) -> bool:
        """Whether that is more than the margin."""
        return self.share > MARGIN_SHARE


def resident_mb(pid: int) -> float:
    """What of a process is in memory."""
    found = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    if found is None:
        raise ProcessLookupError(f"process {pid} has no memory: it has ended")
    return int(found[1]) / 1000


def growth(samples: list[float]) -> Growth | None:
    """The growth in samples that were taken evenly; None if they are too few to tell."""
    quarter = len(samples) // 4
    if quarter < LEAST_OF_QUARTER:
        return None
    return Growth(median(samples[quarter : 2 * quarter]), median(samples[-quarter:]))
