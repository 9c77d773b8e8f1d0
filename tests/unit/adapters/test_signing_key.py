"""The signing key is made once, kept private, and refused when it is not."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from openbell.adapters.secrets import UnsafeKey, signing_key


def test_a_key_is_made_once_for_the_owner_alone(tmp_path):
    path = tmp_path / "signing.key"
    key = signing_key(path)
    assert len(key) == 32
    assert path.stat().st_mode & 0o777 == 0o600
    assert signing_key(path) == key
    assert signing_key(tmp_path / "other.key") != key


def test_many_that_start_at_once_end_with_one_key(tmp_path):
    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(lambda _: signing_key(tmp_path / "signing.key"), range(8)))
    assert len(keys) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["signing.key"]


def test_a_key_that_others_can_read_is_refused(tmp_path):
    path = tmp_path / "signing.key"
    signing_key(path)
    path.chmod(0o640)
    with pytest.raises(UnsafeKey, match="chmod 600"):
        signing_key(path)


def test_a_short_key_is_refused(tmp_path):
    path = tmp_path / "signing.key"
    path.write_bytes(b"short")
    path.chmod(0o600)
    with pytest.raises(UnsafeKey, match="32 bytes"):
        signing_key(path)
