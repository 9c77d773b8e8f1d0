"""The second factor: time-based one-time codes (RFC 6238), each good once, and recovery codes for a lost device."""

import base64
import hmac
import secrets

import msgspec
import pyotp

from openbell.domain.access import Principal, SecondFactor
from openbell.domain.values import NANOS_PER_SECOND
from openbell.ports import Clock, MfaStore, SealBroken, Vault
from openbell.services.limiter import Limit, Limiter, Limits
from openbell.services.principals import hash_of
from openbell.services.refused import AccessCode, AccessRefused

ISSUER = "Openbell"
STEP_S = 30
CLOCK_DRIFT_STEPS = 1
"""Steps that a device's clock may be off, either way."""
RECOVERY_CODES = 10
RECOVERY_BYTES = 10
"""80 bits of chance in a recovery code: nobody guesses that, and its plain hash may be kept."""
DOT_PIXELS = 4
"""Side of a dot of a QR code."""
CODE_LENGTH_MAX = 32
ATTEMPTS = Limit(10, 300)
"""Codes that may be tried for one user, wherever they come from: one guess is right three times in a million."""


class Enrollment(msgspec.Struct, frozen=True, kw_only=True):
    """What a user needs to set up a device, shown once."""

    secret: str
    otpauth_uri: str
    qr_code: str
    """The address as a QR code: an SVG in a data address."""
    recovery_codes: tuple[str, ...]


class MfaState(msgspec.Struct, frozen=True, kw_only=True):
    """Whether a user's sign-in asks for a code, and how many recovery codes are left."""

    is_enabled: bool
    recovery_codes_left: int


