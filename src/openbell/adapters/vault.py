"""Secrets that must be read again are kept sealed: AES-256-GCM under a key in a file beside the data."""

import secrets
from contextlib import suppress

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from openbell.ports import SealBroken

NONCE_BYTES = 12
KEY_BYTES = 32


class AesVault:
    """Seals and opens (ports.Vault). The context is bound in: what was sealed for one user opens for no other.

    A key file may hold several keys of 32 bytes: the first seals, all open. There are two while they are changed.
    """

    def __init__(self, keys: bytes) -> None:
        self._ciphers = [
            AESGCM(keys[at : at + KEY_BYTES]) for at in range(0, len(keys) // KEY_BYTES * KEY_BYTES, KEY_BYTES)
        ]

    def seal(self, plain: bytes, *, context: str) -> bytes:
        """Encrypt with a fresh nonce."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        return nonce + self._ciphers[0].encrypt(nonce, plain, context.encode())

    def unseal(self, sealed: bytes, *, context: str) -> bytes:
        """Decrypt. Raises SealBroken."""
        for cipher in self._ciphers:
            with suppress(InvalidTag, ValueError):
                return cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], context.encode())
        raise SealBroken("a sealed secret does not open: was the key file replaced?")
