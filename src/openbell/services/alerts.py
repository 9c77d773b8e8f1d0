"""Alerts: list what a person should know of, and mark it as seen."""

import msgspec

from openbell.domain.alert import Alert, Severity
from openbell.domain.commands import AcknowledgeAlert, RaiseAlert
from openbell.ports import AlertFilter, History, Page, Trading
from openbell.services.notifications import Notifications

__all__ = ["AlertFilter", "AlertList", "Alerts"]


class AlertList(msgspec.Struct, frozen=True):
    """A page of alerts, and how many of all that match are not acknowledged."""

    page: Page
    unacknowledged: int


class AlertTest(msgspec.Struct, frozen=True):
    """A test alert, and the channels that are told of it."""

    alert: Alert | None
    channels: list[str]


class Alerts:
    """The alerts of everybody; `account_id` is whose may be seen (with those for all), None is everybody's."""

    def __init__(self, *, trading: Trading, history: History, notices: Notifications) -> None:
        self._notices = notices
        self._trading = trading
        self._history = history

    async def list(self, wanted: AlertFilter) -> AlertList:
        """List alerts, newest first."""
        page = await self._history.alerts(wanted)
        if wanted.is_acknowledged is True:
            return AlertList(page, 0)
        if wanted.is_acknowledged is False:
            return AlertList(page, page.total)
        open_ones = msgspec.structs.replace(wanted, is_acknowledged=False, limit=1, offset=0, cursor="")
        return AlertList(page, (await self._history.alerts(open_ones)).total)

    async def get(self, alert_id: str, *, account_id: str | None) -> Alert | None:
        """Give one alert; None also for somebody else's."""
        alert = await self._history.alert(alert_id)
        if alert is None or (account_id is not None and alert.account_id not in ("", account_id)):
            return None
        return alert

    async def acknowledge(self, alert_id: str, *, account_id: str | None, actor: str) -> Alert | None:
        """Mark an alert as seen; the first who did it stays on record."""
        alert = await self.get(alert_id, account_id=account_id)
        if alert is None or alert.acknowledged_ns is not None:
            return alert
        await self._trading.submit(
            AcknowledgeAlert(ts_ns=self._trading.now_ns(), account_id=alert.account_id, alert_id=alert_id, actor=actor)
        )
        return await self._history.alert(alert_id)

    async def test(self, severity: Severity, *, account_id: str, asked_by: str) -> AlertTest:
        """Raise an alert that means nothing, and tell by which channels it goes out."""
        command = RaiseAlert(
            ts_ns=self._trading.now_ns(),
            account_id=account_id,
            severity=severity,
            code="TEST",
            message="This is a test of alerts; nothing has happened.",
            context={"asked_by": asked_by},
        )
        outcome = await self._trading.submit(command)
        return AlertTest(await self._history.alert(outcome.subject_id), self._notices.channels(severity))
