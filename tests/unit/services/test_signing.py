"""What a signed request says of its time, and how long that is believed."""

import pytest
from msgspec.structs import replace

from edge_system import build
from openbell.adapters.sql.database import open_database
from openbell.adapters.vault import AesVault
from openbell.domain.access import KeyKind, Scope
from openbell.services.keys import Keys, NewKey
from openbell.services.principals import principal_of
from openbell.services.refused import AccessCode, AccessRefused
from openbell.services.signing import SignedCall, Signing, instant_of, signature_of

S_NS = 1_000_000_000


@pytest.mark.parametrize("text", ["", "soon", "-1", "1.5", "1e9", " 1", "1_0", "\u0661\u0662", "\u00b2", "1" * 16])
def test_a_time_that_is_not_plain_digits_is_none(text):
    assert instant_of(text) is None


@pytest.mark.parametrize(
    ("text", "instant_ns"),
    [("0", 0), ("99999999999", 99_999_999_999 * S_NS), ("100000000000", 100_000_000 * S_NS), ("1" * 15, None)],
)
def test_a_time_of_twelve_digits_and_more_is_in_milliseconds(text, instant_ns):
    assert instant_of(text) == (int(text) * S_NS // 1_000 if instant_ns is None else instant_ns)


@pytest.fixture
def signer(tmp_path):
    """Signing over a database, on a clock that is set by hand."""
    database = open_database(tmp_path)
    yield Signer(database)
    database.close()


class Signer:
    """Somebody with a signing key, and the service that is to recognise them."""

    def __init__(self, database):
        self.system = build(store=database.access)
        common = {"store": database.access, "clock": self.system.clock}
        access = self.system.services.access
        self.principals, vault = access._principals, AesVault(b"k" * 32)
        self.keys = Keys(**common, principals=self.principals, vault=vault)
        self.signing = Signing(
            **common,
            nonces=database.nonces,
            vault=vault,
            principals=self.principals,
            passwords=access._passwords,
            access=access,
        )

    async def refusal(self, *, sent_ns, window_ms):
        """Sign a request that says it was sent then; give why it is not taken, None when it is."""
        ada = await self.system.store.user_by_login("ada") or await self.system.add("ada")
        wanted = NewKey(name="k", scopes=frozenset({Scope.READ}), kind=KeyKind.SIGNING)
        made = await self.keys.create(principal_of(ada, scopes=frozenset(Scope)), wanted)
        given = {"api_key": made.key.prefix, "method": "GET", "path": "/", "recv_window_ms": window_ms}
        call = SignedCall(signature="", timestamp=str(sent_ns // 1_000_000), **given)
        signed = replace(call, signature=signature_of(call, made.secret.encode()))
        try:
            await self.signing.authenticate(signed, client_ip="")
        except AccessRefused as refused:
            return refused.code
        return None


@pytest.mark.parametrize(
    ("given_ms", "window_ms"), [(0, 1), (1, 1), (5_000, 5_000), (60_000, 60_000), (90_000, 60_000)]
)
async def test_a_request_is_good_to_the_last_moment_of_its_window(signer, given_ms, window_ms):
    sent_ns = signer.system.clock.now
    signer.system.clock.now += window_ms * 1_000_000
    assert await signer.refusal(sent_ns=sent_ns, window_ms=given_ms) is None
    signer.system.clock.now += 1
    assert await signer.refusal(sent_ns=sent_ns, window_ms=given_ms) is AccessCode.TIMESTAMP_OUT_OF_WINDOW


async def test_a_clock_may_be_ahead_by_less_than_a_second(signer):
    now = signer.system.clock.now
    assert await signer.refusal(sent_ns=now + 999_000_000, window_ms=5_000) is None
    assert await signer.refusal(sent_ns=now + S_NS, window_ms=5_000) is AccessCode.TIMESTAMP_OUT_OF_WINDOW
