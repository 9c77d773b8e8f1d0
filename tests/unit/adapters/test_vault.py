"""Sealed secrets open only whole, in their context and under their key."""

import pytest

from openbell.adapters.vault import AesVault
from openbell.ports import SealBroken

KEY = bytes(range(32))


@pytest.fixture
def vault():
    return AesVault(KEY)


def test_what_is_sealed_can_be_read_again(vault):
    assert vault.unseal(vault.seal(b"secret", context="ada"), context="ada") == b"secret"


def test_a_seal_hides_what_is_in_it_and_is_never_twice_the_same(vault):
    first, second = (vault.seal(b"secret", context="ada") for _ in range(2))
    assert b"secret" not in first and first != second


@pytest.mark.parametrize("position", [0, 15, -1])
def test_a_changed_byte_breaks_the_seal(vault, position):
    sealed = bytearray(vault.seal(b"secret", context="ada"))
    sealed[position] ^= 1
    with pytest.raises(SealBroken):
        vault.unseal(bytes(sealed), context="ada")


@pytest.mark.parametrize("sealed", [b"", b"short", b"x" * 40])
def test_nonsense_does_not_open(vault, sealed):
    with pytest.raises(SealBroken):
        vault.unseal(sealed, context="ada")


def test_one_users_secret_does_not_open_for_another(vault):
    with pytest.raises(SealBroken):
        vault.unseal(vault.seal(b"secret", context="ada"), context="bob")


def test_another_key_opens_nothing(vault):
    with pytest.raises(SealBroken):
        AesVault(KEY[::-1]).unseal(vault.seal(b"secret", context="ada"), context="ada")
