"""Secrets that must be read again are kept sealed: AES-256-GCM under a key in a file beside the data."""

import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from openbell.ports import SealBroken

NONCE_BYTES = 12


class AesVault:
    """Seals and opens (ports.Vault). The context is bound in: what was sealed for one user opens for no other."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key[:32])

    def seal(self, plain: bytes, *, context: str) -> bytes:
        """Encrypt with a fresh nonce."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, plain, context.encode())

    def unseal(self, sealed: bytes, *, context: str) -> bytes:
        """Decrypt. Raises SealBroken."""
        try:
            return self._cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], context.encode())
        except (InvalidTag, ValueError) as problem:
            raise SealBroken("a sealed secret does not open: was the key file replaced?") from problem
