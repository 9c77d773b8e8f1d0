"""The catalog over HTTP: listed, looked into, brought, refused, adjusted, exported and deleted."""

import gzip
import io
from itertools import count

import pyarrow.parquet as pq
import pytest
import pytest_asyncio

from openbell.domain.access import Role
from platform_floor import open_floor

HEADER = "ts,open,high,low,close,volume\n"
ROWS = "2024-01-02,10,12,9,11,1000\n2024-01-03,11,13,10,12.5,900\n2024-01-05,6.25,6.5,5.5,5.75,1800.5\n"
CSV = {"content-type": "text/csv"}


pytestmark = pytest.mark.asyncio(loop_scope="module")
_numbers = count(1)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def floor(tmp_path_factory):
    async with open_floor(tmp_path_factory.mktemp("catalog")) as floor:
        yield floor


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def client(floor):
    return await floor.client("ada")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def root(floor):
    return await floor.client("root", Role.ADMIN)


@pytest.fixture
def symbol():
    """A symbol that no other test uses."""
    return f"ACME{next(_numbers)}"


async def upload(client, symbol, text=HEADER + ROWS, *, path="datasets", headers=None, timeframe="1d", **params):
    content = text if isinstance(text, bytes) else text.encode()
    wanted = {"symbol": symbol, "timeframe": timeframe} | params
    return await client.post(f"/v1/catalog/{path}", params=wanted, content=content, headers=CSV | (headers or {}))


async def test_e5_the_catalog_lists_what_there_is_by_page_and_filter(client):
    everything = (await client.get("/v1/catalog", params={"per_page": 2, "page": 2})).json()
    total = everything["meta"].pop("total_count")
    assert everything["meta"] == {"page": 2, "per_page": 2, "next_cursor": None}
    assert len(everything["data"]) == min(2, total - 2)
    wanted = {"symbol": "goog", "kind": "bars", "timeframe": "1d"}
    [goog] = (await client.get("/v1/catalog", params=wanted)).json()["data"]
    assert (goog["rows"], goog["is_packaged"], goog["start"]) == (2148, True, "2004-08-19T00:00:00Z")
    assert (await client.get("/v1/catalog", params={"kind": "trades"})).json()["data"] == []


async def test_e5_a_dataset_shows_its_coverage_and_quality(client):
    data = (await client.get("/v1/catalog/datasets/AAPL-1d")).json()["data"]
    coverage, quality = data["coverage"], data["quality"]
    assert (coverage["rows"], coverage["missing"], coverage["calendar"]) == (3270, 0, "XNYS")
    assert (coverage["first"], coverage["last"]) == ("2000-03-01T00:00:00Z", "2013-03-01T00:00:00Z")
    assert quality["status"] == "warnings"
    assert quality["counts"]["split_suspected"] == 2


async def test_e5_an_uploaded_file_is_kept_with_its_report(client, symbol):
    answer = await upload(client, symbol)
    assert answer.status_code == 201, answer.text
    data = answer.json()["data"]
    assert (data["dataset_id"], data["rows"], data["coverage"]["missing"]) == (f"{symbol}-1d", 3, 1)
    assert {one["code"] for one in data["quality"]["findings"]} == {"gap", "split_suspected"}
    assert (await client.get(f"/v1/catalog/datasets/{symbol.lower()}-1d")).json()["data"] == data
    [row] = (await client.get(f"/v1/catalog/datasets/{symbol}-1d/bars", params={"limit": 1})).json()["data"]["bars"]
    assert row == {
        "timestamp": "2024-01-05T00:00:00Z",
        "open": "6.25",
        "high": "6.50",
        "low": "5.50",
        "close": "5.75",
        "volume": "1800.50",
    }


