"""One real server with the fixtures' story, for the suites of others."""

from collections.abc import Iterator

import pytest

from tests.cli.server import ROOT, Server


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server. Tests leave the story as it is; those that write have briefs of their own."""
    folder = tmp_path_factory.mktemp("conformance")
    running = Server.start(folder / "brief.db", "--fixtures", str(ROOT / "fixtures"))
    yield running
    assert "Traceback" not in running.stop()
