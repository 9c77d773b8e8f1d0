"""ports.AccessStore: logins are unique, keys and sessions go with their user, a refresh token works once."""

import asyncio
import traceback

import pytest
from msgspec.structs import replace
from sqlalchemy import update

from openbell.adapters.sql.schema import users
from openbell.domain.access import ApiKey, Role, Scope, Session, User

ANN = User(
    user_id="u1",
    email="Ann@Example.org",
    username="ann",
    role=Role.TRADER,
    account_id="a",
    password_hash="h",
    created_ns=1,
)
BOB = replace(ANN, user_id="u2", email="bob@example.org", username="bob", created_ns=2)
KEY = ApiKey(
    key_id="k1",
    user_id="u1",
    name="bot",
    prefix="ob_x",
    secret_hash="s",
    scopes=frozenset({Scope.READ, Scope.TRADE}),
    created_ns=1,
    allowed_networks=("10.0.0.0/8", "::1/128"),
)
SESSION = Session(session_id="s1", user_id="u1", refresh_hash="one", created_ns=100, expires_ns=200)


@pytest.fixture
async def access(database):
    await database.access.add_user(ANN)
    return database.access


async def test_a_user_is_found_by_id_and_login_without_regard_to_case(access):
    assert await access.user("u1") == ANN
    for login in ("ann@example.org", "ANN", "Ann@Example.org"):
        assert await access.user_by_login(login) == ANN
    assert await access.user_by_login("bob") is None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("jos\u00e9@e.org", "jose\u0301@e.org"),
        ("\uff41nna@e.org", "anna@e.org"),
        ("stra\u00dfe@e.org", "STRASSE@e.org"),
    ],
)
async def test_a_login_is_one_however_its_letters_are_written(access, one, other):
    bob = replace(BOB, email=one)
    await access.add_user(bob)
    assert [await access.user_by_login(login) for login in (one, other)] == [bob, bob]
    with pytest.raises(KeyError, match="email"):
        await access.add_user(replace(BOB, user_id="u3", username="bob3", email=other))


async def test_a_login_that_an_earlier_version_kept_as_it_was_typed_still_finds_its_user(access):
    bob, typed = replace(BOB, email="jose\u0301@e.org"), "Jose\u0301@e.org"
    await access.add_user(bob)
    as_before = update(users).where(users.c.user_id == bob.user_id).values(email_key=typed.casefold())
    await access._runner.write(lambda connection: connection.execute(as_before))
    assert await access.user_by_login(typed) == bob


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"email": "ANN@example.org"}, "email"),
        ({"username": "Ann"}, "username"),
        ({"username": "ann@example.org"}, "username"),
    ],
)
async def test_a_login_names_one_user(access, changes, field):
    with pytest.raises(KeyError, match=field):
        await access.add_user(replace(BOB, **changes))
    await access.add_user(BOB)
    with pytest.raises(KeyError, match=field):
        await access.update_user(replace(BOB, **changes))
    assert await access.users() == [ANN, BOB]


async def test_of_two_sign_ups_at_once_one_wins(access):
    twins = [replace(BOB, user_id=f"t{number}") for number in range(5)]
    results = await asyncio.gather(*map(access.add_user, twins), return_exceptions=True)
    assert [type(result) for result in results].count(KeyError) == 4


async def test_a_user_can_be_changed(access):
    changed = replace(ANN, role=Role.ADMIN, is_active=False, email="new@example.org")
    await access.update_user(changed)
    assert await access.user_by_login("new@example.org") == changed


async def test_a_key_is_found_by_its_hash_and_revoked(access):
    await access.add_key(KEY)
    assert await access.key_by_hash("s") == KEY
    await access.update_key(replace(KEY, revoked_ns=5, scopes=frozenset(), allowed_networks=()))
    assert await access.keys("u1") == [replace(KEY, revoked_ns=5, scopes=frozenset(), allowed_networks=())]


async def test_a_deleted_user_takes_keys_and_sessions_along(access):
    await access.add_key(KEY)
    await access.add_session(SESSION)
    await access.delete_user("u1")
    assert (await access.user("u1"), await access.key_by_hash("s"), await access.session("s1")) == (None, None, None)


async def test_of_twenty_refreshes_with_one_token_one_wins(access):
    await access.add_session(SESSION)
    won = await asyncio.gather(
        *(
            access.rotate_session("s1", old_hash="one", new_hash=f"new{number}", at_ns=120, expires_ns=500)
            for number in range(20)
        )
    )
    assert won.count(True) == 1
    kept = await access.session("s1")
    assert (kept.refresh_hash, kept.refreshed_ns, kept.expires_ns) == (f"new{won.index(True)}", 120, 500)


async def test_sessions_are_listed_newest_first_and_only_their_owners(access):
    later = replace(SESSION, session_id="s2", created_ns=SESSION.created_ns + 1, client_ip="::1", agent="phone")
    await access.add_user(BOB)
    for one in (SESSION, later, replace(SESSION, session_id="s3", user_id=BOB.user_id)):
        await access.add_session(one)
    assert await access.sessions("u1") == [later, SESSION]


async def test_an_ended_session_does_not_rotate_and_keeps_its_end(access):
    await access.add_session(SESSION)
    for at_ns in (150, 160):
        await access.revoke_session("s1", at_ns=at_ns)
    assert not await access.rotate_session("s1", old_hash="one", new_hash="two", at_ns=170, expires_ns=500)
    assert await access.session("s1") == replace(SESSION, revoked_ns=150)


async def test_sessions_that_ran_out_are_dropped_when_one_begins(access):
    await access.add_session(SESSION)
    await access.add_session(replace(SESSION, session_id="s2", created_ns=300, expires_ns=400))
    assert await access.session("s1") is None


async def test_what_is_written_is_there_after_a_restart(reopen):
    await reopen().access.add_user(ANN)
    assert await reopen().access.users() == [ANN]


async def test_a_refresh_token_that_was_used_stays_used_after_a_restart(reopen):
    access = reopen().access
    await access.add_user(ANN)
    await access.add_session(SESSION)
    assert await access.rotate_session("s1", old_hash="one", new_hash="two", at_ns=120, expires_ns=500)
    access = reopen().access
    assert not await access.rotate_session("s1", old_hash="one", new_hash="three", at_ns=130, expires_ns=500)
    assert await access.rotate_session("s1", old_hash="two", new_hash="three", at_ns=130, expires_ns=500)


async def test_what_a_failed_change_was_given_is_in_no_text_of_its_error(access):
    await access.add_key(KEY)
    given = (
        access.add_user(replace(BOB, user_id="u1", password_hash="canary-password")),
        access.add_key(replace(KEY, secret_hash="canary-secret", sealed_secret=b"canary-seal")),
        access.add_session(replace(SESSION, refresh_hash="canary-refresh", expires_ns=2**63)),
    )
    for change in given:
        with pytest.raises(Exception, match=r".") as failed:
            await change
        assert "canary" not in "".join(traceback.format_exception(failed.value))