async def test_e5_a_file_with_errors_is_refused_by_line_and_nothing_is_kept(client, symbol):
    bad = ROWS + "2024-01-05,5,6,5,5,1\n2024-01-04,5,6,5,5,1\n2024-01-08,0,-6,5,5,1\n2024-01-09,5,4,6,5,1\n"
    answer = await upload(client, symbol, HEADER + bad)
    assert answer.status_code == 422
    error = answer.json()["error"]
    assert error["code"] == "DATASET_REJECTED"
    assert [one["field"] for one in error["details"]] == ["line 5", "line 6", "line 7", "line 7", "line 8"]
    quality = answer.json()["report"]["quality"]
    assert quality["status"] == "rejected"
    codes = [one["code"] for one in quality["findings"] if one["severity"] == "error"]
    assert codes == ["duplicate", "out_of_order", "not_positive", "not_positive", "high_below_low"]
    assert (await client.get(f"/v1/catalog/datasets/{symbol}-1d")).status_code == 404


async def test_e5_a_file_can_be_checked_without_being_kept(client, symbol):
    report = (await upload(client, symbol, path="validations")).json()["data"]
    assert (report["rows"], report["coverage"]["missing"], report["quality"]["status"]) == (3, 1, "warnings")
    broken = (await upload(client, symbol, HEADER + "2024-01-02,x,1,1,1,1\n", path="validations")).json()["data"]
    assert (broken["quality"]["status"], broken["quality"]["findings"][0]["line"]) == ("rejected", 2)
    assert (await client.get("/v1/catalog", params={"symbol": symbol})).json()["data"] == []


async def test_e5_gzip_and_parquet_are_taken_and_everything_else_is_not(client, symbol):
    packed = gzip.compress((HEADER + ROWS).encode())
    assert (await upload(client, symbol, packed, headers={"content-type": "application/gzip"})).status_code == 201
    assert (await upload(client, symbol, packed, headers={"content-encoding": "gzip"})).status_code == 201
    exported = (await client.get(f"/v1/catalog/datasets/{symbol}-1d/export", params={"format": "parquet"})).content
    assert (
        await upload(client, symbol, exported, headers={"content-type": "application/vnd.apache.parquet"})
    ).status_code == 201
    assert (await upload(client, symbol, packed[:-5], headers={"content-type": "application/gzip"})).status_code == 400
    assert (
        await upload(client, symbol, headers={"content-type": "multipart/form-data; boundary=x"})
    ).status_code == 415
    for content in (b"\x80\x04\x95\x0f\x00", b"PK\x03\x04..", packed, b"", b"\x00" * 10_000, b"PAR1PAR1"):
        assert (await upload(client, symbol, content)).status_code == 422


@pytest.mark.parametrize(
    "params",
    [
        {"symbol": "../../etc/passwd"},
        {"symbol": "A/../../B"},
        {"symbol": "x\x00"},
        {"symbol": ""},
        {"timeframe": "7m"},
        {"timeframe": None},
        {"kind": "pickle"},
        {"calendar": "XLON"},
    ],
)
async def test_e5_what_cannot_be_a_dataset_is_refused(client, params):
    wanted = {
        name: value for name, value in ({"symbol": "ACME", "timeframe": "1d"} | params).items() if value is not None
    }
    answer = await client.post("/v1/catalog/datasets", params=wanted, content=HEADER + ROWS, headers=CSV)
    assert answer.status_code == 400, answer.text


@pytest.mark.parametrize("name", ["..%2F..%2Fusers", "%2e%2e", "a%5cb", "-x", "a%00", "x" * 65, ".lock", "index.json"])
async def test_e5_a_dataset_id_never_leads_out_of_the_catalog(root, name):
    for method in ("GET", "DELETE"):
        assert (await root.request(method, f"/v1/catalog/datasets/{name}")).status_code in {400, 404, 405}
    assert (await root.get(f"/v1/catalog/datasets/{name}/export")).status_code in {400, 404}


