"""Secrets kept beside the data: the key that signs access tokens."""

import os
import secrets
from pathlib import Path

KEY_BYTES = 32


class UnsafeKey(Exception):
    """A key file that is too short, or that others on this machine can read."""


def signing_key(path: Path) -> bytes:
    """Give the key kept in a file, making it on first use with 32 random bytes, readable by the owner alone.

    Two processes starting at once end with the same key. Raises UnsafeKey.
    """
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return _kept_key(path)
    with os.fdopen(descriptor, "wb") as file:
        key = secrets.token_bytes(KEY_BYTES)
        file.write(key)
        file.flush()
        os.fsync(file.fileno())
    return key


def _kept_key(path: Path) -> bytes:
    if path.stat().st_mode & 0o077:
        raise UnsafeKey(f"{path} can be read by others; make it private with: chmod 600 {path}")
    key = path.read_bytes()
    if len(key) < KEY_BYTES:
        raise UnsafeKey(f"{path} is shorter than {KEY_BYTES} bytes; remove it, and everybody signs in anew")
    return key
