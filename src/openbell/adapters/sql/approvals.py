"""Approvals of a change of mode (ports.ApprovalStore)."""

import msgspec
from sqlalchemy import ColumnElement, Connection, RowMapping, insert, select, update

from openbell.adapters.sql.runner import Runner
from openbell.adapters.sql.schema_controls import approvals
from openbell.domain.approval import Approval
from openbell.domain.values import Nanos


class SqlApprovals:
    """What was asked for and given. Giving and using are each done once, however many try at the same time."""

    def __init__(self, runner: Runner) -> None:
        self._runner = runner

    async def add(self, approval: Approval) -> None:
        """Keep a request."""
        values = msgspec.structs.asdict(approval)
        await self._runner.write(lambda connection: connection.execute(insert(approvals).values(values)).rowcount)

    async def approval(self, approval_id: str) -> Approval | None:
        """Give a request."""
        return await self._one(approvals.c.approval_id == approval_id)

    async def by_code(self, code_hash: str) -> Approval | None:
        """Give the request that a code was issued for."""
        return await self._one(approvals.c.code_hash == code_hash)

    async def latest(self, *, limit: int) -> list[Approval]:
        """List requests, newest first."""
        statement = select(approvals).order_by(approvals.c.requested_ns.desc(), approvals.c.approval_id).limit(limit)
        return await self._runner.read(
            lambda connection: [_approval(row) for row in connection.execute(statement).mappings()]
        )

    async def approve(self, approval_id: str, *, by: str, at_ns: Nanos, code_hash: str) -> bool:
        """Record who approved; False when somebody did before."""
        return await self._change(
            approval_id,
            approvals.c.approved_ns.is_(None),
            {"approved_by": by, "approved_ns": at_ns, "code_hash": code_hash},
        )

    async def use(self, approval_id: str, *, at_ns: Nanos) -> bool:
        """Use an approval up; False when it was used before."""
        return await self._change(approval_id, approvals.c.used_ns.is_(None), {"used_ns": at_ns})

    async def _change(self, approval_id: str, where: ColumnElement[bool], values: dict[str, str | int]) -> bool:
        statement = update(approvals).where(approvals.c.approval_id == approval_id, where).values(values)
        changed: int = await self._runner.write(lambda connection: connection.execute(statement).rowcount)
        return changed == 1

    async def _one(self, where: ColumnElement[bool]) -> Approval | None:
        def work(connection: Connection) -> Approval | None:
            row = connection.execute(select(approvals).where(where)).mappings().first()
            return None if row is None else _approval(row)

        return await self._runner.read(work)


def _approval(row: RowMapping) -> Approval:
    return msgspec.convert({name: row[name] for name in Approval.__struct_fields__}, Approval)
