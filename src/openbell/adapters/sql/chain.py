"""The end of the audit log: where the next row goes, and the seal that shows when rows were cut off."""

import hashlib
import hmac
import sqlite3
from collections.abc import Sequence

import msgspec
from sqlalchemy import select

from openbell.adapters.sql.schema_controls import audit, audit_head
from openbell.adapters.sql.statements import compiled, insert_text
from openbell.domain.audit import GENESIS, AuditEntry, row_hash

_LAST = "SELECT sequence, hash FROM audit ORDER BY sequence DESC LIMIT 1"
_INSERT = insert_text(audit)
_SET_HEAD = "INSERT OR REPLACE INTO audit_head (head, sequence, hash, seal) VALUES (1, ?, ?, ?)"
_HEAD = compiled(select(audit_head.c.sequence, audit_head.c.hash, audit_head.c.seal))


def seal_of(key: bytes, sequence: int, end_hash: str) -> str:
    """Give the seal on the end of the chain: without the key nobody can make a shorter one look whole."""
    return hmac.new(key, f"audit:{sequence}:{end_hash}".encode(), hashlib.sha256).hexdigest()


class AuditChain:
    """Adds rows within the transaction under way. The end is read each time: another process may have added too."""

    def __init__(self, connection: sqlite3.Connection, key: bytes) -> None:
        self._connection = connection
        self._key = key

    def write(self, entries: Sequence[AuditEntry]) -> None:
        """Add entries in order, and seal the new end."""
        if not entries:
            return
        # A chain cut short goes on from where its seal says it ended, so that the cut stays in sight.
        ends = [self._connection.execute(_LAST).fetchone(), self._connection.execute(_HEAD).fetchone()]
        sequence, last = max((end[:2] for end in ends if end), default=(0, GENESIS))
        rows = []
        for entry in entries:
            prev_hash, sequence = last, sequence + 1
            last = row_hash(sequence, prev_hash, entry)
            rows.append((sequence, *msgspec.structs.astuple(entry), prev_hash, last))
        self._connection.executemany(_INSERT, rows)
        self._connection.execute(_SET_HEAD, (sequence, last, seal_of(self._key, sequence, last)))
