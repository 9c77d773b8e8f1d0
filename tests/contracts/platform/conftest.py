"""The platform API over stand-ins, with users kept in memory and in a database."""

import pytest

from edge_system import build
from fakes import MemoryAccess
from openbell.adapters.sql.database import open_database


@pytest.fixture(params=["memory", "sqlite"])
def store(request, tmp_path):
    if request.param == "memory":
        yield MemoryAccess()
        return
    database = open_database(tmp_path)
    yield database.access
    database.close()


@pytest.fixture
def system(store):
    return build(store=store)


@pytest.fixture
async def client(system):
    async with system.client() as client:
        yield client