async def test_e5_bars_are_given_by_range_page_and_length(client):
    path, query = "/v1/catalog/datasets/GOOG-1d/bars", {"start": "2010-01-01", "end": "2010-02-01", "limit": 10}
    first = (await client.get(path, params=query)).json()
    assert (first["meta"]["count"], first["meta"]["has_more"]) == (10, True)
    rest = (await client.get(path, params=query | {"start": first["meta"]["next_start"]})).json()
    assert (rest["meta"]["count"], rest["meta"]["has_more"], rest["meta"]["next_start"]) == (9, False, None)
    times = [one["timestamp"] for one in first["data"]["bars"] + rest["data"]["bars"]]
    assert (times == sorted(set(times)), times[0]) == (True, "2010-01-04T00:00:00Z")
    assert (await client.get(path, params={"timeframe": "1h"})).status_code == 400
    assert (await client.get(path, params={"limit": 5_001})).status_code == 400


async def test_e5_longer_bars_are_made_of_shorter_ones(client, symbol):
    rows = "".join(f"2024-01-02T00:{minute:02}:00Z,1,{minute + 2},1,1,2\n" for minute in range(10))
    await upload(client, symbol, HEADER + rows, timeframe="1m")
    query = {"timeframe": "5m", "start": "2024-01-02T00:03:00Z"}
    data = (await client.get(f"/v1/catalog/datasets/{symbol}-1m/bars", params=query)).json()["data"]
    [bar] = data["bars"]
    assert (data["timeframe"], bar["timestamp"], bar["high"], bar["volume"]) == (
        "5m",
        "2024-01-02T00:05:00Z",
        "11.00",
        "10.00",
    )


async def test_e5_corporate_actions_adjust_a_view_and_the_answer_names_the_choice(client, symbol):
    await upload(client, symbol)
    actions = [{"ex_date": "2024-01-05", "kind": "split", "new_shares": 2}]
    answer = await client.put(f"/v1/catalog/datasets/{symbol}-1d/actions", json={"actions": actions})
    assert answer.json()["data"][0]["new_shares"] == 2
    bars = f"/v1/catalog/datasets/{symbol}-1d/bars"
    raw = (await client.get(bars)).json()["data"]
    adjusted = (await client.get(bars, params={"adjusted": "splits"})).json()["data"]
    assert (raw["adjustment"], adjusted["adjustment"]) == ("none", "splits")
    assert [one["close"] for one in raw["bars"]] == ["11.00", "12.50", "5.75"]
    assert [one["close"] for one in adjusted["bars"]] == ["5.50", "6.25", "5.75"]
    impossible = [{"ex_date": "2024-01-05", "kind": "split"}]
    refused = await client.put(f"/v1/catalog/datasets/{symbol}-1d/actions", json={"actions": impossible})
    assert (refused.status_code, refused.json()["error"]["details"][0]["field"]) == (400, "actions.0")


async def test_e5_an_export_is_what_an_import_reads_back(client, symbol):
    await upload(client, symbol)
    export = f"/v1/catalog/datasets/{symbol}-1d/export"
    as_csv = await client.get(export)
    assert as_csv.headers["content-type"].startswith("text/csv")
    assert as_csv.text.splitlines()[:2] == ["ts,open,high,low,close,volume", "2024-01-02T00:00:00Z,10,12,9,11,1000"]
    as_parquet = (await client.get(export, params={"format": "parquet"})).content
    assert str(pq.read_table(io.BytesIO(as_parquet)).column("close")[2]) == "5.75000000"
    before = (await client.get(f"/v1/catalog/datasets/{symbol}-1d/bars")).json()["data"]["bars"]
    for content in (as_csv.content, as_parquet):
        await upload(client, f"{symbol}C", content)
        assert (await client.get(f"/v1/catalog/datasets/{symbol}C-1d/bars")).json()["data"]["bars"] == before


