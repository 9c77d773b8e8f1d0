"""Passwords: argon2id in one worker thread, at the same cost whether or not the user exists."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

from openbell.services.refused import AccessCode, AccessRefused

LENGTH_MIN = 10
LENGTH_MAX = 256
WAITING_MAX = 64
"""Hashes that may wait for the worker: some three seconds of work."""

_Result = TypeVar("_Result")


def check_password(password: str) -> None:
    """Refuse a new password that is too short or too long. Raises AccessRefused."""
    if not LENGTH_MIN <= len(password) <= LENGTH_MAX:
        raise AccessRefused(
            AccessCode.INVALID, f"A password has {LENGTH_MIN} to {LENGTH_MAX} characters.", field="password"
        )


class Passwords:
    """Hashes passwords. One thread keeps a flood of sign-ins from taking more than one core or slowing the loop."""

    def __init__(self, *, time_cost: int = 2, memory_kib: int = 19 * 1024) -> None:
        self._hasher = PasswordHasher(time_cost=time_cost, memory_cost=memory_kib, parallelism=1, type=Type.ID)
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="passwords")
        self._waiting = 0
        self._nobodys_hash = self._hasher.hash("nobody has this password")

    async def hash(self, password: str) -> str:
        """Hash a new password. Raises AccessRefused while too many wait."""
        return await self._run(lambda: self._hasher.hash(password))

    async def matches(self, password: str, password_hash: str | None) -> bool:
        """Tell whether a password fits. None, for a user who is not there, costs the same and never fits."""
        wanted = self._nobodys_hash if password_hash is None else password_hash
        fits = await self._run(lambda: self._verify(wanted, password))
        return fits and password_hash is not None

    def close(self) -> None:
        """Let the worker finish and end."""
        self._worker.shutdown()

    def _verify(self, password_hash: str, password: str) -> bool:
        try:
            return self._hasher.verify(password_hash, password)
        except (VerificationError, InvalidHashError):
            return False

    async def _run(self, work: Callable[[], _Result]) -> _Result:
        if self._waiting >= WAITING_MAX:
            raise AccessRefused(AccessCode.BUSY, "Too many are signing in at once; try again in a few seconds.")
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._worker, work)
        finally:
            self._waiting -= 1
