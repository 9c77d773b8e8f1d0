"""Controls: the kill switch, for one strategy, one account or everything."""

import asyncio
from collections.abc import Sequence

import msgspec

from openbell.domain.access import Principal, Role, Scope
from openbell.domain.account import MANUAL
from openbell.domain.commands import SetKillSwitch
from openbell.domain.order import Order
from openbell.domain.risk import KillScope, KillSwitch, Refusal
from openbell.domain.values import Nanos
from openbell.ports import Trading, Views
from openbell.services.refused import AccessCode, AccessRefused

CANCELS_TIMEOUT_S = 1.0
"""Longest wait for the cancels that a kill switch sets off."""


class KillReport(msgspec.Struct, frozen=True, kw_only=True):
    """What a kill switch did: which strategies it stops, and the orders whose cancel is not known yet."""

    is_active: bool
    strategy_ids: list[str]
    outstanding_order_ids: list[str]
    canceled_orders: int
    at_ns: Nanos


class Reach(msgspec.Struct, frozen=True, kw_only=True):
    """What a switch is for: a strategy, an account (of which a strategy may be named), or everything."""

    strategy_id: str | None = None
    account_id: str | None = None


EVERYTHING = Reach()


class Controls:
    """Ways to stop trading. Latching is open to whoever owns what is stopped; releasing is for admins."""

    def __init__(self, *, trading: Trading, views: Views) -> None:
        self._trading = trading
        self._views = views

    async def activate(self, *, caller: Principal, reach: Reach, reason: str) -> KillReport | Refusal | None:
        """Latch a switch. None: nothing such is known to the caller. Twice is harmless.

        Raises AccessRefused when everything is to be stopped by somebody who is no admin.
        """
        if reach == EVERYTHING and caller.role is not Role.ADMIN:
            raise AccessRefused(AccessCode.FORBIDDEN, "Only an admin may stop all trading; name a strategy of yours.")
        return await self._set(caller, reach, reason, wanted=True)

    async def release(self, *, caller: Principal, reach: Reach, reason: str) -> KillReport | Refusal | None:
        """Let what was stopped trade again. Raises AccessRefused for callers who are no admins."""
        # An admin's key that may stop trading may not for that reason let it begin again.
        if not caller.may(Scope.ADMIN):
            raise AccessRefused(AccessCode.FORBIDDEN, "Only an admin may release a kill switch.")
        return await self._set(caller, reach, reason, wanted=False)

    def switches(self) -> Sequence[KillSwitch]:
        """List the switches that are latched."""
        return self._views.kill_switches()

    async def _set(self, caller: Principal, reach: Reach, reason: str, *, wanted: bool) -> KillReport | Refusal | None:
        target = self._target(caller, reach)
        return None if target is None else await self._latch(caller, target, reason, wanted=wanted)

    async def _latch(self, caller: Principal, target: str, reason: str, *, wanted: bool) -> KillReport | Refusal:
        orders = self._orders_of(target)
        now = self._trading.now_ns()
        outcome = await self._trading.submit(
            SetKillSwitch(
                ts_ns=now,
                scope=_scope_of(target),
                target=target,
                is_active=wanted,
                reason=reason,
                actor=caller.user_id,
            )
        )
        if outcome.refusal is not None:
            return outcome.refusal
        outstanding = await self._await_cancels(orders) if wanted else []
        return KillReport(
            is_active=self._is_active(target),
            strategy_ids=self._strategy_ids(target),
            outstanding_order_ids=outstanding,
            canceled_orders=len(orders) - len(outstanding) if wanted else 0,
            at_ns=self._since(target) or now,
        )

    def _target(self, caller: Principal, reach: Reach) -> str | None:
        """Name what is meant: '' for everything, `account`, `account/strategy`, or None when there is no such thing."""
        strategy_id, within = reach.strategy_id, reach.account_id
        if within is not None and (
            self._views.account(within) is None or not (caller.role is Role.ADMIN or within == caller.account_id)
        ):
            return None
        if strategy_id is None:
            return within or ""
        own = within or (None if caller.role is Role.ADMIN else caller.account_id)
        found = [
            strategy.config for strategy in self._views.strategies(own) if strategy.config.strategy_id == strategy_id
        ]
        if strategy_id == MANUAL and self._views.account(within or caller.account_id) is not None:
            return f"{within or caller.account_id}/{MANUAL}"
        found.sort(key=lambda config: config.account_id != caller.account_id)
        return f"{found[0].account_id}/{strategy_id}" if found else None

    def _orders_of(self, target: str) -> list[Order]:
        account_id, _, strategy_id = target.partition("/")
        return [
            order
            for account in self._views.accounts()
            if not target or account.account_id == account_id
            for order in self._views.open_orders(account.account_id)
            if strategy_id in ("", order.strategy_id)
        ]

    async def _await_cancels(self, orders: Sequence[Order]) -> list[str]:
        waits = (self._trading.settled(order.order_id, timeout_s=CANCELS_TIMEOUT_S) for order in orders)
        await asyncio.gather(*waits)
        now = ((order.order_id, self._views.order(order.order_id)) for order in orders)
        return [order_id for order_id, order in now if order is not None and order.is_open]

    def _is_active(self, target: str) -> bool:
        return any(switch.target in ("", target) for switch in self._views.kill_switches())

    def _since(self, target: str) -> Nanos | None:
        return next((s.activated_ns for s in self._views.kill_switches() if s.target == target), None)

    def _strategy_ids(self, target: str) -> list[str]:
        account_id, _, strategy_id = target.partition("/")
        if strategy_id:
            return [strategy_id]
        return sorted({strategy.config.strategy_id for strategy in self._views.strategies(account_id or None)})


def _scope_of(target: str) -> KillScope:
    if "/" in target:
        return KillScope.STRATEGY
    return KillScope.ACCOUNT if target else KillScope.GLOBAL
