"""New keys for old, in the data directory of a stopped server."""

import asyncio
from contextlib import closing
from pathlib import Path

import msgspec

from openbell.adapters.secrets import new_key, replace_key, signing_key
from openbell.adapters.sql.database import open_database
from openbell.adapters.sql.seals import renew_seals
from openbell.adapters.vault import AesVault
from openbell.bootstrap.doors import KEY_FILE, VAULT_KEY_FILE
from openbell.bootstrap.services import LINK_KEY_FILE
from openbell.ports import SealBroken

FILES = {"signing": KEY_FILE, "links": LINK_KEY_FILE, "vault": VAULT_KEY_FILE}
"""Keys by name. The key of the audit log stays: with another one its sealed end could not be checked."""


class Rotated(msgspec.Struct, frozen=True):
    """How many sealed secrets have a new seal, and how many did not open and stay as they are."""

    resealed: int = 0
    lost: int = 0


def rotate(data_dir: Path, name: str, *, url: str = "") -> Rotated:
    """Change one key. Raises StoreInUse while a server runs, Unavailable, UnsafeKey.

    A new signing key voids access tokens (refresh tokens stay good), a new link key voids signed links. Under a new
    vault key every sealed secret is sealed anew: the file holds both keys until that is committed, so that a crash in
    between costs nothing, and doing it again finishes it.
    """
    path = data_dir / FILES[name]
    with closing(open_database(data_dir, url=url)) as database:
        if name != "vault":
            replace_key(path, new_key())
            return Rotated()
        fresh = new_key()
        replace_key(path, fresh + signing_key(path))
        vault = AesVault(signing_key(path))

        def renew(sealed: bytes, context: str) -> bytes | None:
            try:
                return vault.seal(vault.unseal(sealed, context=context), context=context)
            except SealBroken:
                return None

        renewed, lost = asyncio.run(database.write(lambda connection: renew_seals(connection, renew)))
        replace_key(path, fresh)
    return Rotated(renewed, lost)
