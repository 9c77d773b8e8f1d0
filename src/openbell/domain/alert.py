"""Something a person should know of."""

from enum import StrEnum

import msgspec

from openbell.domain.values import Nanos


class Severity(StrEnum):
    """How much it matters."""

    INFO = "INFO"
    WARNING = "WARNING"
    ERROR = "ERROR"
    CRITICAL = "CRITICAL"


class Alert(msgspec.Struct, kw_only=True):
    """An alert for one account ('' for everybody). `context` values are text, numbers as decimal text."""

    alert_id: str
    account_id: str
    severity: Severity
    code: str
    message: str
    context: dict[str, str] = {}
    created_ns: Nanos
    acknowledged_ns: Nanos | None = None
    acknowledged_by: str = ""
