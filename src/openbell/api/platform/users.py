"""Users: /v1/users. Admins make, change and remove them; everybody may see themselves."""

from typing import Any

from pydantic import BaseModel, Field

from openbell.api.asking import Ask
from openbell.api.deps import Admin, Deps, Reader
from openbell.api.idempotency import IdempotentRoute
from openbell.api.limits import Router
from openbell.api.paging import Paged
from openbell.api.platform.schemas import PageMeta
from openbell.api.values import timestamp
from openbell.domain.access import SCOPES_OF_ROLE, Role, Scope, User
from openbell.services.users import NewUser, UserChange

router = Router(prefix="/v1/users", tag="users")
router.route_class = IdempotentRoute


class UserRequest(Ask):
    """A user to be added. Without `account_id` a new account with the opening deposit comes with it."""

    email: str = Field(max_length=254)
    password: str = Field(max_length=1_024)
    username: str = Field("", max_length=64)
    role: Role = Role.TRADER
    account_id: str = Field("", max_length=64)


class UserPatch(Ask):
    """What is to change; a field left out keeps."""

    role: Role | None = None
    is_active: bool | None = None
    password: str | None = Field(None, max_length=1_024)


class UserData(BaseModel):
    """A user as others may see them."""

    user_id: str
    email: str
    username: str
    role: Role
    roles: list[Role]
    account_id: str
    is_active: bool
    created_at: str
    scopes: list[Scope]


class UserAnswer(BaseModel):
    """One user."""

    data: UserData


class UsersAnswer(BaseModel):
    """A page of users."""

    data: list[UserData]
    meta: PageMeta


class DeletedUser(BaseModel):
    """Who is gone."""

    user_id: str


class ResetUser(BaseModel):
    """Whose second factor is gone, and whether there was one."""

    user_id: str
    mfa_enabled: bool
    was_enabled: bool


class ResetAnswer(BaseModel):
    """A reset."""

    message: str
    data: ResetUser


class DeletedAnswer(BaseModel):
    """What was done."""

    message: str
    data: DeletedUser


@router.post("", status_code=201)
async def create_user(body: UserRequest, services: Deps, _: Admin) -> UserAnswer:
    """Add a user."""
    return _answer(await services.users.create(NewUser(**body.model_dump())))


@router.get("")
async def list_users(services: Deps, _: Admin, paging: Paged) -> UsersAnswer:
    """List users, oldest first."""
    users = await services.users.list()
    shown = users[paging.offset : paging.offset + paging.per_page]
    return UsersAnswer(
        data=[_data(user) for user in shown], meta=PageMeta.model_validate(paging.meta(total=len(users)))
    )


@router.get("/{user_id}")
async def get_user(user_id: str, services: Deps, principal: Reader) -> UserAnswer:
    """Show a user: oneself, or anybody to an admin."""
    return _answer(await services.users.get(principal, user_id))


@router.patch("/{user_id}")
async def update_user(user_id: str, body: UserPatch, services: Deps, _: Admin) -> UserAnswer:
    """Change a user's role, activity or password."""
    return _answer(await services.users.update(user_id, UserChange(**body.model_dump())))


@router.delete("/{user_id}/mfa")
async def reset_mfa(user_id: str, services: Deps, _: Admin) -> ResetAnswer:
    """Take away the second factor of somebody who has lost it; their sessions end, and the password is enough."""
    user = await services.users.end_sessions(user_id)
    had = await services.mfa.reset(user.user_id)
    text = "Second factor reset; its user signs in anew" if had else "There was no second factor; the sessions ended"
    return ResetAnswer(message=text, data=ResetUser(user_id=user_id, mfa_enabled=False, was_enabled=had))


@router.delete("/{user_id}")
async def delete_user(user_id: str, services: Deps, principal: Admin) -> DeletedAnswer:
    """Remove a user with their keys and sessions."""
    await services.users.delete(principal, user_id)
    return DeletedAnswer(message="User deleted", data=DeletedUser(user_id=user_id))


def user_data(user: User) -> dict[str, Any]:
    """Give what is shown of a user, but for their scopes."""
    return {
        "user_id": user.user_id,
        "email": user.email,
        "username": user.username,
        "role": user.role,
        "roles": [user.role],
        "account_id": user.account_id,
        "is_active": user.is_active,
        "created_at": timestamp(user.created_ns),
    }


def _data(user: User) -> UserData:
    return UserData(**user_data(user), scopes=sorted(SCOPES_OF_ROLE[user.role]))


def _answer(user: User) -> UserAnswer:
    return UserAnswer(data=_data(user))
