"""The engine's bench, as the unit tests have it."""

import runpy
from pathlib import Path

import pytest

BENCH = runpy.run_path(str(Path(__file__).parents[1] / "unit" / "engine" / "conftest.py"))["Bench"]


@pytest.fixture(scope="session")
def new_bench():
    return BENCH
