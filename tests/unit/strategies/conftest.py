"""The engine's bench, as the engine's own tests have it."""

import runpy
from pathlib import Path

import pytest

BENCH = runpy.run_path(str(Path(__file__).parents[1] / "engine" / "conftest.py"))["Bench"]


@pytest.fixture(scope="session")
def new_bench():
    return BENCH


@pytest.fixture
def bench():
    return BENCH()