async def test_e5_only_its_owner_or_an_admin_replaces_or_deletes_a_dataset(floor, client, root, symbol):
    bob, eve = await floor.client("bob"), await floor.client("eve", Role.VIEWER)
    assert (await upload(eve, symbol)).status_code == 403
    assert (await upload(client, symbol)).status_code == 201
    path = f"/v1/catalog/datasets/{symbol}-1d"
    assert [(await one.delete(path)).status_code for one in (eve, bob)] == [403, 403]
    assert (await bob.put(f"{path}/actions", json={"actions": []})).status_code == 403
    assert (await upload(bob, symbol)).status_code == 403
    assert (await bob.get(path)).status_code == 200
    assert (await upload(root, symbol)).status_code == 201
    assert (await client.delete(path)).status_code == 403
    assert (await root.delete(path)).json()["data"] == {"dataset_id": f"{symbol}-1d"}
    assert (await root.get(path)).status_code == 404
    assert (await root.delete("/v1/catalog/datasets/GOOG-1d")).status_code == 403


async def test_e5_imports_and_deletions_are_audited(client, root, symbol):
    await upload(client, symbol)
    await client.delete(f"/v1/catalog/datasets/{symbol}-1d")
    await upload(client, symbol, path="validations")
    rows = (await root.get("/v1/audit", params={"per_page": 2})).json()["data"]
    seen = [(one["action"], one["subject"], one["outcome"]) for one in rows]
    assert seen == [("data.delete", f"{symbol}-1d", "done"), ("data.import", f"{symbol}-1d", "done")]


async def test_e5_a_dataset_that_a_run_reads_is_not_deleted(client, symbol):
    rows = "".join(f"{1_600_000_020 + 60 * i},10,{11 + i % 7},9,{10 + i % 2},5\n" for i in range(20_000))
    assert (await upload(client, symbol, HEADER + rows, timeframe="1m")).status_code == 201
    body = {"kind": "sma_cross", "dataset_id": f"{symbol}-1m", "symbol": symbol}
    run_id = (await client.post("/v1/runs", json=body)).json()["data"]["run_id"]
    refused = await client.delete(f"/v1/catalog/datasets/{symbol}-1m")
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "DATASET_IN_USE")
    await client.post(f"/v1/runs/{run_id}/cancel")
    assert (await client.delete(f"/v1/catalog/datasets/{symbol}-1m")).status_code == 200


async def test_e5_a_run_says_what_its_data_was_adjusted_for(client):
    body = {"kind": "buy_and_hold", "dataset_id": "AAPL-1d", "symbol": "AAPL"}
    started = (await client.post("/v1/runs", json=body | {"adjusted": "splits"})).json()["data"]
    run = (await client.get(f"/v1/runs/{started['run_id']}")).json()["data"]
    assert run["adjusted"] == "splits"
    await client.post(f"/v1/runs/{started['run_id']}/cancel")
    assert (await client.post("/v1/runs", json=body | {"adjusted": "sideways"})).status_code == 400


async def test_e5_only_uploads_may_be_large_and_not_without_end(client, symbol):
    big = {"content-length": str(200 * 1024 * 1024)}
    assert (await upload(client, symbol, headers=big)).status_code == 201
    too_big = {"content-length": str(300 * 1024 * 1024)}
    assert (await upload(client, symbol, headers=too_big)).status_code == 413
    path = f"/v1/catalog/datasets/{symbol}-1d/actions"
    elsewhere = await client.put(path, json={"actions": []}, headers={"content-length": str(2 * 1024 * 1024)})
    assert elsewhere.status_code == 413


async def test_e5_a_dataset_that_the_replay_follows_is_not_deleted(tmp_path):
    async with open_floor(tmp_path) as floor:
        await upload(await floor.client(), "ACME")
    async with open_floor(tmp_path, feed="replay", replay_dataset="ACME-1d") as floor:
        root = await floor.client("root", Role.ADMIN)
        assert (await root.delete("/v1/catalog/datasets/ACME-1d")).status_code == 409
