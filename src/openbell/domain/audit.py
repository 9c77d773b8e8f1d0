"""What people and programs did that moved money or permissions: entries, and the chain of hashes that holds them."""

import hashlib

import msgspec

from openbell.domain.values import Nanos

GENESIS = "0" * 64
"""What the first row names as the hash before it."""


class AuditEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One action. `actor_id` is a user id, `operator` for the command line or `system`; `detail` is a JSON object."""

    ts_ns: Nanos
    actor_id: str
    role: str
    credential: str
    """`session:…` or `key:…`, whichever the caller came with; '' when neither."""
    contract: str
    client_ip: str
    request_id: str
    action: str
    subject: str
    outcome: str
    """`done`, or `refused` and why."""
    detail: str


class AuditRow(msgspec.Struct, frozen=True, kw_only=True):
    """An entry in its place: rows are numbered from 1 without a hole, and each names the hash of the one before."""

    sequence: int
    entry: AuditEntry
    prev_hash: str
    hash: str


class AuditCheck(msgspec.Struct, frozen=True, kw_only=True):
    """What a verification found: `broken_sequence` is the first row that is wrong or missing, None when all hold."""

    rows: int
    broken_sequence: int | None = None
    problem: str = ""


def row_hash(sequence: int, prev_hash: str, entry: AuditEntry) -> str:
    """Give the SHA-256 of a row's canonical bytes: number, hash before, and the entry's fields in their order."""
    canonical = msgspec.json.encode([sequence, prev_hash, *msgspec.structs.astuple(entry)])
    return hashlib.sha256(canonical).hexdigest()
