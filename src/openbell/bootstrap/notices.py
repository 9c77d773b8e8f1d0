"""The channels that alerts go out by, as set."""

from secrets import SystemRandom

from openbell.adapters.notify.email import EmailNotifier, MailSettings
from openbell.adapters.notify.log import LogNotifier
from openbell.adapters.notify.webhook import WebhookNotifier
from openbell.config import ConfigError, Settings
from openbell.domain.alert import Severity
from openbell.ports import Clock
from openbell.services.notifications import Notifications, Route


def notifications(settings: Settings, *, clock: Clock) -> Notifications:
    """Set up the channels. Raises ConfigError for a webhook that is no plain https address."""
    routes = []
    if settings.notify_log != "off":
        routes.append(Route(LogNotifier(), Severity(settings.notify_log)))
    if settings.notify_webhook_url:
        routes.append(Route(_webhook(settings, clock), Severity(settings.notify_webhook)))
    if settings.notify_email_to:
        routes.append(Route(_email(settings), Severity(settings.notify_email)))
    return Notifications(routes, jitter=SystemRandom().random)


def _webhook(settings: Settings, clock: Clock) -> WebhookNotifier:
    try:
        return WebhookNotifier(
            settings.notify_webhook_url,
            secret=settings.notify_webhook_secret,
            clock=clock,
            allow_private=settings.notify_allow_private,
        )
    except ValueError as problem:
        raise ConfigError(f"notify_webhook_url: {problem}") from problem


def _email(settings: Settings) -> EmailNotifier:
    mail = MailSettings(
        host=settings.notify_smtp_host,
        port=settings.notify_smtp_port,
        tls=settings.notify_smtp_tls,
        user=settings.notify_smtp_user,
        password=settings.notify_smtp_password,
        sender=settings.notify_email_from,
        recipients=settings.notify_email_to,
    )
    return EmailNotifier(mail)
