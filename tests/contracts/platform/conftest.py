"""The platform API over stand-ins."""

import pytest

from edge_system import build


@pytest.fixture
def system():
    return build()


@pytest.fixture
async def client(system):
    async with system.client() as client:
        yield client
