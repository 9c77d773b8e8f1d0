"""The audit log in SQL: a chain of rows that only grows, read by page and verified as a whole."""

import hmac
from asyncio import Future, wrap_future

import msgspec
from sqlalchemy import ColumnElement, Connection, RowMapping, select

from openbell.adapters.sql.chain import seal_of
from openbell.adapters.sql.paging import Listing
from openbell.adapters.sql.runner import Runner
from openbell.adapters.sql.schema_controls import audit, audit_head
from openbell.adapters.sql.writer import Writer
from openbell.domain.audit import GENESIS, AuditCheck, AuditEntry, AuditRow, row_hash
from openbell.ports import AuditFilter, Page


def check_chain(connection: Connection, key: bytes) -> AuditCheck:
    """Go through all rows and the seal; the first thing that is wrong is told."""
    count, last = 0, GENESIS
    for found in connection.execute(select(audit).order_by(audit.c.sequence)).mappings():
        row = _row(found)
        problem = _problem(row, count + 1, last)
        if problem:
            return AuditCheck(rows=count, broken_sequence=min(count + 1, row.sequence), problem=problem)
        count, last = row.sequence, row.hash
    return _end(connection, key, count, last)


def _problem(row: AuditRow, due: int, prev_hash: str) -> str:
    if row.sequence != due:
        return f"row {due} is missing: the next one there is {row.sequence}"
    if row.prev_hash != prev_hash:
        return f"row {row.sequence} does not follow from the row before it"
    if row.hash != row_hash(row.sequence, row.prev_hash, row.entry):
        return f"row {row.sequence} is not what was written"
    return ""


def _end(connection: Connection, key: bytes, count: int, last: str) -> AuditCheck:
    """Hold the end of the chain against its seal: rows cut off, or added by somebody else, show here."""
    head = connection.execute(select(audit_head)).mappings().first()
    if head is None:
        place, problem = 1, "the seal on the end of the chain is missing" if count else ""
    elif not hmac.compare_digest(head["seal"], seal_of(key, head["sequence"], head["hash"])):
        place, problem = head["sequence"], "the seal on the end of the chain is not ours"
    elif head["sequence"] > count:
        place, problem = count + 1, f"rows {count + 1} to {head['sequence']} are missing"
    elif (head["sequence"], head["hash"]) != (count, last):
        place, problem = (
            head["sequence"] + 1,
            f"the chain was sealed at row {head['sequence']}: later rows are not ours",
        )
    else:
        place, problem = 0, ""
    return AuditCheck(rows=count, broken_sequence=place if problem else None, problem=problem)


def _row(found: RowMapping) -> AuditRow:
    entry = msgspec.convert({name: found[name] for name in AuditEntry.__struct_fields__}, AuditEntry)
    return AuditRow(sequence=found["sequence"], entry=entry, prev_hash=found["prev_hash"], hash=found["hash"])


_ROWS = Listing(table=audit, keys=(audit.c.sequence,), build=_row)


def audit_page(connection: Connection, wanted: AuditFilter) -> Page:
    """Read a page of rows, newest first."""
    where: list[ColumnElement[bool]] = []
    if wanted.actor_id is not None:
        where.append(audit.c.actor_id == wanted.actor_id)
    if wanted.action is not None:
        where.append(audit.c.action == wanted.action)
    if wanted.from_ns is not None:
        where.append(audit.c.ts_ns >= wanted.from_ns)
    if wanted.to_ns is not None:
        where.append(audit.c.ts_ns < wanted.to_ns)
    return _ROWS.page(connection, where=where, offset=wanted.offset, limit=wanted.limit, cursor=wanted.cursor)


class SqlAudit:
    """The audit log (ports.AuditTrail), written by the one thread that writes."""

    def __init__(self, runner: Runner, writer: Writer, key: bytes) -> None:
        self._runner = runner
        self._writer = writer
        self._key = key

    def append(self, entry: AuditEntry) -> Future[None]:
        """Queue an entry; it is durable once awaited."""
        return wrap_future(self._writer.note(entry))

    async def rows(self, wanted: AuditFilter) -> Page:
        """List rows, newest first."""
        return await self._runner.read(lambda connection: audit_page(connection, wanted))

    async def check(self) -> AuditCheck:
        """Verify the whole chain."""
        return await self._runner.read(lambda connection: check_chain(connection, self._key))
