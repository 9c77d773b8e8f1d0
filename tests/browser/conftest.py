"""A browser before a started server: the dashboard as people meet it."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from desk_page import Desk
from started_server import EMAIL, PASSWORD, Server

pytest.importorskip("playwright", reason="the package playwright is not installed")
from playwright.sync_api import Browser, sync_playwright

PROJECT = Path(__file__).resolve().parents[2]
INDEX = PROJECT / "src" / "openbell" / "api" / "web" / "index.html"
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.fixture(scope="session")
def chromium() -> str:
    """Path of the system's browser."""
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if found is None:
        pytest.skip("there is no chromium on this machine")
    return found


@pytest.fixture(scope="session")
def built() -> None:
    """The dashboard as it stands in the sources."""
    made = subprocess.run([sys.executable, "web/build.py"], cwd=PROJECT, capture_output=True, text=True, check=False)
    if not INDEX.is_file():
        pytest.skip(f"the dashboard cannot be built here: {made.stdout}{made.stderr}")


@pytest.fixture(scope="module")
def browser(chromium: str, built: None) -> Iterator[Browser]:
    """One browser for the tests of a module; each opens a profile of its own in it.

    No longer than that: while it is open the thread has a running loop, and no other test could have one.
    """
    with sync_playwright() as engine:
        one = engine.chromium.launch(executable_path=chromium, args=list(FLAGS))
        yield one
        one.close()


@pytest.fixture(scope="session")
def market(tmp_path_factory: pytest.TempPathFactory, built: None) -> Iterator[Server]:
    """A server that the tests share, each at an account of its own."""
    one = Server(tmp_path_factory.mktemp("openbell") / "data", rate_limits="off").start()
    yield one
    one.end()


@pytest.fixture
def visit(browser: Browser) -> Iterator[Desk]:
    """Open the dashboard of a server in a fresh profile; whatever the page complains of fails the test."""
    opened: list[Desk] = []

    def open_at(server: Server, *, width: int = 1440, height: int = 900) -> Desk:
        context = browser.new_context(
            viewport={"width": width, "height": height}, base_url=server.url, reduced_motion="reduce"
        )
        desk = Desk(context.new_page())
        opened.append(desk)
        return desk

    yield open_at
    for desk in opened:
        desk.page.context.close()
    assert [problem for desk in opened for problem in desk.problems] == []


@pytest.fixture
def admin(market: Server, visit) -> Desk:
    """The first admin, signed in."""
    desk = visit(market)
    desk.sign_in(EMAIL, PASSWORD)
    desk.arrive()
    return desk
