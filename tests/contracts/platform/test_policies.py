"""Every route says who may call it, and every kind of caller gets what that means."""

import re

import pytest
from fastapi.routing import iter_route_contexts

from edge_system import build
from openbell.api.deps import policy_of
from openbell.api.limits import StrictRoute
from openbell.domain.access import SCOPES_OF_ROLE, Role, Scope
from openbell.services.quota import NoQuota
from platform_floor import open_floor

PUBLIC = {
    ("GET", "/health"),
    ("GET", "/ready"),
    ("GET", "/metrics"),  # asks for an admin itself, but on this machine
    ("POST", "/v1/auth/login"),
    ("POST", "/v1/auth/refresh"),
    ("GET", "/api/v1/health"),
    ("POST", "/api/v1/auth/login"),
    ("POST", "/api/v1/auth/refresh"),
    ("GET", "/v1/runs/{run_id}/report.html"),  # asks for its owner, or for the signature of the link
    ("GET", "/v1/runs/{run_id}/report.png"),  # as report.html
    ("GET", "/v1/runs/compare/{ids}/report.html"),  # as report.html
    ("POST", "/api/auth/login"),
    ("POST", "/api/auth/refresh"),
    ("POST", "/api/auth/verify-mfa"),  # asks for what the sign-in gave, or for who is signed in
}
PAGES = {"/openapi.json", "/openapi/{contract}.json", "/asyncapi.json", "/docs", "/redoc", "/docs/static"}


def routes():
    """All routes with a method, as (method, template, route)."""
    return [
        (method, context.path, context)
        for context in iter_route_contexts(build().app.routes)
        if context.path not in PAGES and hasattr(context, "methods")
        for method in sorted(context.methods or ())
        if method != "HEAD"
    ]


GUARDED = [(method, path, policy_of(route).scope) for method, path, route in routes() if policy_of(route)]


@pytest.mark.line("P3", "E7")
def test_a_route_without_a_declared_policy_fails_here():
    assert {(method, path) for method, path, route in routes() if policy_of(route) is None} == PUBLIC


def test_every_route_reads_its_body_strictly():
    assert not [path for _, path, context in routes() if not isinstance(context.original_route, StrictRoute)]


def test_there_are_routes_to_guard():
    assert ("POST", "/v1/users", Scope.ADMIN) in GUARDED


async def call(client, method, path, **headers):
    return await client.request(method, re.sub(r"\{[^}]*\}", "x", path), json={}, headers=headers)


@pytest.mark.parametrize(("method", "path", "scope"), GUARDED)
@pytest.mark.line("P3", "E7")
async def test_without_good_credentials_nobody_gets_in(method, path, scope):
    system = build(quota=NoQuota())
    await system.add("ada")
    token = (await system.sign_in("ada")).access_token
    refresh = (await system.sign_in("ada")).refresh_token
    head, claims, signature = token.split(".")
    bad = ["", "x", "ob_x_y", refresh, f"{head}.{claims}.", f"{head}.{claims[:-2]}.{signature}", token + "A", "é"]
    async with system.client() as client:
        seen = {(await call(client, method, path)).status_code}
        for text in bad:
            for name in (b"authorization", b"x-api-key"):
                value = text.encode() if name == b"x-api-key" else b"Bearer " + text.encode()
                path_x = re.sub(r"\{[^}]*\}", "x", path)
                seen.add((await client.request(method, path_x, json={}, headers=[(name, value)])).status_code)
    assert seen == {401}


@pytest.mark.parametrize("role", Role)
@pytest.mark.line("P3", "E7", "C22")
async def test_a_role_opens_exactly_the_routes_of_its_scopes(role, tmp_path):
    async with open_floor(tmp_path) as floor:
        client = await floor.client("ada", role)
        assert len(GUARDED) > 50
        for method, path, scope in GUARDED:
            if path.endswith("/auth/logout"):
                continue
            status = (await call(client, method, path)).status_code
            assert (status == 403) == (scope not in SCOPES_OF_ROLE[role]), (method, path, status)
