"""Secrets kept beside the data: the key that signs access tokens."""

import os
import secrets
from contextlib import suppress
from pathlib import Path

KEY_BYTES = 32


class UnsafeKey(Exception):
    """A key file that is too short, or that others on this machine can read."""


def signing_key(path: Path) -> bytes:
    """Give the key kept in a file, making it on first use with 32 random bytes, readable by the owner alone.

    The file appears whole or not at all, and two that start at once end with the same key. Raises UnsafeKey.
    """
    if not path.exists():
        _make_key(path)
    return _kept_key(path)


def _draft(path: Path, keys: bytes) -> Path:
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(keys)
        file.flush()
        os.fsync(file.fileno())
    return draft


def _make_key(path: Path) -> None:
    draft = _draft(path, new_key())
    try:
        with suppress(FileExistsError):  # somebody else was first: theirs counts
            os.link(draft, path)
    finally:
        draft.unlink()


def new_key() -> bytes:
    """Give a key that nobody knows."""
    return secrets.token_bytes(KEY_BYTES)


def replace_key(path: Path, keys: bytes) -> None:
    """Put what a key file is to hold in its place: all of it or nothing, and for good once this returns."""
    draft = _draft(path, keys)
    draft.replace(path)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def check_private(path: Path) -> None:
    """Look whether a file is its owner's alone. Raises UnsafeKey, and OSError where there is none."""
    if path.stat().st_mode & 0o077:
        raise UnsafeKey(f"{path} can be read by others; make it private with: chmod 600 {path}")


def _kept_key(path: Path) -> bytes:
    check_private(path)
    key = path.read_bytes()
    if len(key) < KEY_BYTES:
        raise UnsafeKey(f"{path} is shorter than {KEY_BYTES} bytes; remove it, and everybody signs in anew")
    return key
