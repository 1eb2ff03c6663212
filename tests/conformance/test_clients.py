"""Clients of browsers against a real server: Apollo Client, urql, graphql-sse, by their suites."""

import pytest

from tests.cli.server import Server
from tests.conformance.node import run_tests

TESTS = {"apollo/test.js": 16, "urql/test.js": 12, "sse/test.js": 8}
"""As many as each suite has; one that runs fewer has not been run."""


@pytest.mark.parametrize("name", TESTS)
def test_the_suite_of_a_client(server: Server, name: str) -> None:
    """The cache, pages, errors, edits and subscriptions: every test passes."""
    assert run_tests(name, server.url, server.editor) == TESTS[name]
