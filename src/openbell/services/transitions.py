"""From paper to live and back: only with an approval that another admin gave, for exactly this strategy as it is."""

import hashlib
import secrets
from collections.abc import Callable

import msgspec

from openbell.domain.access import Principal, Role
from openbell.domain.account import Mode
from openbell.domain.approval import APPROVAL_TTL_NS, Approval
from openbell.domain.commands import ConfigureStrategy
from openbell.domain.risk import Refusal
from openbell.domain.strategy import RunState, Strategy, StrategyConfig
from openbell.ports import AccessStore, ApprovalStore, Clock, Trading, Views
from openbell.services.answers import id_of_request, is_kept
from openbell.services.mfa import Mfa
from openbell.services.principals import hash_of
from openbell.services.refused import AccessCode, AccessRefused

LISTED_MAX = 100


class TransitionCode(msgspec.Struct, frozen=True):
    """A reason for which a change of mode cannot be: stable code, sentence, and whether it is a lack of permission."""

    code: str
    message: str
    is_forbidden: bool = False


class Approved(msgspec.Struct, frozen=True):
    """An approval and its code, which is shown this once."""

    approval: Approval
    code: str


class Transitions:
    """Requests, approvals and the change itself. All of it is for admins; `is_connected` knows the venues."""

    def __init__(
        self,
        *,
        store: ApprovalStore,
        users: AccessStore,
        clock: Clock,
        trading: Trading,
        views: Views,
        mfa: Mfa,
        is_connected: Callable[[Mode], bool],
    ) -> None:
        self._store = store
        self._users = users
        self._clock = clock
        self._trading = trading
        self._views = views
        self._mfa = mfa
        self._is_connected = is_connected

    async def request(
        self, caller: Principal, strategy_id: str, *, from_mode: Mode, to_mode: Mode, reason: str
    ) -> Approval | TransitionCode | None:
        """Ask for an approval; it binds the strategy's present configuration. None: no such strategy.

        One that was asked for before the answer to the same request was lost is given again.
        """
        named = id_of_request()
        made = await self._store.approval(_approval_id(named)) if named else None
        if made is not None and is_kept(made_ns=made.requested_ns, now_ns=self._clock.now_ns()):
            return made
        strategy = self._strategy(caller, strategy_id)
        if strategy is None:
            return None
        refusal = _refuse_modes(strategy.config, from_mode, to_mode)
        if refusal is not None:
            return refusal
        now = self._clock.now_ns()
        approval = Approval(
            approval_id=_approval_id(named if named and made is None else secrets.token_hex(8)),
            account_id=strategy.config.account_id,
            strategy_id=strategy_id,
            from_mode=from_mode,
            to_mode=to_mode,
            config_hash=config_hash(strategy.config),
            reason=reason,
            requested_by=caller.user_id,
            requested_ns=now,
            expires_ns=now + APPROVAL_TTL_NS,
        )
        await self._store.add(approval)
        return approval

    async def approve(
        self, caller: Principal, approval_id: str, *, mfa_token: str = ""
    ) -> Approved | TransitionCode | None:
        """Approve what another admin asked for, and give the code. None: no such request.

        An admin who is the only one approves their own request with a fresh one-time code; AccessRefused when it is
        wrong.
        """
        approval = await self._store.approval(approval_id)
        if approval is None:
            return None
        if approval.expires_ns <= self._clock.now_ns():
            return _EXPIRED
        if approval.requested_by == caller.user_id:
            refusal = await self._refuse_own(caller, mfa_token)
            if refusal is not None:
                return refusal
        code = secrets.token_urlsafe(24)
        now = self._clock.now_ns()
        if not await self._store.approve(approval_id, by=caller.user_id, at_ns=now, code_hash=hash_of(code)):
            return TransitionCode("ALREADY_APPROVED", "This request has been approved before.")
        approved = await self._store.approval(approval_id)
        return None if approved is None else Approved(approved, code)

    async def list(self) -> list[Approval]:
        """List the latest requests, newest first."""
        return await self._store.latest(limit=LISTED_MAX)

    async def transition(
        self, caller: Principal, strategy_id: str, *, from_mode: Mode, to_mode: Mode, code: str
    ) -> Strategy | TransitionCode | Refusal | None:
        """Change a strategy's mode with an approval code, which is then used up. None: no such strategy."""
        strategy = self._strategy(caller, strategy_id)
        if strategy is None:
            return None
        approval = await self._store.by_code(hash_of(code))
        refusal = (
            _refuse_modes(strategy.config, from_mode, to_mode)
            or await self._refuse_approval(approval, strategy, from_mode, to_mode)
            or self._refuse_state(strategy, to_mode)
        )
        if refusal is not None or approval is None:
            return refusal
        if not await self._store.use(approval.approval_id, at_ns=self._clock.now_ns()):
            return _NO_APPROVAL
        return await self._change(caller, strategy, to_mode)

    async def _refuse_own(self, caller: Principal, mfa_token: str) -> TransitionCode | None:
        admins = [user for user in await self._users.users() if user.is_active and user.role is Role.ADMIN]
        if len(admins) > 1:
            text = "Another admin has to approve what you asked for."
            return TransitionCode("SECOND_ADMIN_REQUIRED", text, is_forbidden=True)
        if not mfa_token:
            text = "You are the only admin: send a fresh one-time code of yours as mfa_token."
            return TransitionCode("MFA_REQUIRED", text, is_forbidden=True)
        await self._mfa.check(caller.user_id, mfa_token)
        return None

    async def _change(self, caller: Principal, strategy: Strategy, to_mode: Mode) -> Strategy | Refusal | None:
        config = strategy.config
        outcome = await self._trading.submit(
            ConfigureStrategy(
                ts_ns=self._trading.now_ns(),
                account_id=config.account_id,
                strategy_id=config.strategy_id,
                mode=to_mode,
                expected_revision=strategy.revision,
                actor=caller.user_id,
            )
        )
        return outcome.refusal or self._views.strategy(config.account_id, config.strategy_id)

    async def _refuse_approval(
        self, approval: Approval | None, strategy: Strategy, from_mode: Mode, to_mode: Mode
    ) -> TransitionCode | None:
        if approval is None or approval.used_ns is not None:
            return _NO_APPROVAL
        if approval.expires_ns <= self._clock.now_ns():
            return _EXPIRED
        config = strategy.config
        asked = (approval.account_id, approval.strategy_id, approval.from_mode, approval.to_mode)
        if asked != (config.account_id, config.strategy_id, from_mode, to_mode):
            return _NO_APPROVAL
        if approval.config_hash != config_hash(config):
            text = "The configuration has changed since it was approved: ask for a new approval."
            return TransitionCode("APPROVAL_STALE", text, is_forbidden=True)
        for user_id in (approval.requested_by, approval.approved_by):
            user = await self._users.user(user_id)
            if user is None or not user.is_active or user.role is not Role.ADMIN:
                return _NO_APPROVAL
        return None

    def _refuse_state(self, strategy: Strategy, to_mode: Mode) -> TransitionCode | None:
        config = strategy.config
        if strategy.state in (RunState.RUNNING, RunState.PAUSED):
            return TransitionCode("STRATEGY_RUNNING", "The strategy runs: stop it first.")
        orders = self._views.open_orders(config.account_id)
        if any(order.strategy_id == config.strategy_id for order in orders):
            return TransitionCode("OPEN_ORDERS", "The strategy has working orders: cancel them first.")
        if self._views.positions(config.account_id, config.strategy_id):
            return TransitionCode("OPEN_POSITIONS", "The strategy holds positions: close them first.")
        if not self._is_connected(to_mode):
            return TransitionCode("VENUE_NOT_CONNECTED", f"No venue for {to_mode} is connected to this server.")
        return None

    def _strategy(self, caller: Principal, strategy_id: str) -> Strategy | None:
        if caller.role is not Role.ADMIN:
            raise AccessRefused(AccessCode.FORBIDDEN, "Only an admin may change what money a strategy trades.")
        found = [one for one in self._views.strategies() if one.config.strategy_id == strategy_id]
        found.sort(key=lambda one: one.config.account_id != caller.account_id)
        return found[0] if found else None


_NO_APPROVAL = TransitionCode(
    "INVALID_APPROVAL_CODE", "This code approves no such change, or was used before.", is_forbidden=True
)
_EXPIRED = TransitionCode("APPROVAL_EXPIRED", "The approval has run out: ask for a new one.", is_forbidden=True)


def config_hash(config: StrategyConfig) -> str:
    """Give the SHA-256 of a configuration: what an approval holds for."""
    return hashlib.sha256(msgspec.json.encode(config, order="deterministic")).hexdigest()


def _approval_id(name: str) -> str:
    return f"apr_{name[:16]}"


def _refuse_modes(config: StrategyConfig, from_mode: Mode, to_mode: Mode) -> TransitionCode | None:
    if config.mode is not from_mode:
        return TransitionCode("MODE_MISMATCH", f"The strategy trades in mode {config.mode}, not {from_mode}.")
    if from_mode is to_mode:
        return TransitionCode("MODE_MISMATCH", f"The strategy trades in mode {to_mode} already.")
    return None
