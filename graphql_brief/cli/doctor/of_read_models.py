"""Checks of the read models, and of whether they can go on."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import sqlalchemy as sa

from graphql_brief.cli.doctor.finding import Finding, Site, fail, ok, warn
from graphql_brief.log.inspection import leaf_at
from graphql_brief.log.lockfile import holder_of
from graphql_brief.log.opening import open_log
from graphql_brief.log.sqlite_errors import Damaged, is_damage
from graphql_brief.projections import store, tables
from graphql_brief.projections.folding import Folds
from graphql_brief.projections.rehearsal import rehearse
from graphql_brief.projections.replay import MADE_BY, Checkpoint, ProjectionHalted, of_no_use
from graphql_brief.projections.snapshots import Snapshots
from graphql_brief.projections.store import ReadModelFile
from graphql_brief.projections.tables import rm_checkpoint

LAG_BOUND = 10_000
"""Events that running read models may be behind before it is worth a look."""
_ANEW = "nothing: the next start makes them anew from the log"


async def checkpoint(site: Site) -> Finding:
    """How far the read models are, and whether they are of this log and this code."""
    assert site.database is not None
    assert site.head is not None
    folder, end = site.place.read_models, site.head.position
    existing = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    if not existing.is_dir():
        return fail(
            f"{existing} is no folder, and the read models would be in {folder}",
            "name another folder for them",
        )
    newest = _newest(folder)
    if newest is None:
        return ok(
            f"{folder} holds none of this code; the next start makes them from {end} events",
            checkpoint=None,
            lag=end,
        )
    said = await _checkpoint_of(newest)
    if said is None:
        return warn(f"{newest} has no checkpoint that can be read", _ANEW, checkpoint=None, lag=end)
    at, lag = said.position, max(0, end - said.position)
    facts = {"checkpoint": at, "lag": lag, "file": str(newest)}
    if said.origin != site.head.origin:
        return warn(f"{newest} is of the log {said.origin}", _ANEW, **facts)
    if said.model != MADE_BY:
        return warn(f"other code made {newest}", _ANEW, **facts)
    if at > end:
        return warn(f"{newest} is ahead of the log, at {at}", _ANEW, **facts)
    # An event that is missing there is a fault of the log: the check of its chain tells it.
    if await leaf_at(site.database, at) not in (None, said.leaf_hash):
        why = f"{newest} has another event at {at} than the log, which was put back"
        return warn(why, _ANEW, **facts)
    server = holder_of(folder / "lock")
    found = f"at {at}, {lag} behind the log"
    if server is None:
        return ok(f"{found}; no server has them open", **facts)
    if lag > LAG_BOUND:
        return warn(
            f"{found}, of process {server}",
            "run doctor again: if the lag does not shrink, ask the server's /health/ready and log",
            **facts,
        )
    return ok(f"{found}, of process {server}", **facts)


async def leftovers(site: Site) -> Finding:
    """Whether a rebuild left something behind."""
    folder = site.place.read_models
    if not folder.is_dir():
        return ok("there is no folder", part=[], differs=[], rebuilder=None)
    part = sorted(str(path) for path in folder.glob("*.part"))
    differs = sorted(str(path) for path in folder.glob("*.differs"))
    rebuilder = holder_of(folder / "rebuild.lock")
    facts = {"part": part, "differs": differs, "rebuilder": rebuilder}
    if differs:
        return warn(
            f"a rebuild differed from what was served: {', '.join(differs)}",
            "readers may be shown what the log does not say: compare the two, then rebuild "
            "--accept, and delete it",
            **facts,
        )
    if rebuilder is not None:
        return ok(f"process {rebuilder} is rebuilding", **facts)
    if part:
        return warn(
            f"a rebuild was cut off: {', '.join(part)}", "rebuild again, or delete it", **facts
        )
    return ok("nothing is left over", **facts)


async def replay(site: Site) -> Finding:
    """Whether the read models can go on: the events behind their checkpoint, applied to nothing."""
    newest = _newest(site.place.read_models)
    said = None if newest is None else await _checkpoint_of(newest)
    async with open_log(site.place.url, clock=site.clock, create=False, read_only=True) as log:
        if said is not None and await of_no_use(said, log) is not None:
            said = None
        after = 0 if said is None else said.position
        async with _opened(None if said is None else newest) as file:
            folds = Folds(log, None if file is None else Snapshots(file))
            try:
                done = await rehearse(log, folds, after)
            except ProjectionHalted as halted:
                return _halted(halted)
    if done == 0:
        return ok("there is nothing that they have not applied", halted=None, applied=0)
    return ok(f"the {done} events from {after + 1} on can be applied", halted=None, applied=done)


def _halted(halted: ProjectionHalted) -> Finding:
    where = halted.halt
    return fail(
        str(halted),
        "use a graphql-brief that can apply it; what is served stays as it was before that event",
        halted=where and {"position": where.position, "type": where.event_type, "why": where.why},
    )


def _newest(folder: Path) -> Path | None:
    return store.newest_of(folder, store.code_of(MADE_BY)) if folder.is_dir() else None


async def _checkpoint_of(path: Path) -> Checkpoint | None:
    """Their checkpoint; None if there is none, or if they are damaged."""
    try:
        async with _opened(path) as file:
            assert file is not None
            async with file.reader() as connection:
                if await connection.run_sync(tables.existing) != tables.NAMES:
                    return None
                row = (await connection.execute(sa.select(rm_checkpoint))).one_or_none()
                return None if row is None else Checkpoint.of(row)
    except Damaged:
        return None
    except sa.exc.DBAPIError as error:
        if is_damage(error.orig):
            return None
        raise


@asynccontextmanager
async def _opened(path: Path | None) -> AsyncIterator[ReadModelFile | None]:
    if path is None:
        yield None
        return
    file = await ReadModelFile.open(path, create=False, read_only=True)
    try:
        yield file
    finally:
        await file.close()
