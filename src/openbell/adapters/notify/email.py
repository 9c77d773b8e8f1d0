"""Alerts by e-mail."""

import asyncio
import smtplib
import ssl
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime

import msgspec

from openbell.domain.alert import Alert
from openbell.domain.instants import instant_text
from openbell.domain.values import NANOS_PER_SECOND
from openbell.ports import NotDelivered

TIMEOUT_S = 10.0


class MailSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Where mail goes out and to whom. `tls` is `starttls`, `tls` (from the first byte) or `none`."""

    host: str
    port: int
    tls: str
    user: str
    password: str
    sender: str
    recipients: tuple[str, ...]


class EmailNotifier:
    """Sends one mail an alert (ports.Notifier). Without the encryption that is set nothing is sent."""

    name = "email"

    def __init__(self, settings: MailSettings) -> None:
        self._settings = settings

    async def send(self, alert: Alert) -> None:
        """Deliver one alert, in a thread: the protocol library blocks."""
        try:
            await asyncio.to_thread(self._deliver, letter(alert, self._settings))
        except smtplib.SMTPRecipientsRefused as refusal:
            codes = {code for code, _ in refusal.recipients.values()}
            is_final = all(500 <= code < 600 for code in codes)
            raise NotDelivered(f"no recipient was taken: {sorted(codes)}", is_final=is_final) from refusal
        except smtplib.SMTPResponseException as refusal:
            is_final = 500 <= refusal.smtp_code < 600
            raise NotDelivered(f"the mail server answered {refusal.smtp_code}", is_final=is_final) from refusal
        except (smtplib.SMTPException, OSError, ValueError) as problem:
            raise NotDelivered(f"the mail was not taken: {problem}") from problem

    def _deliver(self, mail: EmailMessage) -> None:
        with self._connected() as server:
            if self._settings.tls == "starttls":
                server.starttls(context=ssl.create_default_context())
            if self._settings.user:
                server.login(self._settings.user, self._settings.password)
            server.send_message(mail)

    def _connected(self) -> smtplib.SMTP:
        host, port = self._settings.host, self._settings.port
        if self._settings.tls == "tls":
            return smtplib.SMTP_SSL(host, port, timeout=TIMEOUT_S, context=ssl.create_default_context())
        return smtplib.SMTP(host, port, timeout=TIMEOUT_S)


def letter(alert: Alert, settings: MailSettings) -> EmailMessage:
    """Write an alert as a mail. Its id is the alert's, so that a mail that came twice is seen to be one."""
    mail = EmailMessage()
    subject = " ".join(f"[Openbell {alert.severity}] {alert.code}: {alert.message}".split())
    mail["Subject"] = subject[:200]
    mail["From"] = settings.sender
    mail["To"] = ", ".join(settings.recipients)
    mail["Date"] = format_datetime(datetime.fromtimestamp(alert.created_ns / NANOS_PER_SECOND, UTC))
    mail["Message-ID"] = f"<{alert.alert_id}.{alert.created_ns}@openbell>"
    mail["Auto-Submitted"] = "auto-generated"
    lines = [alert.message, "", f"severity: {alert.severity}", f"code: {alert.code}", f"alert: {alert.alert_id}"]
    lines += [f"account: {alert.account_id or 'all'}", f"time: {instant_text(alert.created_ns)}"]
    lines += [f"{name}: {value}" for name, value in alert.context.items()]
    mail.set_content("\n".join(lines) + "\n")
    return mail
