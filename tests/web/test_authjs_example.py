"""The Auth.js example signs in, calls on the user's behalf, and lets no token out."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from started_server import EMAIL, PASSWORD, Server

PROJECT = Path(__file__).resolve().parents[2]
EXAMPLE = PROJECT / "examples" / "authjs-login"
MODULES = PROJECT / "web" / "node_modules"
NODE = shutil.which("node")

pytestmark = [
    pytest.mark.skipif(NODE is None, reason="the example needs node"),
    pytest.mark.skipif(not (MODULES / "@auth" / "core").is_dir(), reason="Auth.js is not installed: make check"),
]


@pytest.fixture(scope="module")
def base(tmp_path_factory) -> Iterator[str]:
    """The example in front of a server whose tokens run out at once, as far as the example can see."""
    server = Server(tmp_path_factory.mktemp("openbell") / "data", rate_limits="off", access_token_seconds="60").start()
    # Beside the installed packages, so that it finds Auth.js.
    place = MODULES / ".cache" / "authjs-login"
    shutil.copytree(EXAMPLE, place, dirs_exist_ok=True)
    environ = {"OPENBELL_URL": server.url, "AUTH_SECRET": "0123456789abcdef0123456789abcdef", "PORT": "0"}
    process = subprocess.Popen([NODE, "server.mjs"], cwd=place, env=environ, stdout=subprocess.PIPE, text=True)
    try:
        yield process.stdout.readline().split()[-1]
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
        server.end()


@pytest.fixture
def browser(base) -> Iterator[httpx2.Client]:
    with httpx2.Client(base_url=base, timeout=20) as client:
        yield client


def sign_in(browser, **given):
    token = browser.get("/api/auth/csrf").json()["csrfToken"]
    form = {"csrfToken": token, "email": EMAIL, "password": PASSWORD, **given}
    return browser.post("/api/auth/callback/credentials", data=form)


def test_a_session_reads_the_portfolio_and_shows_no_token(browser):
    assert sign_in(browser).status_code == 302
    session = browser.get("/api/auth/session").json()
    portfolio = browser.get("/api/portfolio")
    assert session["user"] == {"email": EMAIL} and set(session) == {"user", "expires"}
    assert portfolio.status_code == 200 and portfolio.json()["data"]["total_value"] == "100000.00"
    assert "obr_" not in portfolio.text and not re.search(r"eyJ\w+\.eyJ", portfolio.text + str(session))


def test_the_cookie_is_out_of_the_reach_of_scripts_and_other_sites(browser):
    cookies = sign_in(browser).headers.get_list("set-cookie")
    session = next(one for one in cookies if one.startswith("authjs.session-token"))
    assert "HttpOnly" in session and "SameSite=Lax" in session


def test_tokens_are_renewed_once_however_many_ask_and_the_cookie_follows(browser):
    # The server's tokens live a minute and the example renews a minute ahead: every call is a renewal.
    sign_in(browser)
    before = dict(browser.cookies)
    answers = [browser.get("/api/portfolio", headers={"cookie": _header(before)}) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert dict(browser.cookies) != before
    assert browser.get("/api/portfolio").status_code == 200


def test_a_wrong_password_says_so_and_opens_nothing(browser):
    answer = sign_in(browser, password="wrong")
    assert "code=INVALID_CREDENTIALS" in answer.headers["location"]
    assert browser.get("/api/portfolio").status_code == 401


def test_signing_out_ends_the_session_at_the_server(browser):
    sign_in(browser)
    kept = _header(dict(browser.cookies))
    token = browser.get("/api/auth/csrf").json()["csrfToken"]
    browser.post("/api/auth/signout", data={"csrfToken": token})
    assert browser.get("/api/auth/session").json() is None
    assert browser.get("/api/portfolio", headers={"cookie": kept}).status_code == 401


def test_the_next_routes_use_the_same_configuration():
    route = (EXAMPLE / "app/api/auth/[...nextauth]/route.js").read_text("utf-8")
    assert "NextAuth(authConfig(process.env))" in route
    assert (EXAMPLE / "app/api/auth/[...nextauth]" / "../../../../lib/auth.mjs").resolve().is_file()


def _header(cookies: dict[str, str]) -> str:
    return "; ".join(f"{name}={value}" for name, value in cookies.items())
