"""The checks, in the order in which they run. A new one is a function, and a row here."""

from graphql_brief.cli.doctor import of_log, of_machine, of_postgres, of_read_models, of_sqlite
from graphql_brief.cli.doctor.finding import Check

FORMAT = Check("format", of_log.format_version)
"""Runs first: without it no other check knows what it reads."""

CHECKS = (
    Check("sqlite", of_sqlite.version, needs_log=False, only="sqlite"),
    Check("durability", of_sqlite.durability, only="sqlite"),
    Check("durability", of_postgres.durability, only="postgresql"),
    Check("wal", of_sqlite.wal, needs_log=False, only="sqlite"),
    Check("pages", of_sqlite.pages, only="sqlite"),
    Check("head", of_log.head),
    Check("chain", of_log.chain),
    Check("events", of_log.kinds),
    Check("erasures", of_log.erasures),
    Check("clock", of_log.clock),
    Check("read models", of_read_models.checkpoint),
    Check("leftovers", of_read_models.leftovers, needs_log=False),
    Check("replay", of_read_models.replay),
    Check("disk", of_machine.disk, needs_log=False),
    Check("modes", of_machine.modes, needs_log=False),
)
