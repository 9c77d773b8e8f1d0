"""Who is calling, users and API keys."""

from collections.abc import Sequence
from datetime import datetime

from openbell.client.call import Call, Page, Repeat, body_of, data_of, nothing, page_of, place, query_of
from openbell.client.endpoint import AsyncResource, Endpoint, Listing, Resource
from openbell.client.models.access import ApiKey, Ticket, User

_user = data_of(User)
_users = page_of(User)
_key = data_of(ApiKey)
_keys = data_of(list[ApiKey])
_ticket = data_of(Ticket)


def get_me() -> Call[User]:
    """Tell who is calling, and with which scopes."""
    return Call(method="GET", path="/v1/auth/me", read=_user)


def change_password(*, current: str, new: str) -> Call[None]:
    """Change one's own password; every session ends, this one too."""
    body = body_of({"current_password": current, "new_password": new})
    return Call(method="POST", path="/v1/auth/password", body=body, read=nothing, repeat=Repeat.UNSENT)


def log_out() -> Call[None]:
    """End this session: its tokens are void at once."""
    return Call(method="POST", path="/v1/auth/logout", read=nothing)


def get_ticket() -> Call[Ticket]:
    """Get a ticket that lets one socket in, once, within 30 seconds: for a browser page, say."""
    return Call(method="POST", path="/v1/auth/ws-ticket", read=_ticket)


def create_user(
    *, email: str, password: str, username: str | None = None, role: str | None = None, account_id: str | None = None
) -> Call[User]:
    """Add a user; for admins."""
    body = body_of({"email": email, "password": password, "username": username, "role": role, "account_id": account_id})
    return Call(method="POST", path="/v1/users", body=body, read=_user, repeat=Repeat.UNSENT)


def get_user(user_id: str) -> Call[User]:
    """Show a user: oneself, or anybody to an admin."""
    return Call(method="GET", path=place("v1", "users", user_id), read=_user)


def update_user(
    user_id: str, *, role: str | None = None, is_active: bool | None = None, password: str | None = None
) -> Call[User]:
    """Change a user's role, activity or password; for admins."""
    body = body_of({"role": role, "is_active": is_active, "password": password})
    return Call(method="PATCH", path=place("v1", "users", user_id), body=body, read=_user)


def delete_user(user_id: str) -> Call[None]:
    """Remove a user with their keys and sessions; for admins."""
    return Call(method="DELETE", path=place("v1", "users", user_id), read=nothing, repeat=Repeat.UNSENT)


def list_users(*, per_page: int = 100) -> Call[Page[User]]:
    """List users, oldest first; for admins."""
    return Call(method="GET", path="/v1/users", query=query_of({"per_page": per_page}), read=_users)


def create_key(
    name: str,
    *,
    scopes: Sequence[str] = ("read",),
    expires_at: datetime | None = None,
    allowed_networks: Sequence[str] = (),
    user_id: str | None = None,
) -> Call[ApiKey]:
    """Make a key. Its `api_key` is in this answer and never again."""
    body = body_of(
        {
            "name": name,
            "scopes": list(scopes),
            "expires_at": expires_at,
            "allowed_networks": list(allowed_networks),
            "user_id": user_id,
        }
    )
    return Call(method="POST", path="/v1/keys", body=body, read=_key, repeat=Repeat.UNSENT)


def list_keys(*, user_id: str | None = None) -> Call[list[ApiKey]]:
    """List keys, revoked ones included."""
    return Call(method="GET", path="/v1/keys", query=query_of({"user_id": user_id}), read=_keys)


def revoke_key(key_id: str, *, user_id: str | None = None) -> Call[ApiKey]:
    """End a key at once; twice is harmless."""
    return Call(method="DELETE", path=place("v1", "keys", key_id), query=query_of({"user_id": user_id}), read=_key)


class AuthMethods:
    """The caller's own session."""

    me = Endpoint(get_me)
    change_password = Endpoint(change_password)
    logout = Endpoint(log_out)
    ticket = Endpoint(get_ticket)


class UserMethods:
    """Everything about users."""

    create = Endpoint(create_user)
    get = Endpoint(get_user)
    update = Endpoint(update_user)
    delete = Endpoint(delete_user)
    list = Endpoint(list_users)
    iter = Listing(list_users)


class KeyMethods:
    """Everything about API keys."""

    create = Endpoint(create_key)
    list = Endpoint(list_keys)
    revoke = Endpoint(revoke_key)


class Auth(AuthMethods, Resource):
    """The session, blocking."""


class AsyncAuth(AuthMethods, AsyncResource):
    """The session, awaited."""


class Users(UserMethods, Resource):
    """Users, blocking."""


class AsyncUsers(UserMethods, AsyncResource):
    """Users, awaited."""


class Keys(KeyMethods, Resource):
    """Keys, blocking."""


class AsyncKeys(KeyMethods, AsyncResource):
    """Keys, awaited."""
