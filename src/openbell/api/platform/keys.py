"""API keys: /v1/keys. One's own; an admin names somebody else with `user_id`."""

from typing import Annotated, Any

from fastapi import Query
from pydantic import AwareDatetime, BaseModel, Field

from openbell.api.asking import Ask
from openbell.api.deps import Deps, Reader
from openbell.api.errors import invalid
from openbell.api.limits import Router
from openbell.api.platform.schemas import CountMeta
from openbell.api.values import timestamp
from openbell.domain.access import ApiKey, KeyKind, Scope
from openbell.domain.values import NANOS_PER_SECOND, Nanos
from openbell.services.keys import NewKey

YEAR_MAX = 2_200
"""Nanoseconds in 64 bits end in 2262."""

router = Router(prefix="/v1/keys", tag="keys")

OwnerId = Annotated[str, Query(max_length=64, description="Whose keys; admins only.")]


class KeyRequest(Ask):
    """A key to be made. `allowed_networks` are addresses or blocks such as 10.0.0.0/8; none means from anywhere."""

    name: str = Field(min_length=1, max_length=100)
    kind: KeyKind = Field(KeyKind.BEARER, description="bearer: sent as it is; signing: its secret signs requests.")
    scopes: set[Scope] = Field(default_factory=lambda: {Scope.READ}, min_length=1)
    expires_at: AwareDatetime | None = None
    allowed_networks: list[Annotated[str, Field(max_length=64)]] = Field(default_factory=list, max_length=50)
    user_id: str = Field("", max_length=64)


class KeyData(BaseModel):
    """A key without its secret."""

    key_id: str
    kind: KeyKind
    user_id: str
    name: str
    prefix: str
    scopes: list[Scope]
    allowed_networks: list[str]
    created_at: str
    expires_at: str | None
    revoked_at: str | None


class NewKeyData(KeyData):
    """A new key. What is secret is shown now and never again: the `api_key`, or the `api_secret` that signs."""

    api_key: str
    api_secret: str | None = Field(None, description="Only of a signing key, whose `api_key` is just its name.")


class KeyAnswer(BaseModel):
    """One key."""

    data: KeyData


class NewKeyAnswer(BaseModel):
    """One new key."""

    data: NewKeyData


class KeysAnswer(BaseModel):
    """A user's keys."""

    data: list[KeyData]
    meta: CountMeta


@router.post("", status_code=201)
async def create_key(body: KeyRequest, services: Deps, principal: Reader) -> NewKeyAnswer:
    """Make a key. Its scopes can be no wider than its owner's role."""
    wanted = NewKey(
        name=body.name,
        scopes=frozenset(body.scopes),
        expires_ns=_expiry(body),
        allowed_networks=tuple(body.allowed_networks),
        kind=body.kind,
    )
    shown = await services.keys.create(principal, wanted, user_id=body.user_id)
    if shown.key.kind is KeyKind.SIGNING:
        data = NewKeyData(**_shown(shown.key), api_key=shown.key.prefix, api_secret=shown.secret)
    else:
        data = NewKeyData(**_shown(shown.key), api_key=shown.secret)
    return NewKeyAnswer(data=data)


@router.get("")
async def list_keys(services: Deps, principal: Reader, user_id: OwnerId = "") -> KeysAnswer:
    """List keys, revoked ones included."""
    keys = await services.keys.list(principal, user_id=user_id)
    return KeysAnswer(data=[KeyData(**_shown(key)) for key in keys], meta=CountMeta(total_count=len(keys)))


@router.delete("/{key_id}")
async def revoke_key(key_id: str, services: Deps, principal: Reader, user_id: OwnerId = "") -> KeyAnswer:
    """End a key at once."""
    return KeyAnswer(data=KeyData(**_shown(await services.keys.revoke(principal, key_id, user_id=user_id))))


def _expiry(body: KeyRequest) -> Nanos | None:
    if body.expires_at is None:
        return None
    if not 1970 < body.expires_at.year < YEAR_MAX:
        raise invalid("expires_at", f"Expected an instant before the year {YEAR_MAX}.")
    return int(body.expires_at.timestamp()) * NANOS_PER_SECOND


def _shown(key: ApiKey) -> dict[str, Any]:
    return {
        "key_id": key.key_id,
        "kind": key.kind,
        "user_id": key.user_id,
        "name": key.name,
        "prefix": key.prefix,
        "scopes": sorted(key.scopes),
        "allowed_networks": list(key.allowed_networks),
        "created_at": timestamp(key.created_ns),
        "expires_at": None if key.expires_ns is None else timestamp(key.expires_ns),
        "revoked_at": None if key.revoked_ns is None else timestamp(key.revoked_ns),
    }
