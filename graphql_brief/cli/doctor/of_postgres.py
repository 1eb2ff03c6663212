"""Checks of a PostgreSQL server."""

from graphql_brief.cli.doctor.finding import Finding, Site, fail, ok


async def durability(site: Site) -> Finding:
    """The settings on which it depends whether an acknowledged edit survives a power failure."""
    # Not above: who keeps the log in SQLite does not wait for what he does not use.
    from graphql_brief.log.postgres_database import PostgresDatabase

    assert isinstance(site.database, PostgresDatabase)
    found = await site.database.durability()
    facts = {
        "version": found.version,
        "fsync": found.fsync,
        "fullPageWrites": found.full_page_writes,
        "synchronousCommit": found.synchronous_commit,
        "inRecovery": found.in_recovery,
    }
    wrong = []
    if not found.fsync:
        wrong.append("fsync is off")
    if not found.full_page_writes:
        wrong.append("full_page_writes is off")
    if wrong:
        return fail(
            f"PostgreSQL {found.version}: {', '.join(wrong)}",
            "an edit, or the database, may be lost when the power fails: set them in "
            "postgresql.conf, and restart the server",
            **facts,
        )
    if found.in_recovery:
        return fail(
            f"PostgreSQL {found.version} is a standby, which cannot be written",
            "name the primary server",
            **facts,
        )
    return ok(
        f"PostgreSQL {found.version}: fsync and full_page_writes on; synchronous_commit is "
        f"{found.synchronous_commit}, which graphql-brief sets itself",
        **facts,
    )
