"""A page stays signed in over a reload: its refresh token is in a cookie that no script can read."""

import pytest

import platform_floor
from edge_system import PASSWORD, build

PAGE = {"x-openbell-session": "cookie"}


async def sign_in(client, **sent):
    return await client.post("/v1/auth/login", json={"email": "ada", "password": PASSWORD}, **sent)


async def test_a_page_gets_its_refresh_token_in_a_cookie_alone(system, client):
    await system.add("ada")
    answer = await sign_in(client, headers=PAGE)
    cookie = answer.headers["set-cookie"].lower()
    assert answer.json()["refresh_token"] == ""
    assert all(word in cookie for word in ("httponly", "samesite=strict", "path=/v1/auth", "max-age=2592000"))


async def test_a_session_lives_unused_for_as_long_as_the_settings_say(tmp_path):
    async with platform_floor.open_floor(tmp_path, refresh_token_days=2) as floor:
        client = await floor.client("bea")
        given = {"email": "admin@openbell.local", "password": platform_floor.PASSWORD}
        answer = await client.post("/v1/auth/login", json=given, headers=PAGE)
    assert "max-age=172800" in answer.headers["set-cookie"].lower(), answer.text


async def test_who_does_not_ask_for_a_cookie_gets_none(system, client):
    await system.add("ada")
    answer = await sign_in(client)
    assert answer.json()["refresh_token"]
    assert "set-cookie" not in answer.headers


async def test_the_cookie_gives_a_new_access_token_and_is_changed(system, client):
    await system.add("ada")
    await sign_in(client, headers=PAGE)
    before = client.cookies["openbell_session"]
    answer = await client.post("/v1/auth/refresh", headers=PAGE)
    assert answer.json()["refresh_token"] == ""
    assert client.cookies["openbell_session"] != before
    bearer = {"authorization": f"Bearer {answer.json()['access_token']}"}
    assert (await client.get("/v1/auth/me", headers=bearer)).status_code == 200


@pytest.mark.parametrize("headers", [{}, {"x-openbell-session": "yes"}])
async def test_the_cookie_counts_for_nothing_without_the_header_of_the_page(system, client, headers):
    await system.add("ada")
    await sign_in(client, headers=PAGE)
    assert (await client.post("/v1/auth/refresh", headers=headers)).status_code == 400


async def test_a_page_of_another_origin_may_not_send_the_header(store):
    system = build(store=store, cors_origins=frozenset({"http://localhost:3002"}))
    asked = {
        "origin": "http://localhost:3002",
        "access-control-request-method": "POST",
        "access-control-request-headers": "x-openbell-session",
    }
    async with system.client(headers=asked) as client:
        allowed = (await client.options("/v1/auth/refresh")).headers["access-control-allow-headers"]
    assert "x-openbell-session" not in allowed.lower()


async def test_signing_out_ends_the_session_and_takes_the_cookie_away(system, client):
    await system.add("ada")
    token = (await sign_in(client, headers=PAGE)).json()["access_token"]
    kept = client.cookies["openbell_session"]
    await client.post("/v1/auth/logout", headers={"authorization": f"Bearer {token}"})
    assert "openbell_session" not in client.cookies
    again = {**PAGE, "cookie": f"openbell_session={kept}"}
    assert (await client.post("/v1/auth/refresh", headers=again)).status_code == 401


async def test_over_tls_the_cookie_is_sent_over_tls_alone(system):
    await system.add("ada")
    async with system.client() as client:
        plain = await sign_in(client, headers=PAGE)
        secure = await client.post(
            "https://test/v1/auth/login", json={"email": "ada", "password": PASSWORD}, headers=PAGE
        )
    assert "secure" not in plain.headers["set-cookie"].lower()
    assert "secure" in secure.headers["set-cookie"].lower()
