"""Submitted source: who may bring it, and how it becomes a strategy. It runs in a sandbox or not at all."""

import hashlib
from typing import Any

import msgspec

from openbell.domain.access import Principal, Role
from openbell.domain.strategy import StrategyConfig
from openbell.ports import Clock, SourceStore
from openbell.services.mfa import Mfa
from openbell.services.refused import AccessCode, AccessRefused
from openbell.services.strategies import InvalidConfig, NewStrategy, Result, Strategies

SUBMITTED = "submitted"
SOURCE_BYTES_MAX = 64 * 1024
ARGUMENTS_LENGTH_MAX = 4_096


class Submissions:
    """The way in for source; `is_on` is what the server was set to."""

    def __init__(self, *, strategies: Strategies, store: SourceStore, mfa: Mfa, clock: Clock, is_on: bool) -> None:
        self._strategies = strategies
        self._store = store
        self._mfa = mfa
        self._clock = clock
        self._is_on = is_on

    async def create(
        self, source: str, config: StrategyConfig, *, arguments: dict[str, Any], mfa_token: str, caller: Principal
    ) -> Result:
        """Keep a source and make a strategy of it, stopped.

        Raises AccessRefused where the feature is off, for callers who are no admins, and without a code of the
        caller's second factor that was never used.
        """
        await self._check(caller, mfa_token)
        problem = _problem(source)
        if problem:
            return InvalidConfig((("source", problem),))
        written = msgspec.json.encode(arguments).decode()
        if len(written) > ARGUMENTS_LENGTH_MAX:
            return InvalidConfig((("parameters", f"longer than {ARGUMENTS_LENGTH_MAX} characters as JSON"),))
        digest = hashlib.sha256(source.encode()).hexdigest()
        await self._store.keep(digest, source, owner_id=caller.user_id, at_ns=self._clock.now_ns())
        wanted = NewStrategy(
            config=msgspec.structs.replace(config, kind=SUBMITTED),
            settings={"source_sha256": digest, "arguments": written},
        )
        return await self._strategies.create(wanted, actor=caller.user_id, vetted=frozenset({SUBMITTED}))

    async def _check(self, caller: Principal, mfa_token: str) -> None:
        if not self._is_on:
            text = "Submitted source is switched off on this server (setting submitted_strategies)."
            raise AccessRefused(AccessCode.FORBIDDEN, text, field="source")
        if caller.role is not Role.ADMIN or not caller.session_id or caller.key_id:
            raise AccessRefused(AccessCode.FORBIDDEN, "Only an admin who signed in may submit source.", field="source")
        if not mfa_token or not await self._mfa.is_enabled(caller.user_id):
            text = "Submitting source needs a fresh code of your second factor, sent as mfa_token; set one up first."
            raise AccessRefused(AccessCode.MFA_REQUIRED, text, field="mfa_token")
        await self._mfa.check(caller.user_id, mfa_token)


def _problem(source: str) -> str:
    """Say why a text cannot be a strategy's source; it is read, never run, here."""
    try:
        size = len(source.encode())
    except UnicodeEncodeError:
        return "it is not valid text"
    if not 0 < size <= SOURCE_BYTES_MAX:
        return f"expected 1 to {SOURCE_BYTES_MAX} bytes of Python, not {size}"
    return ""
