"""Every route and socket action × every kind of caller, taken from the router: who may, and who may not."""

import json
import re
from contextlib import asynccontextmanager

import httpx2
import jwt
import msgspec
import pytest
import pytest_asyncio
from fastapi.routing import APIWebSocketRoute, iter_route_contexts
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from openbell.api.app import ROUTERS
from openbell.api.deps import policy_of
from openbell.api.desk.trading_words import SCOPES
from openbell.domain.access import SCOPES_OF_ROLE, KeyKind, Role, Scope
from openbell.domain.values import NANOS_PER_SECOND
from openbell.services.keys import NewKey
from openbell.services.principals import principal_of
from platform_floor import PASSWORD, open_floor, served

pytestmark = [pytest.mark.line("P3", "E7", "C22", "C36"), pytest.mark.asyncio(loop_scope="module")]

LIVING = {
    "viewer": SCOPES_OF_ROLE[Role.VIEWER],
    "trader": SCOPES_OF_ROLE[Role.TRADER],
    "admin": SCOPES_OF_ROLE[Role.ADMIN],
    "key that reads": frozenset({Scope.READ}),
    "key that reads and controls": frozenset({Scope.READ, Scope.CONTROL}),
    "key that only trades": frozenset({Scope.TRADE}),
    "admins key that reads": frozenset({Scope.READ}),
}
"""Kinds of caller who get in, and the scopes they hold."""
DEAD = [
    *("nobody", "nonsense", "expired token", "token without signature", "token of another key", "refresh token"),
    *("sign-in half done", "signed out", "deactivated", "deleted", "revoked key", "expired key"),
    *("key from elsewhere", "name of a signing key", "key of a trader made a viewer"),
]
"""Kinds of caller who are nobody; the last one holds a scope its owner lost, and is for the trading routes alone."""
ENDS_THE_SESSION = re.compile(r"/auth/(logout|password)$")
FOREIGN = {
    **dict.fromkeys(["order_id", "strategy_id", "position_id", "run_id", "key_id", "session_id", "user_id"]),
    **dict.fromkeys(["alert_id", "approval_id"]),
}
"""What a path may name that belongs to somebody."""
SHARED = {"service_name", "dataset_id", "model_id", "symbol:path", "instrument:path", "contract", "ids"}
"""What belongs to all: the market, its data and models, the documents; compared runs have their own owners."""


def declared(app):
    """Every guarded route as (method, path, scope)."""
    return [
        (method, context.path, policy_of(context).scope)
        for context in iter_route_contexts(app.routes)
        if policy_of(context)
        for method in sorted(set(context.methods) - {"HEAD"})
    ]


def sockets():
    return {route.path for router in ROUTERS for route in router.routes if isinstance(route, APIWebSocketRoute)}


class Callers:
    """Makes every kind of caller on a running system; gives the header each one sends."""

    def __init__(self, floor, *, prefix=""):
        self.floor, self.services, self.prefix = floor, floor.system.services, prefix

    async def user(self, name, role=Role.TRADER):
        name = self.prefix + name
        await self.floor.token(name, role)
        return next(one for one in await self.services.users.list() if one.username == name)

    async def token(self, name, role=Role.TRADER):
        return await self.services.access.login((await self.user(name, role)).username, PASSWORD)

    async def key(self, name, *scopes, role=Role.TRADER, **wanted):
        owner = principal_of(await self.user(name, role), scopes=frozenset(Scope), session_id="s")
        shown = await self.services.keys.create(owner, NewKey(name="k", scopes=frozenset(scopes), **wanted))
        return owner, shown

    async def living(self):
        roles = {"viewer": Role.VIEWER, "trader": Role.TRADER, "admin": Role.ADMIN}
        found = {kind: bearer((await self.token(f"the-{kind}", role)).access_token) for kind, role in roles.items()}
        for number, kind in enumerate(kind for kind in LIVING if "key" in kind):
            role = Role.ADMIN if kind.startswith("admins") else Role.TRADER
            found[kind] = {"x-api-key": (await self.key(f"holder{number}", *LIVING[kind], role=role))[1].secret}
        return found

    async def dead(self):
        tokens, store = self.services.access._tokens, self.floor.system.database.access
        whole = (await self.token("whole")).access_token
        head, claims, signature = whole.split(".")
        refresh = (await self.token("refresher")).refresh_token
        half = tokens.sign_challenge(await self.user("half"))
        out = await self.token("out")
        await self.services.access.logout(await self.services.access.authenticate(out.access_token, client_ip=""))
        off, gone = await self.token("off"), await self.token("gone")
        admin = principal_of(await self.user("boss", Role.ADMIN), scopes=frozenset(Scope), session_id="s")
        await store.update_user(msgspec.structs.replace(off.user, is_active=False))
        await self.services.users.delete(admin, gone.user.user_id)
        owner, revoked = await self.key("revoker", Scope.READ)
        await self.services.keys.revoke(owner, revoked.key.key_id)
        now = self.services.access._clock.now_ns()
        _, expired = await self.key("late", Scope.READ, expires_ns=now + NANOS_PER_SECOND)
        await store.update_key(msgspec.structs.replace(expired.key, expires_ns=now))
        _, elsewhere = await self.key("far", Scope.READ, allowed_networks=("198.51.100.0/24",))
        _, signing = await self.key("signer", Scope.READ, kind=KeyKind.SIGNING)
        found = [
            {}, bearer("nonsense"), bearer(self.old(whole)), bearer(f"{head}.{claims}."),
            bearer(f"{head}.{claims}.{signature[::-1]}"), bearer(refresh), bearer(half), bearer(out.access_token),
            bearer(off.access_token), bearer(gone.access_token), {"x-api-key": revoked.secret},
            {"x-api-key": expired.secret}, {"x-api-key": elsewhere.secret}, {"x-api-key": signing.key.prefix},
        ]  # fmt: skip
        return dict(zip(DEAD[:-1], found, strict=True))

    def old(self, token):
        """Sign the claims of a token again, with an end that has passed."""
        key = self.services.access._tokens._key
        return jwt.encode(jwt.decode(token, options={"verify_signature": False}) | {"exp": 1_700_000_000}, key, "HS256")


