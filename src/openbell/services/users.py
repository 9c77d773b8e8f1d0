"""Users: made and changed by admins, each with an account to trade in."""

import asyncio
import re
import secrets
from typing import Protocol

import msgspec

from openbell.domain.access import Principal, Role, Scope, User
from openbell.domain.account import Account, Mode
from openbell.domain.commands import OpenAccount, SetKillSwitch
from openbell.domain.risk import KillScope
from openbell.domain.values import SCALE, Money
from openbell.ports import AccessStore, Clock, Trading
from openbell.services.answers import id_of_request, is_kept
from openbell.services.passwords import Passwords, check_password
from openbell.services.principals import Principals
from openbell.services.refused import AccessCode, AccessRefused

OPENING_DEPOSIT = 100_000 * SCALE

_EMAIL = re.compile(r"[^@\s\x00-\x1f]{1,64}@[^@\s\x00-\x1f]{1,190}")
_USERNAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{1,63}", re.ASCII)
_NOT_IN_USERNAME = re.compile(r"[^A-Za-z0-9._-]", re.ASCII)


class NewUser(msgspec.Struct, frozen=True, kw_only=True):
    """Who is to be added.

    Without a username the email's first part is taken; without an account a new one is opened.
    """

    email: str
    password: str
    role: Role = Role.TRADER
    username: str = ""
    account_id: str = ""


class UserChange(msgspec.Struct, frozen=True, kw_only=True):
    """What is to change; None keeps."""

    role: Role | None = None
    is_active: bool | None = None
    password: str | None = None


class Opening(msgspec.Struct, frozen=True, kw_only=True):
    """What a new account starts with."""

    mode: Mode = Mode.PAPER
    currency: str = "USD"
    deposit: Money = OPENING_DEPOSIT


class Accounts(Protocol):
    """What users need of ports.Views, so that a directory without a running core can serve them too."""

    def account(self, account_id: str) -> Account | None:
        """Give an account."""
        ...


