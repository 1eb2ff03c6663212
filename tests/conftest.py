"""What every test shares: the event loop that async tests run on."""

import pytest


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Run async tests on asyncio alone: the server knows no other loop."""
    return "asyncio"
