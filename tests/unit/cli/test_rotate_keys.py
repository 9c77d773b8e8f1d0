"""`openbell keys rotate`: new keys for old, and every sealed secret opens as before, a crash in between included."""

import asyncio

import pyotp
import pytest

from live_system import live_system
from openbell.adapters import secrets
from openbell.bootstrap import rotation
from openbell.domain.access import KeyKind, Role, Scope
from openbell.domain.values import NANOS_PER_SECOND
from openbell.services.keys import NewKey
from openbell.services.principals import principal_of
from waiting import early_in_a_step


async def furnish(folder):
    """Leave a user with a second factor and a signing key; give what opens them."""
    async with live_system(folder) as live:
        user = await live.add("ada", Role.TRADER)
        caller = principal_of(user, scopes=frozenset(Scope), session_id="s")
        factor = await live.services.mfa.begin(caller)
        early_in_a_step()
        step = live.services.signing._clock.now_ns() // (30 * NANOS_PER_SECOND)
        await live.services.mfa.confirm(caller, pyotp.TOTP(factor.secret).generate_otp(step - 1))
        wanted = NewKey(name="bot", scopes=frozenset({Scope.READ}), kind=KeyKind.SIGNING)
        key = await live.services.keys.create(caller, wanted)
        token = (await live.services.access.begin(user)).access_token
        return factor, key, token


def keys_in(folder):
    return {name: (folder / file).read_bytes() for name, file in rotation.FILES.items()}


@pytest.mark.parametrize("runs", [1, 3])
async def test_every_key_changes_and_every_secret_opens(openbell, tmp_path, runs):
    folder = tmp_path / "data"
    _, key, token = await furnish(folder)
    before, sealed = keys_in(folder), key.key.sealed_secret
    for _ in range(runs):
        outcome = await asyncio.to_thread(openbell, "keys", "rotate")
        assert outcome.exit_code == 0 and "2 secrets sealed anew" in outcome.output, outcome.output
    after = keys_in(folder)
    assert all(len(after[name]) == 32 and after[name] != before[name] for name in after)
    async with live_system(folder) as live:
        stored = (await live.system.database.access.keys(key.key.user_id))[0]
        assert stored.sealed_secret != sealed and live.services.signing._secret(stored).decode() == key.secret
        assert await live.services.access.authenticate(token, client_ip="") is None, "signed with the old key"
        assert (await live.services.audit.check()).problem == ""
    assert (folder / "vault.key").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("where", ["renew_seals", "last"])
async def test_a_crash_in_between_loses_no_secret_and_doing_it_again_finishes(tmp_path, monkeypatch, where):
    folder = tmp_path / "data"
    factor, key, _ = await furnish(folder)
    writes = []

    def crash(*given):
        if where == "last" and not writes:
            writes.append(given)
            return secrets.replace_key(*given)
        raise OSError("the power went")

    with monkeypatch.context() as broken:
        broken.setattr(rotation, "replace_key" if where == "last" else "renew_seals", crash)
        with pytest.raises(OSError, match="power"):
            await asyncio.to_thread(rotation.rotate, folder, "vault")
    async with live_system(folder) as live:
        stored = (await live.system.database.access.keys(key.key.user_id))[0]
        assert live.services.signing._secret(stored).decode() == key.secret
        kept = await live.system.database.mfa.factor(key.key.user_id)
        assert live.services.mfa._secret_of(kept) == factor.secret
    assert (await asyncio.to_thread(rotation.rotate, folder, "vault")).resealed == 2
    assert len((folder / "vault.key").read_bytes()) == 32


async def test_a_running_server_keeps_its_keys(openbell, tmp_path):
    async with live_system(tmp_path / "data"):
        before = keys_in(tmp_path / "data")
        assert (await asyncio.to_thread(openbell, "keys", "rotate", "signing")).exit_code == 3
        assert keys_in(tmp_path / "data") == before
    assert (await asyncio.to_thread(openbell, "keys", "rotate", "nothing")).exit_code == 2
