"""The audit log: who moved money or permissions, from where and with what outcome.

Commands to the core are recorded here for every contract alike, in the same commit as what they caused. Everything
else that changes something is recorded by the edge, once a request.
"""

from collections.abc import Mapping
from contextvars import ContextVar
from typing import Any

import msgspec
from msgspec.structs import astuple

from openbell.domain import commands as c
from openbell.domain.access import Principal
from openbell.domain.audit import AuditCheck, AuditEntry
from openbell.domain.order import Instruction
from openbell.domain.values import text_of
from openbell.ports import AuditFilter, AuditTrail, Clock, Outcome, Page

__all__ = ["Audit", "AuditCheck", "AuditFilter", "Origin", "identify"]

TEXT_MAX = 200
"""Characters kept of any text of a request."""
DETAIL_BYTES_MAX = 4_096
SYSTEM = "system"

_AMOUNTS = frozenset(
    {
        *("quantity", "limit_price", "stop_price", "amount", "allocated", "price_collar"),
        *("order_quantity_max", "order_notional_max", "position_notional_max", "daily_loss_max", "drawdown_max"),
    }
)
"""Fields of commands that hold scaled steps."""
_ACTIONS: Mapping[type, str] = {
    c.OpenAccount: "account.open",
    c.MoveCash: "cash.move",
    c.PlaceOrder: "order.place",
    c.ModifyOrder: "order.modify",
    c.CancelOrder: "order.cancel",
    c.CancelAll: "order.cancel_all",
    c.CreateStrategy: "strategy.create",
    c.ConfigureStrategy: "strategy.configure",
    c.RunStrategy: "strategy.run",
    c.DeleteStrategy: "strategy.delete",
    c.SetLimits: "limits.set",
    c.SetDeadMan: "dead_man.set",
    c.AcknowledgeAlert: "alert.acknowledge",
}

_ORDER_FIELDS = (*c.PlaceOrder.__struct_fields__, *Instruction.__struct_fields__)


class Origin(msgspec.Struct, kw_only=True):
    """Where what happens now comes from; `recorded` counts the entries made on its behalf."""

    contract: str
    client_ip: str = ""
    agent: str = ""
    request_id: str = ""
    principal: Principal | None = None
    recorded: int = 0


NOBODY = Origin(contract="")
CURRENT: ContextVar[Origin] = ContextVar("openbell_origin", default=NOBODY)
"""The request or connection under way. The edge sets it; tasks started from there inherit it."""


def identify(principal: Principal) -> None:
    """Name the caller of the connection under way, where that is known only after the handshake."""
    origin = CURRENT.get()
    if origin is not NOBODY:
        origin.principal = principal


class Audit:
    """Writes and reads the audit log."""

    def __init__(self, *, trail: AuditTrail, clock: Clock) -> None:
        self._trail = trail
        self._clock = clock

    async def record(
        self,
        action: str,
        *,
        subject: str = "",
        outcome: str = "done",
        detail: Mapping[str, Any] | None = None,
        actor_id: str = "",
    ) -> None:
        """Record an action of whoever is asking now; durable on return. Raises Unavailable."""
        await self._trail.append(self._entry(action, subject, outcome, detail or {}, actor_id=actor_id))

    def witness(self, command: c.Command, outcome: Outcome) -> AuditEntry | None:
        """Write of a command that the core has just decided, to be kept with what it caused. None: not recorded."""
        action = _action(command)
        if not action:
            return None
        refusal = outcome.refusal
        said = "done" if refusal is None else f"refused {refusal.code}"
        actor_id = getattr(command, "actor", "")
        return self._entry(action, _subject(command, outcome), said, _described(command), actor_id=actor_id)

    async def list(self, wanted: AuditFilter) -> Page:
        """List rows, newest first."""
        return await self._trail.rows(wanted)

    async def check(self) -> AuditCheck:
        """Verify the whole chain."""
        return await self._trail.check()

    def _entry(
        self, action: str, subject: str, outcome: str, detail: Mapping[str, Any], *, actor_id: str
    ) -> AuditEntry:
        origin = CURRENT.get()
        origin.recorded += 1
        who = origin.principal
        return AuditEntry(
            ts_ns=self._clock.now_ns(),
            actor_id=who.user_id if who is not None else actor_id or SYSTEM,
            role=who.role.value if who is not None else "",
            credential=_credential(who),
            contract=origin.contract,
            client_ip=origin.client_ip,
            request_id=origin.request_id,
            action=action,
            subject=subject[:TEXT_MAX],
            outcome=outcome[:TEXT_MAX],
            detail=_json(detail),
        )


def _action(command: c.Command) -> str:
    if isinstance(command, c.SetKillSwitch):
        return "kill_switch.activate" if command.is_active else "kill_switch.release"
    return _ACTIONS.get(type(command), "")


def _subject(command: c.Command, outcome: Outcome) -> str:
    if isinstance(command, c.CreateStrategy):
        return command.config.strategy_id
    for name in ("order_id", "strategy_id", "target", "alert_id"):
        if name != "strategy_id" or not isinstance(command, c.PlaceOrder):
            value = getattr(command, name, "")
            if value:
                return str(value)
    return outcome.subject_id or getattr(command, "account_id", "")


def _described(command: c.Command) -> dict[str, Any]:
    """Give what a command says, amounts as decimal text, without its time and what it leaves open."""
    if type(command) is c.PlaceOrder:
        # Nothing is asked for more often: its fields are plain values already.
        instruction = command.instruction
        said = dict(zip(_ORDER_FIELDS, (*astuple(command), *astuple(instruction)), strict=True))
        del said["instruction"]
    else:
        said = msgspec.to_builtins(command)
        said |= said.pop("instruction", {})
    said.pop("ts_ns")
    said.pop("actor", None)
    return _plain(said)


def _plain(said: Mapping[str, Any]) -> dict[str, Any]:
    plain: dict[str, Any] = {}
    for name, value in said.items():
        if value is None or value == "":
            continue
        if name == "deposits":
            plain[name] = {currency: text_of(amount, 0) for currency, amount in value.items()}
        elif isinstance(value, dict):
            plain[name] = _plain(value)
        elif isinstance(value, int) and name in _AMOUNTS:
            plain[name] = text_of(value, 0)
        else:
            plain[name] = value[:TEXT_MAX] if isinstance(value, str) else value
    return plain


def _credential(who: Principal | None) -> str:
    if who is None:
        return ""
    return f"key:{who.key_id}" if who.key_id else f"session:{who.session_id}" if who.session_id else ""


def _json(detail: Mapping[str, Any]) -> str:
    text = msgspec.json.encode(detail, order="sorted")
    return text.decode() if len(text) <= DETAIL_BYTES_MAX else f'{{"bytes_left_out":{len(text)}}}'
