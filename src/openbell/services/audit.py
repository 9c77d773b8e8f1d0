"""The audit log: who moved money or permissions, from where and with what outcome.

Commands to the core are recorded here for every contract alike, in the same commit as what they caused. Everything
else that changes something is recorded by the edge, once a request.
"""

from collections.abc import Mapping
from contextvars import ContextVar
from typing import Any

import msgspec

from openbell.domain import commands as c
from openbell.domain.access import Principal
from openbell.domain.audit import AuditCheck, AuditEntry
from openbell.ports import AuditFilter, AuditTrail, Clock, Outcome, Page
from openbell.services.audit_detail import TEXT_MAX, described, written

__all__ = ["Audit", "AuditCheck", "AuditFilter", "Origin", "identify"]

SYSTEM = "system"
UNPRINTABLE = "\ufffd"
"""Stands for a character that cannot be shown."""

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
        await self._trail.append(self._entry(action, subject, outcome, written(detail or {}), actor_id=actor_id))

    def witness(self, command: c.Command, outcome: Outcome) -> AuditEntry | None:
        """Write of a command that the core has just decided, to be kept with what it caused. None: not recorded."""
        action = _action(command)
        if not action:
            return None
        refusal = outcome.refusal
        said = "done" if refusal is None else f"refused {refusal.code}"
        actor_id = getattr(command, "actor", "")
        return self._entry(action, _subject(command, outcome), said, described(command), actor_id=actor_id)

    async def list(self, wanted: AuditFilter) -> Page:
        """List rows, newest first."""
        return await self._trail.rows(wanted)

    async def check(self) -> AuditCheck:
        """Verify the whole chain."""
        return await self._trail.check()

    def _entry(self, action: str, subject: str, outcome: str, detail: str, *, actor_id: str) -> AuditEntry:
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
            subject=_storable(subject),
            outcome=_storable(outcome),
            detail=detail,
        )


def _storable(text: str) -> str:
    """Give a text as every database takes it: PostgreSQL has no place for NUL, and one entry halts what is with it."""
    cut = text[:TEXT_MAX]
    return cut if cut.isprintable() else "".join(one if one.isprintable() else UNPRINTABLE for one in cut)


def _action(command: c.Command) -> str:
    if isinstance(command, c.SetKillSwitch):
        return "kill_switch.activate" if command.is_active else "kill_switch.release"
    return _ACTIONS.get(type(command), "")


def _subject(command: c.Command, outcome: Outcome) -> str:
    if type(command) is c.PlaceOrder:
        return outcome.subject_id or command.account_id
    if isinstance(command, c.CreateStrategy):
        return command.config.strategy_id
    for name in ("order_id", "strategy_id", "target", "alert_id"):
        value = getattr(command, name, "")
        if value:
            return str(value)
    return outcome.subject_id or getattr(command, "account_id", "")


def _credential(who: Principal | None) -> str:
    if who is None:
        return ""
    return f"key:{who.key_id}" if who.key_id else f"session:{who.session_id}" if who.session_id else ""
