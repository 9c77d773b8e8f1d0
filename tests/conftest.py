"""What every test may ask for: the shared recordings, and one profile of settings for generated cases."""

import os
from pathlib import Path

import pytest
import structlog
from hypothesis import settings

import platform_floor
from openbell.services.passwords import Passwords
from postgres_server import postgres_server
from workers import pytest_collection_modifyitems, pytest_xdist_make_scheduler  # noqa: F401 - hooks

PROJECT = Path(__file__).resolve().parent.parent
SHARED_DATA = Path(os.environ.get("OPENBELL_SHARED_DATA", PROJECT.parent / "shared" / "data"))

# Two busy cores make wall-clock deadlines a lottery. A change is judged by the same cases each time; the nightly run
# looks for new ones, and prints what repeats a failing one.
settings.register_profile("check", deadline=None, derandomize=True, print_blob=True)
settings.register_profile("nightly", deadline=None, print_blob=True, max_examples=2_000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "check"))


CHEAP = {"time_cost": 1, "memory_kib": 8}
DECIDED = dict(Passwords.__init__.__kwdefaults__)


@pytest.fixture(scope="session", autouse=True)
def _cheap_passwords():
    """Hash passwords as cheaply as argon2 allows: what they really cost would be most of a system's start."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Passwords.__init__, "__kwdefaults__", CHEAP)
        yield


@pytest.fixture
def decided_passwords(monkeypatch):
    """Hash them at the cost that was decided, for tests that are about it."""
    monkeypatch.setattr(Passwords.__init__, "__kwdefaults__", DECIDED)


@pytest.fixture(params=["fan", "framework"])
def both_ways(request, monkeypatch):
    """Run a test of sockets once for each way in which messages leave: together for all, or line by line."""
    monkeypatch.setattr(platform_floor, "WAY", request.param)


@pytest.fixture(autouse=True)
def _plain_log():
    """A log that goes where this test's output goes: one set up by an earlier test may write to what is closed."""
    structlog.reset_defaults()


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of recorded market data that is too large, or not free enough, to ship."""
    if not SHARED_DATA.is_dir():
        pytest.skip("no recorded market data here: set OPENBELL_SHARED_DATA to its folder")
    return SHARED_DATA


@pytest.fixture(scope="session")
def postgres():
    """A PostgreSQL server for all tests that want one."""
    with postgres_server() as server:
        yield server


@pytest.fixture
def postgres_url(postgres):
    """An empty database in it."""
    url = postgres.take()
    yield url
    postgres.give_back(url)
