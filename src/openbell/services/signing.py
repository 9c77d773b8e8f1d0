"""Signed requests: HMAC-SHA256 over a published text, within a window of time, each once.

What is signed is, joined by newlines: the method, the path with its query as sent, the timestamp as sent, the nonce
(empty without one) and the raw body. Who signs in sends the signature inside the body, so for that the body is empty.
"""

import hashlib
import hmac

import msgspec

from openbell.domain.access import ApiKey, KeyKind, Principal
from openbell.domain.values import NANOS_PER_SECOND, Nanos
from openbell.ports import AccessStore, Clock, NonceStore, SealBroken, Vault
from openbell.services.access import Access, SignedIn
from openbell.services.demo import DEMO_API_KEY, Demo
from openbell.services.passwords import Passwords
from openbell.services.principals import Principals, hash_of
from openbell.services.refused import AccessCode, AccessRefused

RECV_WINDOW_MS = 5_000
RECV_WINDOW_MS_MAX = 60_000
AHEAD_NS_MAX = NANOS_PER_SECOND
"""How far a client's clock may be ahead of ours; the end is excluded."""
NONCE_KEPT_NS = 24 * 3600 * NANOS_PER_SECOND
"""How long a nonce is remembered: far longer than any window, so that setting the clock back revives none."""
NONCE_LENGTH_MAX = 128
SECONDS_BELOW = 100_000_000_000
"""A timestamp below this is in seconds, any other in milliseconds."""
_NANOS_PER_MILLI = 1_000_000
_DIGITS_MAX = 15
_NOBODYS_SECRET = b"nobody signs with this"


class SignedCall(msgspec.Struct, frozen=True, kw_only=True):
    """What a caller sent to be recognised by. `timestamp` is the text as sent, in seconds or milliseconds."""

    api_key: str
    signature: str
    timestamp: str
    nonce: str = ""
    recv_window_ms: int = RECV_WINDOW_MS
    method: str
    path: str
    body: bytes = b""


def signature_of(call: SignedCall, secret: bytes) -> str:
    """Give the signature that a call must carry: HMAC-SHA256 as lower-case hexadecimal."""
    text = f"{call.method}\n{call.path}\n{call.timestamp}\n{call.nonce}\n"
    return hmac.new(secret, text.encode("utf-8", "surrogatepass") + call.body, hashlib.sha256).hexdigest()


class Signing:
    """Recognises callers by their signatures."""

    def __init__(
        self,
        *,
        store: AccessStore,
        nonces: NonceStore,
        vault: Vault,
        clock: Clock,
        principals: Principals,
        passwords: Passwords,
        access: Access,
        demo: Demo | None = None,
    ) -> None:
        self._store = store
        self._nonces = nonces
        self._vault = vault
        self._clock = clock
        self._principals = principals
        self._passwords = passwords
        self._access = access
        self._demo = demo

    async def authenticate(self, call: SignedCall, *, client_ip: str) -> Principal:
        """Give the caller behind a signed request. Raises AccessRefused, alike for a wrong key and signature."""
        key = await self._key(call.api_key)
        secret = _NOBODYS_SECRET if key is None else self._secret(key)
        is_right = hmac.compare_digest(signature_of(call, secret).encode(), _ascii(call.signature))
        if key is None or not is_right:
            raise _not_known()
        caller = await self._admitted(key, client_ip)
        # Only who holds the secret learns what is wrong with the time or the nonce.
        self._check_time(call)
        await self._use_nonce(call, key)
        return caller

    async def sign_in(self, call: SignedCall, *, client_ip: str) -> SignedIn:
        """Begin a session with a signature; it may do no more than the key. Raises AccessRefused."""
        # The cost of a password, whoever asks: no sign-in is quicker to try than another.
        await self._passwords.matches(call.signature[:64], None)
        caller = await self.recognise(call, client_ip=client_ip)
        user = await self._store.user(caller.user_id)
        if user is None:
            raise _not_known()
        return await self._access.begin(user, key_id=caller.key_id)

    async def subject_of(self, api_key: str) -> str:
        """Give what attempts to sign in with a key are counted by: its user, as with a password."""
        key = await self._key(api_key)
        return api_key if key is None else key.user_id

    async def recognise(self, call: SignedCall, *, client_ip: str) -> Principal:
        """Give the caller who signs in; in development the published literals will do. Raises AccessRefused."""
        if self._demo is not None and self._demo.accepts(call.api_key, call.signature):
            key = await self._demo.key()
            if key is not None:
                return await self._admitted(key, client_ip)
        return await self.authenticate(call, client_ip=client_ip)

    async def _key(self, api_key: str) -> ApiKey | None:
        if api_key == DEMO_API_KEY:
            return None if self._demo is None else await self._demo.key()
        key = await self._store.key_by_hash(hash_of(api_key))
        return key if key is not None and key.kind is KeyKind.SIGNING else None

    async def _admitted(self, key: ApiKey, client_ip: str) -> Principal:
        caller = await self._principals.of_key(key, client_ip=client_ip)
        if caller is None:
            raise _not_known()
        return caller

    def _secret(self, key: ApiKey) -> bytes:
        try:
            return self._vault.unseal(key.sealed_secret or b"", context=key.key_id)
        except SealBroken:
            text = "The secret of this key does not open any more; revoke it and make a new one."
            raise AccessRefused(AccessCode.SECRET_LOST, text) from None

    def _check_time(self, call: SignedCall) -> None:
        sent, now = instant_of(call.timestamp), self._clock.now_ns()
        window = min(max(call.recv_window_ms, 1), RECV_WINDOW_MS_MAX) * _NANOS_PER_MILLI
        if sent is None or not now - window <= sent < now + AHEAD_NS_MAX:
            raise AccessRefused(
                AccessCode.TIMESTAMP_OUT_OF_WINDOW,
                f"The timestamp is outside the window of {window // _NANOS_PER_MILLI} ms; "
                f"the time here is {now // _NANOS_PER_MILLI}.",
                field="timestamp",
            )

    async def _use_nonce(self, call: SignedCall, key: ApiKey) -> None:
        """Use the nonce up; without one the signature stands for it, as no other request has the same."""
        now = self._clock.now_ns()
        nonce = f"n:{call.nonce}" if call.nonce else f"s:{call.signature.lower()}"
        is_fresh = await self._nonces.use(key.key_id, nonce, expires_ns=now + NONCE_KEPT_NS, now_ns=now)
        if not is_fresh:
            raise AccessRefused(
                AccessCode.NONCE_REUSED, "This nonce was used before; sign each request anew.", field="nonce"
            )


def instant_of(timestamp: str) -> Nanos | None:
    """Read a timestamp in seconds or milliseconds, None when it is neither.

    >>> instant_of("1769380200"), instant_of("1769380200000"), instant_of("soon")
    (1769380200000000000, 1769380200000000000, None)
    """
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= _DIGITS_MAX):
        return None
    number = int(timestamp)
    return number * (NANOS_PER_SECOND if number < SECONDS_BELOW else _NANOS_PER_MILLI)


def _ascii(signature: str) -> bytes:
    return signature.lower().encode("ascii", "replace")[:256]


def _not_known() -> AccessRefused:
    return AccessRefused(AccessCode.INVALID_CREDENTIALS, "Invalid credentials")
