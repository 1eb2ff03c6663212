"""Living news briefs: a GraphQL API whose every answer has a place in a verifiable log."""

__version__ = "0.1.0"
