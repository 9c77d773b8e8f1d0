"""A second factor's codes: which are right, that each is good once, and that they cannot be guessed."""

import re

import pyotp
import pytest
from msgspec.structs import replace

from fakes import SteppedClock
from openbell.adapters.sql.database import open_database
from openbell.adapters.vault import AesVault
from openbell.domain.access import Principal, Role, Scope, User
from openbell.services.limiter import Limiter
from openbell.services.mfa import Mfa, MfaState
from openbell.services.refused import AccessCode, AccessRefused

START_S = 1_800_000_000  # the beginning of a step
ADA = User(user_id="u1", email="", username="ada", role=Role.TRADER, account_id="acc", password_hash="x", created_ns=1)
SIGNED_IN = Principal(
    user_id="u1", username="ada", role=Role.TRADER, account_id="acc", scopes=frozenset({Scope.READ}), session_id="s1"
)


class Device:
    """What somebody has who set up a second factor, and the service that checks its codes."""

    def __init__(self, mfa, clock):
        self.mfa, self.clock, self.setup = mfa, clock, None

    def code(self, steps=0):
        """The code of the present step, or of one so many later."""
        return pyotp.TOTP(self.setup.secret).generate_otp(self.clock.now // 30_000_000_000 + steps)

    async def refusal(self, code):
        """Why a code is not taken; None when it is."""
        try:
            await self.mfa.check("u1", code)
        except AccessRefused as refused:
            return refused.code
        return None


@pytest.fixture
async def waiting(tmp_path):
    """A factor that was set up and waits for its first code."""
    database, clock = open_database(tmp_path), SteppedClock(START_S * 1_000_000_000)
    await database.access.add_user(ADA)
    vault = AesVault(b"k" * 32)
    limiter = Limiter(monotonic_ns=clock.now_ns)
    device = Device(Mfa(store=database.mfa, vault=vault, clock=clock, limits=limiter), clock)
    device.setup = await device.mfa.begin(SIGNED_IN)
    yield device
    database.close()


@pytest.fixture
async def device(waiting):
    """A factor that is enabled, ten minutes later."""
    await waiting.mfa.confirm(SIGNED_IN, waiting.code())
    waiting.clock.step(600)
    return waiting


async def test_a_factor_that_waits_asks_nobody_for_a_code_and_takes_none(waiting):
    assert await waiting.mfa.state("u1") == MfaState(is_enabled=False, recovery_codes_left=0)
    assert await waiting.refusal(waiting.code()) is AccessCode.MFA_NOT_BEGUN
    assert await waiting.refusal(waiting.setup.recovery_codes[0]) is AccessCode.MFA_NOT_BEGUN
    await waiting.mfa.confirm(SIGNED_IN, waiting.code())
    assert await waiting.mfa.state("u1") == MfaState(is_enabled=True, recovery_codes_left=10)


async def test_there_is_nothing_to_confirm_where_none_waits(device):
    for user in (SIGNED_IN, replace(SIGNED_IN, user_id="nobody")):
        with pytest.raises(AccessRefused) as refused:
            await device.mfa.confirm(user, device.code())
        assert refused.value.code is AccessCode.MFA_NOT_BEGUN
    assert not await device.mfa.is_enabled("nobody")
    with pytest.raises(AccessRefused):
        await device.mfa.check("nobody", device.code())


@pytest.mark.parametrize(("steps", "is_taken"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
async def test_a_clock_may_be_off_by_a_step(device, steps, is_taken):
    assert (await device.refusal(device.code(steps)) is None) is is_taken


async def test_a_code_is_good_to_the_last_moment_of_the_step_after_its_own(device):
    late, later = device.code(), device.code(1)
    device.clock.step(59.999)
    assert await device.refusal(late) is None
    device.clock.step(30.001)
    assert await device.refusal(later) is AccessCode.INVALID_MFA_TOKEN


async def test_a_code_and_those_before_it_are_good_once(device):
    now, before = device.code(), device.code(-1)
    assert await device.refusal(f" {now[:3]} {now[3:]} ") is None
    assert [await device.refusal(code) for code in (now, before)] == [AccessCode.INVALID_MFA_TOKEN] * 2
    assert await device.refusal(device.code(1)) is None


async def test_a_recovery_code_is_good_once_however_it_is_typed(device):
    first, second = device.setup.recovery_codes[:2]
    assert await device.refusal(f"  {first.replace('-', '').lower()} ") is None
    assert await device.refusal(first) is AccessCode.INVALID_MFA_TOKEN
    assert await device.refusal(second.replace("-", " ")) is None
    assert (await device.mfa.state("u1")).recovery_codes_left == 8


async def test_of_a_text_that_is_too_long_for_a_code_the_end_is_not_read(device):
    now, recovery = device.code(), device.setup.recovery_codes[0]
    assert await device.refusal(now + "0" * 26 + "x") is AccessCode.INVALID_MFA_TOKEN
    assert await device.refusal("-" * 64 + recovery) is AccessCode.INVALID_MFA_TOKEN
    assert await device.refusal("-" * (64 - len(recovery)) + recovery) is None


async def test_of_ten_tries_in_five_minutes_the_last_may_still_be_right(device):
    assert [await device.refusal("000000") for _ in range(9)] == [AccessCode.INVALID_MFA_TOKEN] * 9
    assert await device.refusal(device.code()) is None
    with pytest.raises(AccessRefused) as refused:
        await device.mfa.check("u1", device.code(1))
    assert (refused.value.code, refused.value.retry_after_s) == (AccessCode.TOO_MANY_CODES, 300)
    device.clock.step(300)
    assert await device.refusal(device.code()) is None


async def test_whoever_uses_up_the_tries_does_not_lock_out_somebody_with_a_recovery_code(device):
    for _ in range(20):
        await device.refusal("000000")
    assert await device.refusal(device.code()) is AccessCode.TOO_MANY_CODES
    first, second = device.setup.recovery_codes[:2]
    assert await device.refusal(first) is None
    assert await device.refusal(first) is AccessCode.TOO_MANY_CODES
    assert await device.refusal(second) is None


async def test_an_enabled_factor_ends_with_a_code_or_by_an_admin_and_only_once(device):
    with pytest.raises(AccessRefused):
        await device.mfa.begin(SIGNED_IN)
    with pytest.raises(AccessRefused):
        await device.mfa.disable(SIGNED_IN, "000000")
    assert await device.mfa.is_enabled("u1")
    await device.mfa.disable(SIGNED_IN, device.code())
    assert [await device.mfa.is_enabled("u1"), await device.mfa.reset("u1")] == [False, False]
    device.setup = await device.mfa.begin(SIGNED_IN)
    assert [await device.mfa.reset("u1"), await device.mfa.reset("u1")] == [True, False]


async def test_somebody_who_is_gone_sets_up_no_second_factor(device):
    gone = replace(SIGNED_IN, user_id="deleted")
    with pytest.raises(AccessRefused) as refused:
        await device.mfa.begin(gone)
    assert refused.value.code is AccessCode.NOT_FOUND
    assert not await device.mfa.reset("deleted")


def test_recovery_codes_are_sixteen_characters_that_are_easy_to_copy(waiting):
    codes = waiting.setup.recovery_codes
    assert all(re.fullmatch(r"[A-Z2-7]{4}(-[A-Z2-7]{4}){3}", code) for code in codes)
    assert len(set(codes)) == 10


@pytest.mark.parametrize("session_id", ["", "s1"])
async def test_a_key_has_no_second_factor_nor_has_a_session_of_its_own(device, session_id):
    bot = replace(SIGNED_IN, session_id=session_id, key_id="k1")
    for asked in (device.mfa.begin(bot), device.mfa.confirm(bot, "0"), device.mfa.disable(bot, device.code())):
        with pytest.raises(AccessRefused) as refused:
            await asked
        assert refused.value.code is AccessCode.FORBIDDEN
