"""Alerts, kill switches, what can be traded, and how the server is."""

from datetime import datetime

from openbell.client.call import Call, Page, body_of, data_of, page_of, place, query_of, whole
from openbell.client.endpoint import AsyncResource, Endpoint, Listing, Resource
from openbell.client.models.access import CancelAfter, Health, Instrument, KillReport, KillSwitch, Life
from openbell.client.models.portfolio import Alert

_alerts = page_of(Alert)
_alert = data_of(Alert)
_report = data_of(KillReport)
_cancel_after = data_of(CancelAfter)
_switches = data_of(list[KillSwitch])
_instruments = data_of(list[Instrument])
_instrument = data_of(Instrument)
_life = whole(Life)
_health = whole(Health)


def list_alerts(
    *,
    severity: str | None = None,
    acknowledged: bool | None = None,
    from_date: datetime | str | None = None,
    to_date: datetime | str | None = None,
    scope: str | None = None,
    per_page: int = 100,
) -> Call[Page[Alert]]:
    """List alerts, newest first."""
    query = query_of(
        {
            "severity": severity,
            "acknowledged": acknowledged,
            "from_date": from_date,
            "to_date": to_date,
            "scope": scope,
            "per_page": per_page,
        }
    )
    return Call(method="GET", path="/v1/alerts", query=query, read=_alerts)


def acknowledge_alert(alert_id: str) -> Call[Alert]:
    """Mark an alert as seen."""
    return Call(method="PATCH", path=place("v1", "alerts", alert_id, "acknowledge"), read=_alert, is_keyed=True)


def activate_switch(*, strategy_id: str | None = None, reason: str = "") -> Call[KillReport]:
    """Stop a strategy, or without one all trading: cancel what works and refuse what adds risk."""
    return _switch("activate", strategy_id, reason)


def release_switch(*, strategy_id: str | None = None, reason: str = "", mfa_token: str = "") -> Call[KillReport]:
    """Let trading go on; for admins, who send a fresh code where they have a second factor."""
    return _switch("deactivate", strategy_id, reason, mfa_token)


def list_switches() -> Call[list[KillSwitch]]:
    """List the kill switches that are on."""
    return Call(method="GET", path="/v1/controls/kill-switch", read=_switches)


def set_cancel_after(timeout_s: int) -> Call[CancelAfter]:
    """Have all working orders cancelled unless this is called again in time: 5 to 300 s; 0 takes it back."""
    body = body_of({"timeout_s": timeout_s})
    return Call(method="POST", path="/v1/controls/cancel-after", body=body, read=_cancel_after)


def get_cancel_after() -> Call[CancelAfter]:
    """Tell how much time is left until all working orders are cancelled."""
    return Call(method="GET", path="/v1/controls/cancel-after", read=_cancel_after)


def list_instruments() -> Call[list[Instrument]]:
    """List all instruments."""
    return Call(method="GET", path="/v1/instruments", read=_instruments)


def get_instrument(symbol: str) -> Call[Instrument]:
    """Give one instrument, by its symbol or an alias such as BTC-USD."""
    return Call(method="GET", path=place("v1", "instruments", symbol), read=_instrument)


def get_life() -> Call[Life]:
    """Ask for a sign of life; needs no credentials."""
    return Call(method="GET", path="/health", read=_life, is_open=True)


def get_health() -> Call[Health]:
    """Ask how each part of the server is, the market feed included."""
    return Call(method="GET", path="/v1/health", read=_health)


def _switch(action: str, strategy_id: str | None, reason: str, mfa_token: str = "") -> Call[KillReport]:
    body = body_of({"action": action, "strategy_id": strategy_id, "reason": reason, "mfa_token": mfa_token or None})
    return Call(method="POST", path="/v1/controls/kill-switch", body=body, read=_report, is_keyed=True)


class AlertMethods:
    """Everything about alerts."""

    acknowledge = Endpoint(acknowledge_alert)
    list = Endpoint(list_alerts)
    iter = Listing(list_alerts)


class ControlMethods:
    """Stopping and releasing trading."""

    activate = Endpoint(activate_switch)
    release = Endpoint(release_switch)
    switches = Endpoint(list_switches)
    cancel_after = Endpoint(set_cancel_after)
    cancel_after_state = Endpoint(get_cancel_after)


class InstrumentMethods:
    """What can be traded."""

    get = Endpoint(get_instrument)
    list = Endpoint(list_instruments)


class HealthMethods:
    """How the server is."""

    life = Endpoint(get_life)
    report = Endpoint(get_health)


class Alerts(AlertMethods, Resource):
    """Alerts, blocking."""


class AsyncAlerts(AlertMethods, AsyncResource):
    """Alerts, awaited."""


class Controls(ControlMethods, Resource):
    """Kill switches, blocking."""


class AsyncControls(ControlMethods, AsyncResource):
    """Kill switches, awaited."""


class Instruments(InstrumentMethods, Resource):
    """Instruments, blocking."""


class AsyncInstruments(InstrumentMethods, AsyncResource):
    """Instruments, awaited."""


class ServerHealth(HealthMethods, Resource):
    """Health, blocking."""


class AsyncServerHealth(HealthMethods, AsyncResource):
    """Health, awaited."""
