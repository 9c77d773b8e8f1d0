"""The emergency stop: the kill switch at once, every cancel awaited, and where asked for every position closed."""

import msgspec

from openbell.domain.access import Principal, Role
from openbell.domain.order import Order
from openbell.domain.risk import Refusal
from openbell.services.closing import Closing
from openbell.services.controls import Controls, KillReport


class Stopped(msgspec.Struct, frozen=True, kw_only=True):
    """What the stop did: the switch and its cancels, and the orders that close positions."""

    report: KillReport
    closing_orders: list[Order] = []


class Emergency:
    """Stops whatever a caller may stop: an admin everything, others their own account. Twice is harmless."""

    def __init__(self, *, controls: Controls, closing: Closing) -> None:
        self._controls = controls
        self._closing = closing

    async def stop(self, *, caller: Principal, reason: str) -> Stopped | Refusal:
        """Latch the switch; returns once each cancel is known or found outstanding."""
        report = await self._controls.stop_all(caller=caller, reason=reason)
        return report if isinstance(report, Refusal) else Stopped(report=report)

    async def stop_and_flatten(self, *, caller: Principal, reason: str) -> Stopped | Refusal:
        """Stop, then close every position within the caller's reach at the market."""
        stopped = await self.stop(caller=caller, reason=reason)
        if isinstance(stopped, Refusal):
            return stopped
        reach = None if caller.role is Role.ADMIN else caller.account_id
        orders = await self._closing.close_all(reach, actor=caller.user_id)
        return msgspec.structs.replace(stopped, closing_orders=orders)
