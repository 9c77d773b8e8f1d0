"""Bad input through the front door: one clear error each, and the server is as it was."""

import subprocess

import pytest

GOOD = {"symbol": "BTC/USD", "side": "BUY", "quantity": "0.1", "order_type": "LIMIT", "limit_price": "50000.00"}


@pytest.fixture(scope="module")
def client(shared_server):
    return shared_server.client()


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"symbol": "NOSUCH"}, "symbol"),
        ({"limit_price": "50000.001"}, "limit_price"),
        ({"quantity": "0"}, "quantity"),
        ({"quantity": "-1"}, "quantity"),
        ({"quantity": "1e400000"}, "quantity"),
        ({"quantity": "NaN"}, "quantity"),
        ({"quantity": "9" * 200_000}, "quantity"),
        ({"quantity": None}, "quantity"),
        ({"side": "HOLD"}, "side"),
        ({"surprise": 1}, "surprise"),
        ({"limit_price": None}, "limit_price"),
    ],
)
def test_a_bad_order_is_refused_by_the_name_of_its_field(client, changes, named):
    answer = client.post("/v1/orders", json=GOOD | changes)
    assert answer.status_code == 400, answer.text[:300]
    error = answer.json()["error"]
    assert named in {detail["field"] for detail in error["details"]} and len(answer.content) < 4096
    assert client.get("/v1/orders").json()["meta"]["total_count"] == 0


@pytest.mark.parametrize("missing", ["symbol", "side", "quantity"])
def test_a_missing_field_is_named(client, missing):
    answer = client.post("/v1/orders", json={key: value for key, value in GOOD.items() if key != missing})
    assert answer.status_code == 400
    assert missing in {detail["field"] for detail in answer.json()["error"]["details"]}


@pytest.mark.parametrize("body", [b'{"quantity": 1e400000}', b'{"quantity": NaN}', b"\xff\xfe{", b"[" * 100_000, b""])
def test_a_body_that_is_not_an_order_is_refused(client, body):
    answer = client.post("/v1/orders", content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 400 and answer.json()["error"]["code"] == "VALIDATION_ERROR"


def test_a_body_of_two_megabytes_is_refused(client):
    answer = client.post("/v1/orders", content=b'{"symbol": "' + b"A" * 2_000_000 + b'"}')
    assert answer.status_code == 413
    assert client.get("/health").status_code == 200


@pytest.mark.line("C38")
def test_a_second_server_on_the_same_data_directory_is_refused(shared_server):
    second = subprocess.run(
        shared_server.command(), env=shared_server.environ, capture_output=True, timeout=30, check=False
    )
    assert second.returncode != 0
    assert b"in use by process" in second.stderr and b"Traceback" not in second.stderr
