"""The command line: serve, load, rebuild, token, schema."""

from graphql_brief.cli.main import main

__all__ = ["main"]
