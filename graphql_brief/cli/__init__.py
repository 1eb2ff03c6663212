"""The command line: serve, load, rebuild, doctor, backup, restore, erase-again, token, schema."""

from graphql_brief.cli.commands import main

__all__ = ["main"]
