"""Tables of the controls: the audit log with its seal, and the approvals of a change of mode."""

from typing import Any

from sqlalchemy import Column, Index, Table, Text

from openbell.adapters.sql.schema import Whole, metadata


def _table(name: str, *columns: Column[Any] | Index) -> Table:
    return Table(name, metadata, *columns, sqlite_strict=True, sqlite_with_rowid=True)


def _text(name: str) -> Column[str]:
    return Column(name, Text, nullable=False)


def _whole(name: str, *, nullable: bool = False) -> Column[int]:
    return Column(name, Whole, nullable=nullable)


def _place(name: str) -> Column[int]:
    return Column(name, Whole, primary_key=True, autoincrement=False)


audit = _table(
    "audit",
    _place("sequence"),
    _whole("ts_ns"),
    _text("actor_id"),
    _text("role"),
    _text("credential"),
    _text("contract"),
    _text("client_ip"),
    _text("request_id"),
    _text("action"),
    _text("subject"),
    _text("outcome"),
    _text("detail"),
    _text("prev_hash"),
    _text("hash"),
    Index("audit_by_actor", "actor_id", "sequence"),
    Index("audit_by_action", "action", "sequence"),
)
audit_head = _table(
    "audit_head",
    _place("head"),  # one row, 1: where the chain ends, under the seal of a key outside the database
    _whole("sequence"),
    _text("hash"),
    _text("seal"),
)
approvals = _table(
    "approvals",
    Column("approval_id", Text, primary_key=True),
    _text("account_id"),
    _text("strategy_id"),
    _text("from_mode"),
    _text("to_mode"),
    _text("config_hash"),
    _text("reason"),
    _text("requested_by"),
    _whole("requested_ns"),
    _whole("expires_ns"),
    _text("approved_by"),
    _whole("approved_ns", nullable=True),
    _text("code_hash"),
    _whole("used_ns", nullable=True),
    Index("approvals_by_code", "code_hash"),
    Index("approvals_by_time", "requested_ns"),
)