class Mfa:
    """Second factors. A factor is asked for once its first code was right; each code then works once, for ever."""

    def __init__(self, *, store: MfaStore, vault: Vault, clock: Clock, limits: Limits | None = None) -> None:
        self._store = store
        self._vault = vault
        self._clock = clock
        self._limits: Limits = limits or Limiter()

    async def is_enabled(self, user_id: str) -> bool:
        """Tell whether a user's sign-in needs a code."""
        factor = await self._store.factor(user_id)
        return factor is not None and factor.enabled_ns is not None

    async def state(self, user_id: str) -> MfaState:
        """Say how a user's second factor stands."""
        enabled = await self.is_enabled(user_id)
        left = await self._store.recovery_codes_left(user_id) if enabled else 0
        return MfaState(is_enabled=enabled, recovery_codes_left=left)

    async def begin(self, principal: Principal) -> Enrollment:
        """Make a secret that waits for its first code. Raises AccessRefused when a factor is enabled."""
        _check_person(principal)
        secret = pyotp.random_base32()
        codes = tuple(_new_recovery_code() for _ in range(RECOVERY_CODES))
        factor = SecondFactor(
            user_id=principal.user_id,
            sealed_secret=self._vault.seal(secret.encode(), context=principal.user_id),
            created_ns=self._clock.now_ns(),
        )
        try:
            is_begun = await self._store.begin(factor, code_hashes=[_recovery_hash(code) for code in codes])
        except KeyError:
            raise AccessRefused(AccessCode.NOT_FOUND, "No such user is known to you.") from None
        if not is_begun:
            raise AccessRefused(AccessCode.MFA_ENABLED, "A second factor is enabled; disable it first.")
        uri = pyotp.TOTP(secret).provisioning_uri(name=principal.username, issuer_name=ISSUER)
        # Only who enables a second factor waits for what draws it.
        import segno  # noqa: PLC0415

        qr_code = segno.make(uri, error="m").svg_data_uri(scale=DOT_PIXELS)
        return Enrollment(secret=secret, otpauth_uri=uri, qr_code=qr_code, recovery_codes=codes)

    async def confirm(self, principal: Principal, code: str) -> None:
        """Enable the waiting factor with its first right code. Raises AccessRefused."""
        _check_person(principal)
        factor = await self._store.factor(principal.user_id)
        if factor is None or factor.enabled_ns is not None:
            raise AccessRefused(AccessCode.MFA_NOT_BEGUN, "No second factor waits for its first code; set one up.")
        too_many = await self._too_many(principal.user_id)
        if too_many is not None:
            raise too_many
        step = self._step_of(factor, code)
        now = self._clock.now_ns()
        if step is None or not await self._store.enable(principal.user_id, step=step, at_ns=now):
            raise _wrong_code()

    async def check(self, user_id: str, code: str) -> None:
        """Use up a one-time or recovery code of an enabled factor. Raises AccessRefused for a wrong or used one.

        Nobody guesses a recovery code: one is as good as ever when too many codes were tried, so that whoever has
        somebody's password and tries them all day does not lock them out; nor does a secret that is lost.
        """
        factor = await self._store.factor(user_id)
        if factor is None or factor.enabled_ns is None:
            raise AccessRefused(AccessCode.MFA_NOT_BEGUN, "No second factor is enabled.")
        step, wrong = await self._tried(factor, code)
        if step is not None:
            is_good = await self._store.use_step(user_id, step=step)
        else:
            code_hash, now = _recovery_hash(code), self._clock.now_ns()
            is_good = await self._store.use_recovery_code(user_id, code_hash=code_hash, at_ns=now)
        if not is_good:
            raise wrong

    async def disable(self, principal: Principal, code: str) -> None:
        """Take the second factor away; that needs a code. Raises AccessRefused."""
        _check_person(principal)
        await self.check(principal.user_id, code)
        await self._store.remove(principal.user_id)

    async def reset(self, user_id: str) -> bool:
        """Take away the second factor of somebody who has lost it; False when there is none. For admins."""
        had = await self._store.factor(user_id) is not None
        await self._store.remove(user_id)
        return had

    async def _tried(self, factor: SecondFactor, code: str) -> tuple[int | None, AccessRefused]:
        """Give the time step whose code this is, and what is to be said if it is of no use."""
        too_many = await self._too_many(factor.user_id)
        if too_many is not None:
            return None, too_many
        try:
            return self._step_of(factor, code), _wrong_code()
        except AccessRefused as lost:
            return None, lost

    def _step_of(self, factor: SecondFactor, code: str) -> int | None:
        """Give the time step whose code this is. All that are allowed are compared, so that time tells nothing."""
        given = code.strip().replace(" ", "")[:CODE_LENGTH_MAX].encode()
        secret = self._secret_of(factor)
        device = pyotp.TOTP(secret, interval=STEP_S)
        present = self._clock.now_ns() // (STEP_S * NANOS_PER_SECOND)
        steps = range(present - CLOCK_DRIFT_STEPS, present + CLOCK_DRIFT_STEPS + 1)
        right = [step for step in steps if hmac.compare_digest(device.generate_otp(step).encode(), given)]
        return right[-1] if right else None

    def _secret_of(self, factor: SecondFactor) -> str:
        try:
            return self._vault.unseal(factor.sealed_secret, context=factor.user_id).decode()
        except SealBroken:
            text = "The secret of this second factor does not open any more; ask an admin to reset it."
            raise AccessRefused(AccessCode.SECRET_LOST, text) from None

    async def _too_many(self, user_id: str) -> AccessRefused | None:
        """Count a try; gives why it is one too many."""
        verdict = await self._limits.take("mfa", user_id, ATTEMPTS)
        if verdict.is_allowed:
            return None
        text = f"Too many codes were tried; try again in {verdict.retry_after_s} seconds."
        return AccessRefused(AccessCode.TOO_MANY_CODES, text, retry_after_s=verdict.retry_after_s)


def _check_person(principal: Principal) -> None:
    # A session that a signing key began is the key's: else whoever has it could lock its owner out.
    if not principal.session_id or principal.key_id:
        raise AccessRefused(AccessCode.FORBIDDEN, "Second factors are for people who signed in, not for API keys.")


def _new_recovery_code() -> str:
    text = base64.b32encode(secrets.token_bytes(RECOVERY_BYTES)).decode()
    return "-".join(text[start : start + 4] for start in range(0, len(text), 4))


def _recovery_hash(code: str) -> str:
    return hash_of(code[: 2 * CODE_LENGTH_MAX].strip().replace("-", "").replace(" ", "").upper())


def _wrong_code() -> AccessRefused:
    return AccessRefused(AccessCode.INVALID_MFA_TOKEN, "This code is wrong or was used before.", field="mfa_token")
