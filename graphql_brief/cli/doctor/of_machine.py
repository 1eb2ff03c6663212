"""Checks of the machine: room on its disks, and who may read the files."""

import shutil
import stat
from pathlib import Path

from graphql_brief.cli.doctor.finding import Finding, Site, fail, ok, size_text, warn

FREE_BOUND_BYTES = 2**30
"""Less free than this is worth a look,"""
FREE_BOUND_SHARE = 0.1
"""and so is less than this share of a disk."""


async def disk(site: Site) -> Finding:
    """How much is free where the log and the read models are."""
    folders = {"readModels": _existing(site.place.read_models)}
    if site.path is not None:
        folders["log"] = _existing(site.path.parent)
    free: dict[str, int] = {}
    short: list[str] = []
    for name, folder in sorted(folders.items()):
        usage = shutil.disk_usage(folder)
        free[f"{name}FreeBytes"] = usage.free
        if usage.free < max(FREE_BOUND_BYTES, FREE_BOUND_SHARE * usage.total):
            of = f"of {size_text(usage.total)} {size_text(usage.free)} are free"
            short.append(f"{folder}: {of}")
    if short:
        return warn("; ".join(short), "make room: without it, no edit can be recorded", **free)
    least = size_text(min(free.values()))
    return ok(f"{least} are free where the log and the read models are", **free)


async def modes(site: Site) -> Finding:
    """Whether others on this machine can read what is not theirs."""
    secret = site.secret_file
    open_files = [str(path) for path in _files(site) if _others_may(path, stat.S_IROTH)]
    facts = {"secret": str(secret), "readableByOthers": open_files}
    if secret.exists() and _others_may(secret, stat.S_IRGRP | stat.S_IROTH | stat.S_IWOTH):
        return fail(
            f"{secret} can be read by others, who can then make themselves tokens",
            f"chmod 600 {secret}, and make a new secret if others use this machine",
            **facts,
        )
    if open_files:
        return warn(
            f"others can read {', '.join(open_files)}, with drafts and names of actors",
            "chmod o= on them and on their folder",
            **facts,
        )
    return ok("the secret, the log and the read models are closed to others", **facts)


def _files(site: Site) -> list[Path]:
    found = [site.path] if site.path is not None and site.path.exists() else []
    if site.place.read_models.is_dir():
        found += sorted(site.place.read_models.glob("*.db"))
    return found


def _others_may(path: Path, mask: int) -> bool:
    """Whether a mode lets others in, and no folder above keeps them out."""
    if not path.stat().st_mode & mask:
        return False
    passes = (mask & (stat.S_IRGRP | stat.S_IROTH)) >> 2
    return bool(path.resolve().parent.stat().st_mode & passes)


def _existing(path: Path) -> Path:
    path = path.resolve()
    while not path.exists():
        path = path.parent
    return path
