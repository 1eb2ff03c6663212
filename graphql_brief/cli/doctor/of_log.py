"""Checks of what is in the log."""

from datetime import timedelta

from graphql_brief.cli.doctor.finding import Finding, Site, fail, ok, warn
from graphql_brief.log import codec, migrations
from graphql_brief.log.envelope import parse_time
from graphql_brief.log.erasure_list import ErasureListError, Erasures, entry_of, read_list
from graphql_brief.log.inspection import check_log, erasures_of, kinds_of

_LISTED_ANEW = "a backup, or the next start, makes it whole from the log"
CLOCK_SLACK = timedelta(seconds=1)
"""How far the last event may lie ahead of this clock: the clocks of two nodes are never equal."""


async def format_version(site: Site) -> Finding:
    """Whether the log is in the format that this code reads."""
    assert site.database is not None
    async with site.database.reader() as connection:
        version = await connection.run_sync(migrations.version_of)
    facts = {"version": version, "newest": migrations.NEWEST}
    if version is None:
        return fail("there is no log in the database", "check the URL", **facts)
    if version == migrations.NEWEST:
        return ok(f"format {version}, the newest", **facts)
    if version in migrations.known_versions():
        return fail(
            f"the older format {version}",
            f"start the server on it once, which brings it to {migrations.NEWEST}",
            **facts,
        )
    return fail(f"the unknown format {version}", "use a newer graphql-brief", **facts)


async def head(site: Site) -> Finding:
    """Where the log ends."""
    assert site.head is not None
    end = site.head
    facts = {"origin": end.origin, "position": end.position, "recordedAt": end.recorded_at}
    if end.position == 0:
        return ok(f"the log {end.origin} is empty", **facts)
    return ok(f"the log {end.origin} ends at {end.position}, {end.recorded_at}", **facts)


async def chain(site: Site) -> Finding:
    """Whether the log is whole: see `graphql_brief.log.integrity`."""
    assert site.database is not None
    checked = await check_log(site.database, site.tell, newest=site.newest)
    facts = {
        "first": checked.first,
        "last": checked.head.position,
        "events": checked.events,
        "erased": checked.erased,
        "faults": [{"position": at, "what": what} for at, what in checked.faults],
        "faultsFound": checked.faults_found,
    }
    if checked.faults:
        return fail(
            checked.told(),
            "stop the server, keep a copy of the database, and restore the newest sound backup",
            **facts,
        )
    erased = f", {checked.erased} of them erased" if checked.erased else ""
    return ok(f"{checked.events} events from {checked.first} on are whole{erased}", **facts)


async def kinds(site: Site) -> Finding:
    """Whether this code knows every event of the log."""
    assert site.database is not None
    found = await kinds_of(site.database)
    unknown = [kind for kind in found if kind.schema > codec.SCHEMA_VERSIONS.get(kind.type, 0)]
    facts = {
        "kinds": len(found),
        "unknown": [
            {"type": kind.type, "schema": kind.schema, "position": kind.first} for kind in unknown
        ],
    }
    if unknown:
        told = ", ".join(f"{k.type} of version {k.schema} at {k.first}" for k in unknown[:3])
        return fail(
            f"newer code wrote what this code does not know: {told}",
            "use the graphql-brief that wrote it, or a newer one",
            **facts,
        )
    return ok(f"every event is of a known type and schema version ({len(found)})", **facts)


async def erasures(site: Site) -> Finding:
    """Whether the list beside the database has all that was erased, for who restores a backup."""
    assert site.database is not None
    assert site.head is not None
    path = site.place.erasures
    erased = {entry_of(erasure).leaf_hash for erasure in await erasures_of(site.database)}
    facts = {"list": str(path), "erased": len(erased)}
    if not path.exists():
        if not erased:
            return ok("nothing was erased, and there is no list yet", **facts, missing=0)
        listed = Erasures(frozenset(), ())
    else:
        try:
            listed = read_list(path)
        except ErasureListError as error:
            return warn(str(error), _LISTED_ANEW, **facts)
    missing = len(erased - {entry.leaf_hash for entry in listed.entries})
    if missing:
        return warn(
            f"{path} lacks {missing} of the {len(erased)} bodies that were erased",
            _LISTED_ANEW,
            **facts,
            missing=missing,
        )
    return ok(f"{path} lists all {len(erased)} bodies that were erased", **facts, missing=0)


async def clock(site: Site) -> Finding:
    """Whether this machine's clock is behind what was recorded last."""
    assert site.head is not None
    now = site.clock()
    facts = {"now": now.isoformat(), "recordedAt": site.head.recorded_at}
    if site.head.recorded_at is None:
        return ok("nothing was recorded yet", **facts)
    ahead = parse_time(site.head.recorded_at) - now
    if ahead > CLOCK_SLACK:
        return warn(
            f"the last event was recorded {ahead} ahead of this clock",
            "set the clock; until it has passed that time, all edits are recorded at it",
            **facts,
        )
    return ok("this clock is not behind what was recorded last", **facts)