def bearer(token):
    return {"authorization": f"Bearer {token}"}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def floor(tmp_path_factory):
    async with open_floor(tmp_path_factory.mktemp("matrix")) as floor:
        floor.price("AAPL", "104.99", "105.01")
        yield floor


@asynccontextmanager
async def everybody(floor):
    transport = httpx2.ASGITransport(floor.app, client=("127.0.0.1", 1))
    async with httpx2.AsyncClient(transport=transport, base_url="http://test") as client:
        yield client


async def status_of(client, method, path, headers, identity="x"):
    filled = re.sub(r"\{[^}]*\}", identity, path)
    return await client.request(method, filled, json={}, headers=headers)


async def test_whoever_is_nobody_gets_401_on_every_route(floor):
    callers, seen = await Callers(floor).dead(), {}
    async with everybody(floor) as client:
        for kind, headers in callers.items():
            for method, path, _ in declared(floor.app):
                answer = await status_of(client, method, path, headers)
                if answer.status_code != 401:
                    seen[kind, method, path] = answer.status_code
    assert seen == {} and len(callers) == len(DEAD) - 1


async def test_whoever_gets_in_gets_403_exactly_where_a_scope_is_missing(floor):
    callers, wrong, cells = await Callers(floor).living(), {}, 0
    async with everybody(floor) as client:
        for kind, headers in callers.items():
            for method, path, scope in declared(floor.app):
                if ENDS_THE_SESSION.search(path):
                    continue
                answer = await status_of(client, method, path, headers)
                cells += 1
                own = answer.status_code == 403 and "scope" not in answer.json()["error"]["message"]
                is_refused = answer.status_code == 403 and not own
                if is_refused != (scope not in LIVING[kind]) or answer.status_code in (401, 500):
                    wrong[kind, method, path] = (answer.status_code, scope)
    assert wrong == {} and len(callers) + len(DEAD) >= 14 and cells >= 7 * 90


async def test_a_key_holds_no_scope_that_its_owner_has_lost(floor):
    made = Callers(floor)
    owner, shown = await made.key("demoted", Scope.READ, Scope.TRADE)
    store = floor.system.database.access
    await store.update_user(msgspec.structs.replace(await store.user(owner.user_id), role=Role.VIEWER))
    made.services.users._principals.forget(user_id=owner.user_id)
    trading = [(method, path) for method, path, scope in declared(floor.app) if scope is Scope.TRADE]
    async with everybody(floor) as client:
        for method, path in trading:
            answer = await status_of(client, method, path, {"x-api-key": shown.secret})
            assert answer.status_code == 403, (method, path)
    assert len(trading) > 10


