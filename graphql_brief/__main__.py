"""`python -m graphql_brief`: the command line."""

from graphql_brief.cli import main

main()
