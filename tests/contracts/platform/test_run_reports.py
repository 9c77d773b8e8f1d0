"""P8: tear sheets over HTTP, as page, picture and data, and several runs on one page; links stay signed."""

import re
import struct

import pytest

from openbell.analytics.tear_sheet import raster
from performance_desk import GOOG, finished
from platform_floor import open_floor

pytestmark = pytest.mark.line("P8")


@pytest.fixture
async def floor(tmp_path):
    async with open_floor(tmp_path) as floor:
        yield floor


@pytest.fixture
async def ada(floor):
    return await floor.client()


def bare(client):
    """The same client without its credentials: whoever holds a link."""
    del client.headers["authorization"]
    return client


async def test_p8_the_page_draws_the_datas_prices_and_a_benchmark(floor, ada):
    run = await finished(ada)
    path = f"/v1/runs/{run['run_id']}/report.html"
    page = (await ada.get(path)).text
    digest = floor.system.services.runs.dataset("GOOG-1d").digest
    drawn = re.search(r'id="price-1-wide-title".*?class="line price"', page, re.DOTALL)[0]
    assert drawn.count("L") > 1_500, "2,148 bars, of which the chart draws nearly all, and not 65 fills"
    assert "GOOG held, scaled to the same start" in page and "Price at fills only" not in page
    assert digest in page and "Rolling Sharpe ratio" in page
    other = (await ada.get(path, params={"benchmark": "MSFT-1d"})).text
    assert "MSFT-1d, scaled to the same start" in other
    assert (await ada.get(path, params={"benchmark": "NOTHING"})).status_code == 400


async def test_p8_a_page_says_when_its_data_is_not_what_it_was(floor, ada):
    run = await finished(ada)
    kept = await floor.system.services.runs.get(run["run_id"], owner_id=None)
    kept.result["data"]["digest"] = "0" * 64
    page = await floor.system.services.tear_sheets.page(kept)
    assert "Price at fills only" in page and "The data has changed or is gone" in page


async def test_p8_a_browser_may_run_the_pages_own_script_alone(ada):
    run = await finished(ada)
    answer = await ada.get(f"/v1/runs/{run['run_id']}/report.html")
    policy = answer.headers["content-security-policy"]
    assert re.fullmatch(r".*default-src 'none'.*script-src 'sha256-[A-Za-z0-9+/=]{44}'.*", policy)
    assert "unsafe-eval" not in policy and "script-src 'unsafe-inline'" not in policy


async def test_p8_the_report_as_data_says_what_the_page_says(ada):
    run = await finished(ada)
    answer = (await ada.get(f"/v1/runs/{run['run_id']}/report.json")).json()
    data = answer["data"]
    assert (data["final_equity"], len(data["trades"]), len(data["drawdowns"])) == ("174289.814", 32, 10)
    metrics = {one["name"]: one for one in data["metrics"]}
    assert metrics["sharpe_ratio"]["formula"] and metrics["beta"]["value"] is not None
    assert [year["year"] for year in data["monthly_returns"]] == list(range(2004, 2014))
    html, png = answer["meta"]["links"]["html"], answer["meta"]["links"]["png"]
    client = bare(ada)
    assert (await client.get(html)).status_code == 200
    assert (await client.get(html.replace("report.html", "report.png"))).status_code == 401
    assert (await client.get(html + "&benchmark=MSFT-1d")).status_code == 401
    assert (await client.get(png.replace("expires=", "expires=9"))).status_code == 401


async def test_p8_the_report_is_a_picture_too(ada):
    pytest.importorskip("resvg_py", reason="the extra png is not installed")
    run = await finished(ada)
    for theme in ("light", "dark"):
        drawn = await ada.get(f"/v1/runs/{run['run_id']}/report.png", params={"theme": theme})
        assert (drawn.status_code, drawn.headers["content-type"]) == (200, "image/png")
        assert drawn.content[:8] == b"\x89PNG\r\n\x1a\n"
        assert struct.unpack(">I", drawn.content[16:20])[0] == 2_400


async def test_p8_without_the_extra_a_picture_is_refused_with_what_to_install(ada, monkeypatch):
    run = await finished(ada)
    monkeypatch.setattr("openbell.services.tear_sheets.can_draw", lambda: False)
    answer = await ada.get(f"/v1/runs/{run['run_id']}/report.png")
    assert answer.status_code == 503
    assert answer.json()["error"]["code"] == "PICTURES_UNAVAILABLE"
    assert raster.MISSING in answer.json()["error"]["message"]


async def test_p8_runs_are_compared_on_one_page(floor, ada):
    runs = [await finished(ada, GOOG | {"config": {"fast": fast, "slow": 30}}) for fast in (5, 10)]
    ids = ",".join(run["run_id"] for run in runs)
    answer = (await ada.get("/v1/runs/compare", params={"ids": ids})).json()
    names = [one["name"] for one in answer["data"]["runs"]]
    assert names == ["sma_cross GOOG (fast 5)", "sma_cross GOOG (fast 10)"]
    figures = {one["name"]: one["values"] for one in answer["data"]["metrics"]}
    assert [f"{value:.2f}" for value in figures["total_return"]] == [run["total_return"] for run in runs]
    stranger = await floor.client("bob")
    assert (await stranger.get("/v1/runs/compare", params={"ids": ids})).status_code == 404
    for wrong in (runs[0]["run_id"], ",".join(f"r{i}" for i in range(9))):
        assert (await ada.get("/v1/runs/compare", params={"ids": wrong})).status_code == 400
    url, client = answer["meta"]["report_url"], bare(ada)
    page = await client.get(url)
    assert page.status_code == 200 and all(name in page.text for name in names)
    assert (await client.get(url.replace(runs[0]["run_id"], "other"))).status_code == 401
