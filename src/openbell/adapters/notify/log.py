"""Alerts into the server's own log."""

import structlog

from openbell.domain.alert import Alert, Severity

_log = structlog.get_logger("openbell.alerts")


class LogNotifier:
    """Writes alerts as log lines of their severity (ports.Notifier)."""

    name = "log"

    async def send(self, alert: Alert) -> None:
        """Write one line."""
        write = {Severity.INFO: _log.info, Severity.WARNING: _log.warning, Severity.ERROR: _log.error}
        write.get(alert.severity, _log.critical)(
            "alert",
            alert_id=alert.alert_id,
            code=alert.code,
            message=alert.message,
            account_id=alert.account_id,
            **{f"context_{name}": value for name, value in alert.context.items()},
        )
