"""GraphQL over HTTP, as the audits of `graphql-http` see it."""

import json

from tests.cli.server import Server
from tests.conformance.node import run_script

AUDITS = 61
"""As many as the locked version has; a suite that runs fewer has not been run."""


def test_every_audit_is_ok(server: Server) -> None:
    """What the specification demands, recommends and allows: none fails and none warns."""
    results = json.loads(run_script("graphql-http.js", server.url))
    ids = {result["id"] for result in results}
    assert len(ids) == len(results) == AUDITS
    not_ok = {
        f"{result['id']} {result['name']}": f"{result['status']}: {result.get('reason')}"
        for result in results
        if result["status"] != "ok"
    }
    assert not_ok == {}
