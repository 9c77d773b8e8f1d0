"""Started servers, one a test or one a module."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from started_server import Server


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """A server that nobody has traded on."""
    one = Server(tmp_path / "data", rate_limits="off").start()
    yield one
    one.end()


@pytest.fixture(scope="module")
def shared_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for the tests of a module that leave it as they found it."""
    one = Server(tmp_path_factory.mktemp("openbell") / "data", rate_limits="off").start()
    yield one
    one.end()
