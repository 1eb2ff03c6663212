"""The command line: serve, load, rebuild, token, schema."""

from graphql_brief.cli.commands import main

__all__ = ["main"]
