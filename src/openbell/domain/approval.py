"""Permission for one change of a strategy's mode: asked for by one admin, given by another, good once and briefly."""

import msgspec

from openbell.domain.account import Mode
from openbell.domain.values import NANOS_PER_SECOND, Nanos

APPROVAL_TTL_NS = 600 * NANOS_PER_SECOND


class Approval(msgspec.Struct, frozen=True, kw_only=True):
    """A request and what became of it. It holds for exactly this strategy, these modes and this configuration."""

    approval_id: str
    account_id: str
    strategy_id: str
    from_mode: Mode
    to_mode: Mode
    config_hash: str
    """SHA-256 of the strategy's configuration when it was asked for."""
    reason: str
    requested_by: str
    requested_ns: Nanos
    expires_ns: Nanos
    approved_by: str = ""
    approved_ns: Nanos | None = None
    code_hash: str = ""
    """SHA-256 of the code that was shown once to whoever approved."""
    used_ns: Nanos | None = None
