"""The end of the audit log: where the next row goes, and the seal that shows when rows were cut off."""

import hashlib
import hmac
from collections.abc import Sequence

import msgspec

from openbell.adapters.sql.schema_controls import audit, audit_head
from openbell.adapters.sql.statements import Raw, insert_text
from openbell.adapters.sql.upsert import replace_text
from openbell.domain.audit import GENESIS, AuditEntry, row_hash

_LAST = "SELECT sequence, hash FROM audit ORDER BY sequence DESC LIMIT 1"
_HEAD = "SELECT sequence, hash, seal FROM audit_head"


def seal_of(key: bytes, sequence: int, end_hash: str) -> str:
    """Give the seal on the end of the chain: without the key nobody can make a shorter one look whole."""
    return hmac.new(key, f"audit:{sequence}:{end_hash}".encode(), hashlib.sha256).hexdigest()


class AuditChain:
    """Adds rows within the transaction under way. The end is read each time: another process may have added too."""

    def __init__(self, raw: Raw, key: bytes) -> None:
        self._raw = raw
        self._key = key
        self._insert = insert_text(audit, raw.dialect)
        self._set_head = replace_text(audit_head, raw.dialect)

    def write(self, entries: Sequence[AuditEntry]) -> None:
        """Add entries in order, and seal the new end."""
        if not entries:
            return
        # A chain cut short goes on from where its seal says it ended, so that the cut stays in sight.
        ends = [self._raw.first(_LAST, ()), self._raw.first(_HEAD, ())]
        sequence, last = max((tuple(end[:2]) for end in ends if end), default=(0, GENESIS))
        rows = []
        for entry in entries:
            prev_hash, sequence = last, sequence + 1
            last = row_hash(sequence, prev_hash, entry)
            rows.append((sequence, *msgspec.structs.astuple(entry), prev_hash, last))
        self._raw.insert_many(self._insert, rows)
        self._raw.insert_many(self._set_head, [(1, sequence, last, seal_of(self._key, sequence, last))])
