"""The services that let people in: passwords, second factors, tokens, keys and signed requests."""

from dataclasses import dataclass

from openbell.adapters.secrets import signing_key
from openbell.adapters.vault import AesVault
from openbell.bootstrap.inside import Inside
from openbell.config import Settings
from openbell.domain.account import Mode
from openbell.ports import Vault
from openbell.services.access import Access
from openbell.services.demo import Demo
from openbell.services.keys import Keys
from openbell.services.mfa import Mfa
from openbell.services.passwords import Passwords
from openbell.services.principals import Principals
from openbell.services.sessions import Sessions
from openbell.services.signing import Signing
from openbell.services.tokens import Tokens
from openbell.services.users import Opening, Users

SECONDS_PER_DAY = 86_400
KEY_FILE = "signing.key"
VAULT_KEY_FILE = "vault.key"


@dataclass(frozen=True, slots=True)
class Doors:
    """Each of them, by its noun."""

    access: Access
    mfa: Mfa
    users: Users
    keys: Keys
    signing: Signing
    sessions: Sessions


def doors_of(inside: Inside) -> Doors:
    """Give the services that let people in. Raises UnsafeKey when a key can be read by others."""
    clock, store = inside.wall_clock, inside.database.access
    key = signing_key(inside.settings.data_dir / KEY_FILE)
    tokens = Tokens(key, clock=clock, ttl_s=inside.settings.access_token_seconds)
    principals = Principals(store=store, clock=clock, tokens=tokens)
    passwords = Passwords()
    vault = AesVault(signing_key(inside.settings.data_dir / VAULT_KEY_FILE))
    mfa = Mfa(store=inside.database.mfa, vault=vault, clock=clock, limits=inside.limits.counts)
    access = Access(
        store=store,
        clock=clock,
        passwords=passwords,
        tokens=tokens,
        principals=principals,
        mfa=mfa,
        refresh_ttl_s=inside.settings.refresh_token_days * SECONDS_PER_DAY,
    )
    users = _users(inside, principals, passwords)
    return Doors(
        access=access,
        mfa=mfa,
        users=users,
        keys=Keys(store=store, clock=clock, principals=principals, vault=vault),
        signing=_signing(inside, vault, access=access, users=users, principals=principals, passwords=passwords),
        sessions=Sessions(store=store, clock=clock, principals=principals),
    )


def _users(inside: Inside, principals: Principals, passwords: Passwords) -> Users:
    return Users(
        store=inside.database.access,
        clock=inside.wall_clock,
        passwords=passwords,
        principals=principals,
        trading=inside.engine,
        views=inside.views,
        opening=_opening(inside.settings),
    )


def _signing(
    inside: Inside, vault: Vault, *, access: Access, users: Users, principals: Principals, passwords: Passwords
) -> Signing:
    store, clock = inside.database.access, inside.wall_clock
    has_demo = inside.settings.has_demo
    return Signing(
        store=store,
        nonces=inside.database.nonces,
        vault=vault,
        clock=clock,
        principals=principals,
        passwords=passwords,
        access=access,
        demo=Demo(store=store, users=users, vault=vault, clock=clock) if has_demo else None,
    )


def _opening(settings: Settings) -> Opening:
    return Opening(mode=Mode.PAPER, currency=settings.base_currency, deposit=settings.paper_cash)
