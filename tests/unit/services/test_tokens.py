"""Only a token of ours, complete and current, is read."""

import jwt
import pytest

from fakes import SteppedClock
from openbell.domain.access import Role, User
from openbell.domain.values import NANOS_PER_SECOND
from openbell.services.tokens import Tokens

KEY = b"k" * 32
CLOCK = SteppedClock()
USER = User(user_id="usr_1", email="", username="ada", role=Role.TRADER, account_id="", password_hash="", created_ns=0)
GOOD = {"sub": "usr_1", "sid": "s1", "aud": "openbell", "iat": 1_800_000_000, "exp": 1_800_003_600}


def read(token):
    return Tokens(KEY, clock=CLOCK).read(token)


def test_a_signed_token_is_read_back():
    claims = read(Tokens(KEY, clock=CLOCK).sign(USER, "s1"))
    assert (claims.user_id, claims.session_id) == ("usr_1", "s1")


@pytest.mark.parametrize("claim", GOOD)
def test_no_claim_may_be_missing(claim):
    assert read(jwt.encode({k: v for k, v in GOOD.items() if k != claim}, KEY, "HS256")) is None


@pytest.mark.parametrize(
    "change",
    [
        {"aud": "mfa"},
        {"exp": 1_800_000_000},
        {"exp": "1800003600"},
        {"exp": 1e400},
        {"exp": None},
        {"sub": 1},
        {"sid": ["s1"]},
    ],
)
def test_a_claim_that_is_not_right_voids_the_token(change):
    assert read(jwt.encode(GOOD | change, KEY, "HS256")) is None


@pytest.mark.parametrize(
    "token",
    [
        jwt.encode(GOOD, b"x" * 64, "HS256"),
        jwt.encode(GOOD, KEY * 2, "HS512"),
        jwt.encode(GOOD, None, "none"),
        jwt.encode(GOOD | {"pad": "x" * 2_000}, KEY, "HS256"),
        "",
        "a.b.c",
        "..",
    ],
)
def test_a_token_from_elsewhere_is_not_read(token):
    assert read(token) is None


@pytest.mark.parametrize(("kind", "seconds"), [("access", 3_600), ("challenge", 300)])
def test_a_token_is_good_until_its_end_and_no_longer(kind, seconds):
    clock = SteppedClock()
    tokens = Tokens(KEY, clock=clock)
    token = tokens.sign(USER, "s1") if kind == "access" else tokens.sign_challenge(USER)
    read = tokens.read if kind == "access" else tokens.read_challenge
    clock.step(seconds - 0.001)
    assert read(token).expires_ns == SteppedClock().now + seconds * NANOS_PER_SECOND
    clock.step(0.001)
    assert read(token) is None


def test_neither_token_is_taken_for_the_other():
    tokens = Tokens(KEY, clock=CLOCK)
    assert tokens.read(tokens.sign_challenge(USER)) is None
    assert tokens.read_challenge(tokens.sign(USER, "s1")) is None


def test_the_longest_token_that_is_looked_at_has_2048_characters():
    tokens = [jwt.encode(GOOD | {"pad": "x" * pad}, KEY) for pad in range(1_300, 1_420)]
    assert {2_048} < {len(token) for token in tokens}
    assert all((read(token) is not None) is (len(token) <= 2_048) for token in tokens)


def test_a_key_of_32_bytes_is_the_shortest():
    assert Tokens(b"k" * 32, clock=CLOCK)
    with pytest.raises(ValueError, match="32 bytes"):
        Tokens(b"k" * 31, clock=CLOCK)