class Users:
    """The list of users and their accounts."""

    def __init__(
        self,
        *,
        store: AccessStore,
        clock: Clock,
        passwords: Passwords,
        principals: Principals,
        trading: Trading,
        views: Accounts,
        opening: Opening | None = None,
    ) -> None:
        self._store = store
        self._clock = clock
        self._passwords = passwords
        self._principals = principals
        self._trading = trading
        self._views = views
        self._opening = opening or Opening()
        # Between reading users and writing one nothing else may change any: else it would be undone, or the last
        # admin go.
        self._changing = asyncio.Lock()

    async def create(self, wanted: NewUser) -> User:
        """Add a user, opening an account unless an existing one is named. Raises AccessRefused.

        One that was added before the answer to the same request was lost is given again.
        """
        check_password(wanted.password)
        named = id_of_request()
        made = await self._store.user(_user_id(named)) if named else None
        if made is not None and is_kept(made_ns=made.created_ns, now_ns=self._clock.now_ns()):
            return made
        email = wanted.email.strip()
        # Characters that nobody sees would make two addresses look like one.
        if not _EMAIL.fullmatch(email) or not email.isprintable():
            raise AccessRefused(AccessCode.INVALID, "Expected an address such as name@example.com.", field="email")
        if await self._store.user_by_login(email) is not None:
            raise _taken("email")
        username = await self._username(wanted.username, email)
        password_hash = await self._passwords.hash(wanted.password)
        user_id = _user_id(named if named and made is None else secrets.token_hex(8))
        user = User(
            user_id=user_id,
            email=email,
            username=username,
            role=wanted.role,
            account_id=await self._account(user_id, wanted.account_id),
            password_hash=password_hash,
            created_ns=self._clock.now_ns(),
        )
        try:
            await self._store.add_user(user)
        except KeyError as error:
            raise _taken(str(error.args[0])) from error
        return user

    async def list(self) -> list[User]:
        """List all users, oldest first."""
        return await self._store.users()

    async def get(self, principal: Principal, user_id: str) -> User:
        """Give a user: oneself, or anybody as an admin. Raises AccessRefused."""
        user = await self._store.user(user_id)
        if user is None or not (user_id == principal.user_id or principal.may(Scope.ADMIN)):
            raise _no_such_user()
        return user

    async def update(self, user_id: str, change: UserChange) -> User:
        """Change a user's role, activity or password. A new password or inactivity ends all sessions."""
        await self._known(user_id)
        password_hash = None if change.password is None else await self._new_hash(change.password)
        return await self._update(user_id, change, password_hash=password_hash)

    async def end_sessions(self, user_id: str) -> User:
        """End every session of a user. Raises AccessRefused."""
        user = await self._known(user_id)
        await self._store.revoke_sessions(user_id, at_ns=self._clock.now_ns())
        self._principals.forget(user_id=user_id)
        return user

    async def change_password(self, principal: Principal, *, current: str, new: str) -> None:
        """Change one's own password; all sessions end, this one included. Raises AccessRefused."""
        user = await self._known(principal.user_id)
        if not await self._passwords.matches(current, user.password_hash):
            raise _not_your_password()
        fresh = await self._new_hash(new)
        await self._update(principal.user_id, UserChange(), password_hash=fresh, proved_hash=user.password_hash)

    async def delete(self, principal: Principal, user_id: str) -> None:
        """Remove a user with keys and sessions; an account nobody else uses is stopped. Raises AccessRefused."""
        async with self._changing:
            user = await self._known(user_id)
            if user_id == principal.user_id:
                raise AccessRefused(AccessCode.OWN_USER, "You cannot delete yourself; ask another admin.")
            if _is_admin(user):
                await self._check_other_admin(user_id)
            await self._store.delete_user(user_id)
        self._principals.forget(user_id=user_id)
        if not any(other.account_id == user.account_id for other in await self._store.users()):
            await self._stop_account(user, principal)

    async def ensure_admin(self, email: str, password: str | None) -> str | None:
        """Make the first admin where there is no user yet; give the password if it had to be made up."""
        if await self._store.users():
            return None
        made_up = None if password else secrets.token_urlsafe(15)
        await self.create(NewUser(email=email, password=password or made_up or "", role=Role.ADMIN))
        return made_up

    async def _update(
        self, user_id: str, change: UserChange, *, password_hash: str | None, proved_hash: str | None = None
    ) -> User:
        """Change a user as they are now, which may not be as the caller has seen them: hashing takes its time."""
        async with self._changing:
            user = await self._known(user_id)
            if proved_hash not in (None, user.password_hash):
                raise _not_your_password()
            changed = msgspec.structs.replace(
                user,
                role=user.role if change.role is None else change.role,
                is_active=user.is_active if change.is_active is None else change.is_active,
                password_hash=password_hash or user.password_hash,
            )
            if _is_admin(user) and not _is_admin(changed):
                await self._check_other_admin(user_id)
            await self._store.update_user(changed)
        if password_hash is not None or not changed.is_active:
            await self._store.revoke_sessions(user_id, at_ns=self._clock.now_ns())
        self._principals.forget(user_id=user_id)
        return changed

    async def _new_hash(self, password: str) -> str:
        check_password(password)
        return await self._passwords.hash(password)

    async def _known(self, user_id: str) -> User:
        user = await self._store.user(user_id)
        if user is None:
            raise _no_such_user()
        return user

    async def _username(self, wanted: str, email: str) -> str:
        if wanted:
            if not _USERNAME.fullmatch(wanted):
                raise AccessRefused(
                    AccessCode.INVALID, "2 to 64 letters, digits, dots, dashes and underscores.", field="username"
                )
            if await self._store.user_by_login(wanted) is not None:
                raise _taken("username")
            return wanted
        stem = _NOT_IN_USERNAME.sub("", email.partition("@")[0]).lstrip("._-")[:56]
        if len(stem) > 1 and await self._store.user_by_login(stem) is None:
            return stem
        return f"{stem or 'user'}-{secrets.token_hex(3)}"

    async def _account(self, user_id: str, account_id: str) -> str:
        if account_id:
            if self._views.account(account_id) is None:
                raise AccessRefused(AccessCode.INVALID, "There is no such account.", field="account_id")
            return account_id
        opened = await self._trading.submit(
            OpenAccount(
                ts_ns=self._trading.now_ns(),
                account_id=f"acc_{user_id.removeprefix('usr_')}",
                owner_id=user_id,
                mode=self._opening.mode,
                base_currency=self._opening.currency,
                deposits={self._opening.currency: self._opening.deposit},
            )
        )
        if opened.refusal is not None:
            raise AccessRefused(AccessCode.INVALID, opened.refusal.message, field="account_id")
        return f"acc_{user_id.removeprefix('usr_')}"

    async def _stop_account(self, user: User, principal: Principal) -> None:
        await self._trading.submit(
            SetKillSwitch(
                ts_ns=self._trading.now_ns(),
                scope=KillScope.ACCOUNT,
                target=user.account_id,
                is_active=True,
                reason="its user was deleted",
                actor=principal.user_id,
            )
        )

    async def _check_other_admin(self, user_id: str) -> None:
        if not any(_is_admin(user) and user.user_id != user_id for user in await self._store.users()):
            raise AccessRefused(AccessCode.LAST_ADMIN, "This is the last active admin; make another one first.")


def _user_id(digits: str) -> str:
    return f"usr_{digits[:16]}"


def _is_admin(user: User) -> bool:
    return user.role is Role.ADMIN and user.is_active


def _taken(field: str) -> AccessRefused:
    return AccessRefused(AccessCode.TAKEN, f"This {field} is taken.", field=field)


def _not_your_password() -> AccessRefused:
    return AccessRefused(AccessCode.INVALID, "This is not your password.", field="current_password")


def _no_such_user() -> AccessRefused:
    return AccessRefused(AccessCode.NOT_FOUND, "No such user is known to you.")
