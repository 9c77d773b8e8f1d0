"""The telemetry contract on a running system without a feed: the test sets the prices."""

import pytest

from platform_floor import open_floor
from telemetry_desk import Desk


@pytest.fixture
async def desk(tmp_path):
    async with open_floor(tmp_path) as floor:
        yield Desk(floor)