async def owned_by(floor, client):
    """Have somebody own one of everything; gives the ids by the name of the path's parameter."""
    order = {"symbol": "AAPL", "side": "BUY", "quantity": "1", "order_type": "LIMIT", "limit_price": "100"}
    placed = (await client.post("/v1/orders", json=order)).json()["data"]["order_id"]
    strategy = {"kind": "sma_cross", "symbols": ["AAPL"], "config": {"fast": 5, "slow": 20}, "status": "inactive"}
    await client.post("/v1/strategies", json=strategy | {"strategy_id": "bobs"})
    bought = await client.post("/v1/orders", json={"symbol": "AAPL", "side": "BUY", "quantity": "2"})
    await floor.filled(client, bought.json()["data"]["order_id"])
    position = (await client.get("/v1/positions")).json()["data"][0]["position_id"]
    key = (await client.post("/v1/keys", json={"name": "k"})).json()["data"]["key_id"]
    session = (await client.get("/v1/sessions")).json()["data"][0]["session_id"]
    me = (await client.get("/v1/auth/me")).json()["data"]["user_id"]
    run = {"strategy_id": "bobs", "start_date": "2020-01-01", "end_date": "2020-02-01"}
    made = (await client.post("/v1/runs", json=run)).json()
    ids = {"order_id": placed, "strategy_id": "bobs", "position_id": position, "key_id": key, "session_id": session}
    return ids | {"user_id": me, "run_id": made.get("data", {}).get("run_id", "run_of_bob")}


@pytest_asyncio.fixture(loop_scope="module")
async def trading_floor(tmp_path):
    """One on which nobody has stopped anything."""
    async with open_floor(tmp_path) as floor:
        floor.price("AAPL", "104.99", "105.01")
        yield floor


async def test_what_is_somebody_elses_is_as_if_it_were_not_there(trading_floor):
    """A parameter that is in neither list fails here: whoever adds one says whose it is."""
    floor = trading_floor
    bob, ada = await floor.client("bob"), await floor.client("ada2")
    ids = await owned_by(floor, bob)
    names = {name for _, path, _ in declared(floor.app) for name in re.findall(r"\{([^}]*)\}", path)}
    assert names <= FOREIGN.keys() | SHARED
    wrong, seen = {}, 0
    for method, path, scope in declared(floor.app):
        name = next(iter(re.findall(r"\{([^}]*)\}", path)), "")
        if name not in ids or scope is Scope.ADMIN:
            continue
        theirs, nobodys = [await status_of(ada, method, path, {}, one) for one in (ids[name], "nobodys-0")]
        seen += 1
        if (theirs.status_code, nobodys.status_code) != (404, 404):
            # A body that is wrong is told before anything is looked up: then both are told the same.
            same = theirs.status_code == nobodys.status_code == 400
            wrong |= {} if same else {(method, path): (theirs.status_code, nobodys.status_code)}
    assert wrong == {} and seen >= 20
    assert (await bob.get(f"/v1/orders/{ids['order_id']}")).json()["data"]["status"] == "SUBMITTED"
    assert (await bob.get("/v1/auth/me")).status_code == 200, "nobody ended bob's session"


async def test_a_socket_lets_nobody_in_who_is_nobody(floor):
    callers = await Callers(floor, prefix="socket-").dead()
    assert sockets() == {"/ws", "/ws/market-data", "/ws/trading", "/api/v1/ws/stream"}
    async with served(floor) as address:
        for headers in callers.values():
            with pytest.raises(InvalidStatus) as refused:
                await connect(address, additional_headers=headers, open_timeout=60)
            assert refused.value.response.status_code == 401


async def test_every_message_that_moves_money_needs_the_scope_to_trade():
    """Said here once more, since the test below takes the table at its word."""
    moving = {"order", "modify_order", "cancel_order"}
    assert {kind: scope for kind, scope in SCOPES.items() if scope} == dict.fromkeys(moving, Scope.TRADE)


async def said_on(address, headers, kind):
    """Say one thing on the trading socket and give the code of the answer's error, or ''."""
    async with connect(f"{address}/trading", additional_headers=headers, open_timeout=60) as socket:
        await socket.send(json.dumps({"type": kind, "order_id": "x", "order": {}, "id": 7}))
        try:
            while True:
                said = json.loads(await socket.recv())
                if said["type"] in ("error", "pong", "authenticated") and said.get("id", 7) == 7:
                    return said.get("error", {}).get("code", "")
        except ConnectionClosed:
            return "CLOSED"


@pytest.mark.parametrize("kind", [kind for kind, scope in SCOPES.items() if scope])
async def test_every_message_that_needs_a_scope_is_refused_to_whoever_lacks_it(floor, kind):
    made = Callers(floor)
    async with served(floor) as address:
        assert await said_on(address, {}, kind) == "UNAUTHORIZED"
        for number, scopes in enumerate(({Scope.READ}, {Scope.READ, Scope.CONTROL}, {Scope.READ, Scope.TRADE})):
            _, key = await made.key(f"talker-{kind[:2]}{number}", *scopes)
            code = await said_on(address, {"x-api-key": key.secret}, kind)
            assert (code == "FORBIDDEN") == (SCOPES[kind] not in scopes), (scopes, code)
