"""The integration guide's contract over a whole system: the test sets the prices, or starts a server of its own."""

import hashlib
import hmac
import time
from itertools import count

import pytest

from e2e.conftest import Server
from platform_floor import open_floor, served

_nonces = count(1)


def sign(secret, method, path, *, timestamp, nonce="", body=""):
    """Sign as the documentation says."""
    text = "\n".join([method, path, str(timestamp), nonce, body])
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()


class Key:
    """A signing key and what its holder can do with it."""

    def __init__(self, data):
        self.key_id, self.name, self.secret = data["key_id"], data["api_key"], data["api_secret"]

    def headers(self, method, path, *, body="", timestamp=None, nonce=None, **further):
        timestamp = timestamp or time.time_ns() // 1_000_000
        nonce = f"n{next(_nonces)}-{time.time_ns()}" if nonce is None else nonce
        return {
            "X-API-KEY": self.name,
            "X-TIMESTAMP": str(timestamp),
            "X-NONCE": nonce,
            "X-SIGNATURE": sign(self.secret, method, path, timestamp=timestamp, nonce=nonce, body=body),
            "content-type": "application/json",
        } | further

    def login(self, *, timestamp=None, nonce="", path="/api/v1/auth/login", method="POST", **further):
        timestamp = timestamp or time.time_ns() // 1_000_000
        signature = sign(self.secret, method, path, timestamp=timestamp, nonce=nonce)
        body = {"api_key": self.name, "signature": signature, "timestamp": timestamp} | further
        return body | ({"nonce": nonce} if nonce else {})


@pytest.fixture
async def floor(tmp_path):
    """A system that trades AAPL and BTC/USD at known prices."""
    async with open_floor(tmp_path / "data") as floor:
        floor.price("AAPL", "104.99", "105.01")
        floor.price("BTC/USD", "43000.10", "43000.30")
        yield floor


@pytest.fixture
async def ada(floor):
    """A client signed in as a trader with a paper account."""
    async with await floor.client("ada") as client:
        yield client


@pytest.fixture
def new_key():
    """Make a signing key through the API."""

    async def make(client, *scopes, **further):
        body = {"name": "signs", "kind": "signing", "scopes": list(scopes or ("read", "trade"))} | further
        answer = await client.post("/v1/keys", json=body)
        assert answer.status_code == 201, answer.text
        return Key(answer.json()["data"])

    return make


@pytest.fixture
async def address(floor):
    """Address of the floor's sockets, without a path."""
    async with served(floor) as address:
        yield address.removesuffix("/ws")


@pytest.fixture
def start(tmp_path):
    """Start servers as a user does; they end with the test."""
    servers = []

    def one(**settings):
        servers.append(Server(tmp_path / "data", **settings))
        return servers[-1]

    yield one
    for server in servers:
        server.end()


@pytest.fixture(scope="module")
def guide_server(tmp_path_factory):
    """A server as the guide's reader has it: development, loopback, everything at its default."""
    one = Server(tmp_path_factory.mktemp("guide") / "data").start()
    yield one
    one.end()
