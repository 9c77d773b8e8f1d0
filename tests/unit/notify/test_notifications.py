"""Alerts on their way out: routed by severity, tried again, bounded, and no channel waits for another."""

import asyncio

import pytest

import waiting
from openbell.config import ConfigError, load
from openbell.domain.alert import Severity
from openbell.domain.events import AlertRaised, Recorded
from openbell.ports import NotDelivered
from openbell.services.notifications import ATTEMPTS_MAX, WAITING_MAX, Notifications, Route


class Channel:
    """A channel that fails as often as it is told to, and remembers what arrived."""

    def __init__(self, name="channel", *, failures=0, is_final=False):
        self.name, self.failures, self.is_final = name, failures, is_final
        self.arrived, self.attempts = [], 0

    async def send(self, alert):
        self.attempts += 1
        if self.failures:
            self.failures -= 1
            raise NotDelivered("not now", is_final=self.is_final)
        self.arrived.append(alert.alert_id)


class Stuck(Channel):
    async def send(self, alert):
        self.attempts += 1
        await asyncio.Event().wait()


def raised(number, severity=Severity.WARNING):
    event = AlertRaised(alert_id=f"a{number}", account_id="", severity=severity, code="X", message="m")
    return Recorded(number, number, "", 0, event)


async def run(routes, *records, until):
    notices = Notifications(routes, jitter=lambda: 0.0, pause_s=0.001)
    task = asyncio.create_task(notices.run())
    notices.events(records)
    await waiting.until(until)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    return notices


async def test_each_channel_hears_what_is_severe_enough_for_it():
    every, grave = Channel(), Channel()
    records = [raised(1, Severity.INFO), raised(2, Severity.ERROR), raised(3, Severity.CRITICAL)]
    await run([Route(every, Severity.INFO), Route(grave, Severity.CRITICAL)], *records, until=lambda: every.arrived[2:])
    assert every.arrived == ["a1", "a2", "a3"] and grave.arrived == ["a3"]


async def test_a_failed_delivery_is_tried_again_until_it_arrives():
    channel = Channel(failures=3)
    await run([Route(channel, Severity.INFO)], raised(1), until=lambda: channel.arrived)
    assert channel.arrived == ["a1"] and channel.attempts == 4


async def test_what_cannot_arrive_is_given_up_and_the_next_one_goes_out():
    for hopeless in (Channel(failures=1, is_final=True), Channel(failures=ATTEMPTS_MAX)):
        await run([Route(hopeless, Severity.INFO)], raised(1), raised(2), until=lambda one=hopeless: one.arrived)
        assert hopeless.arrived == ["a2"]


async def test_a_stuck_channel_holds_up_neither_trading_nor_another_channel():
    stuck, other = Stuck(), Channel()
    routes = [Route(stuck, Severity.INFO), Route(other, Severity.INFO)]
    await run(routes, *(raised(n) for n in range(3 * WAITING_MAX)), until=lambda: len(other.arrived) >= WAITING_MAX)
    assert other.arrived[-1] == f"a{3 * WAITING_MAX - 1}" and len(other.arrived) == WAITING_MAX


@pytest.mark.parametrize(
    "settings",
    [
        {"notify_allow_private": "true", "environment": "production"},
        {"notify_webhook_url": "https://example.com/hook", "notify_webhook_secret": "short"},
        {"notify_email_to": "ada@example.com"},
        {"notify_smtp_tls": "none", "notify_smtp_user": "ada"},
    ],
)
def test_unsafe_settings_are_refused(settings):
    with pytest.raises(ConfigError, match="notify_"):
        load(environ={}, overrides=settings)
