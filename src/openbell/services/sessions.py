"""Sessions as those see them whom they belong to: listed, and ended one by one or all others at once."""

import builtins

from openbell.domain.access import Principal, Scope, Session
from openbell.ports import AccessStore, Clock
from openbell.services.principals import Principals
from openbell.services.refused import AccessCode, AccessRefused


class Sessions:
    """Sessions of users. A caller sees and ends their own; an admin anybody's."""

    def __init__(self, *, store: AccessStore, clock: Clock, principals: Principals) -> None:
        self._store = store
        self._clock = clock
        self._principals = principals

    async def list(self, principal: Principal, *, user_id: str = "") -> builtins.list[Session]:
        """List what is signed in now, newest first. Raises AccessRefused."""
        now = self._clock.now_ns()
        found = await self._store.sessions(await self._owner(principal, user_id))
        return [one for one in found if one.revoked_ns is None and one.expires_ns > now]

    async def end(self, principal: Principal, session_id: str, *, user_id: str = "") -> None:
        """End one session; its tokens are void at once, its sockets close within a second. Raises AccessRefused."""
        if not any(one.session_id == session_id for one in await self.list(principal, user_id=user_id)):
            raise AccessRefused(AccessCode.NOT_FOUND, "No such session is known to you.")
        if not principal.decides_on_access and session_id != principal.session_id:
            raise _key_ends_none()
        await self._end(session_id)

    async def end_others(self, principal: Principal, *, user_id: str = "") -> int:
        """End every session but the one this is asked in, and tell how many those were. Raises AccessRefused."""
        if not principal.decides_on_access:
            raise _key_ends_none()
        others = [one for one in await self.list(principal, user_id=user_id) if one.session_id != principal.session_id]
        for one in others:
            await self._end(one.session_id)
        return len(others)

    async def _end(self, session_id: str) -> None:
        await self._store.revoke_session(session_id, at_ns=self._clock.now_ns())
        self._principals.forget(session_id=session_id)

    async def _owner(self, principal: Principal, user_id: str) -> str:
        if not user_id or user_id == principal.user_id:
            return principal.user_id
        if not principal.may(Scope.ADMIN) or await self._store.user(user_id) is None:
            raise AccessRefused(AccessCode.NOT_FOUND, "No such user is known to you.")
        return user_id


def _key_ends_none() -> AccessRefused:
    return AccessRefused(AccessCode.FORBIDDEN, "A key ends nobody's session but its own: sign in with a password.")
