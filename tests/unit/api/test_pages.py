"""The dashboard is served beside the API, and never in its place."""

import pytest

from edge_system import build
from openbell.api.app import ROUTERS
from openbell.api.pages import OF_THE_API

PAGE = {"accept": "text/html,*/*;q=0.8"}
SCRIPT = "assets/index-a1B2c3D4.js"


@pytest.fixture
def built(tmp_path):
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_text("<!doctype html><title>Openbell</title>", "utf-8")
    (tmp_path / SCRIPT).write_text("export const answer = 42;\n" * 200, "utf-8")
    (tmp_path / ".built").write_text("secret", "utf-8")
    return tmp_path


async def get(built, path, method="GET", **headers):
    async with build(pages=built).client() as client:
        return await client.request(method, path, headers=headers)


@pytest.mark.parametrize("path", ["/", "/orders", "/strategies/abc"])
async def test_every_page_of_the_dashboard_is_the_one_page(built, path):
    answer = await get(built, path, **PAGE)
    assert answer.status_code == 200 and "<title>Openbell" in answer.text
    assert answer.headers["cache-control"] == "no-cache"


async def test_the_page_may_talk_to_its_own_origin_and_nobody_else(built):
    policy = (await get(built, "/", **PAGE)).headers["content-security-policy"]
    assert "default-src 'none'" in policy and "script-src 'self';" in policy and "frame-ancestors 'none'" in policy
    assert "connect-src 'self' ws://test wss://test;" in policy
    forged = (await get(built, "/", **PAGE, host="x; script-src *")).headers["content-security-policy"]
    assert "script-src *" not in forged


async def test_hashed_files_are_kept_for_ever_and_sent_small(built):
    answer = await get(built, f"/{SCRIPT}", **{"accept-encoding": "gzip"})
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["content-encoding"] == "gzip" and int(answer.headers["content-length"]) < 200
    assert answer.text == (built / SCRIPT).read_text("utf-8") and "javascript" in answer.headers["content-type"]


async def test_a_browser_that_has_the_page_is_told_so(built):
    first = await get(built, "/", **PAGE)
    again = await get(built, "/", **PAGE, **{"if-none-match": first.headers["etag"]})
    assert again.status_code == 304 and not again.content


@pytest.mark.parametrize("path", ["/v1/nothing", "/api/nothing", "/api/v1/nothing", "/ws/nothing", "/docs/x", "/v1"])
async def test_no_page_hides_that_the_api_knows_no_such_path(built, path):
    answer = await get(built, path, **PAGE)
    assert answer.status_code == 404 and answer.json()["error"]["code"] == "NOT_FOUND"


async def test_no_page_hides_that_a_route_takes_another_method(built):
    answer = await get(built, "/v1/auth/login", **PAGE)
    assert answer.status_code == 405 and answer.json()["error"]["code"] == "METHOD_NOT_ALLOWED"


async def test_what_is_no_navigation_gets_no_page(built):
    for path, method, headers in [("/nothing", "GET", {}), ("/", "POST", PAGE), ("/lost.js", "GET", PAGE)]:
        assert (await get(built, path, method, **headers)).status_code == 404


@pytest.mark.parametrize("path", ["/.built", "/assets/../.built", "/%2e%2e/%2e%2e/etc/passwd", "//etc/passwd"])
async def test_nothing_but_built_files_leaves(built, path):
    answer = await get(built, path)
    assert answer.status_code == 404 and "secret" not in answer.text


async def test_a_dashboard_that_is_not_built_says_how_to_build_it(tmp_path):
    answer = await get(tmp_path / "missing", "/", **PAGE)
    assert answer.status_code == 503 and "make setup" in answer.text and "/docs" in answer.text


async def test_switched_off_there_are_no_pages():
    async with build().client() as client:
        assert (await client.get("/", headers=PAGE)).status_code == 404


def test_no_address_of_the_api_is_left_to_the_pages():
    paths = {route.path for router in ROUTERS for route in router.routes}
    assert paths and not [path for path in paths if not OF_THE_API.match(path)]
