"""E-mail: one mail an alert, and nothing in the clear where encryption was asked for."""

import asyncio
import email
from contextlib import asynccontextmanager

import msgspec
import pytest

from openbell.adapters.notify.email import EmailNotifier, MailSettings
from openbell.domain.alert import Alert, Severity
from openbell.ports import NotDelivered

ALERT = Alert(
    alert_id="alr-1",
    account_id="acc",
    severity=Severity.CRITICAL,
    code="DRAWDOWN",
    message="equity fell\r\nBcc: everybody@example.com",
    context={"target": "acc/s1"},
    created_ns=1_800_000_000 * 10**9,
)
SETTINGS = MailSettings(
    host="127.0.0.1",
    port=0,
    tls="none",
    user="",
    password="",
    sender="bell@example.com",
    recipients=("ada@example.com",),
)


class MailServer:
    """As much of SMTP as a client needs; `refusal` answers every recipient."""

    def __init__(self, refusal=""):
        self.refusal, self.mails, self.commands = refusal, [], []

    async def serve(self, reader, writer):
        writer.write(b"220 test\r\n")
        while line := (await reader.readline()).decode().strip():
            self.commands.append(line)
            word = line.split()[0].upper()
            if word == "DATA":
                writer.write(b"354 go on\r\n")
                self.mails.append(email.message_from_bytes(await reader.readuntil(b"\r\n.\r\n")))
            answer = {"RCPT": self.refusal, "QUIT": "221 bye"}.get(word) or "250 fine"
            writer.write(f"{answer}\r\n".encode())
        writer.close()

    @asynccontextmanager
    async def running(self, **changes):
        server = await asyncio.start_server(self.serve, "127.0.0.1", 0)
        try:
            port = server.sockets[0].getsockname()[1]
            yield EmailNotifier(msgspec.structs.replace(SETTINGS, port=port, **changes))
        finally:
            server.close()


async def test_a_mail_tells_of_the_alert_and_no_text_becomes_a_header():
    server = MailServer()
    async with server.running() as notifier:
        await notifier.send(ALERT)
    mail = server.mails[0]
    assert mail["To"] == "ada@example.com" and mail["Bcc"] is None
    assert "[Openbell CRITICAL] DRAWDOWN" in mail["Subject"] and "acc/s1" in mail.get_payload()
    assert mail["Message-ID"].startswith("<alr-1.")


async def test_without_the_encryption_that_is_set_nothing_is_sent():
    server = MailServer()
    async with server.running(tls="starttls", user="u", password="p") as notifier:
        with pytest.raises(NotDelivered):
            await notifier.send(ALERT)
    assert server.mails == [] and not [line for line in server.commands if line.startswith("AUTH")]


async def test_a_mailbox_that_is_not_there_is_final_and_a_full_one_is_not():
    for refusal, is_final in (("550 no such mailbox", True), ("452 full", False)):
        async with MailServer(refusal).running() as notifier:
            with pytest.raises(NotDelivered) as failure:
                await notifier.send(ALERT)
        assert failure.value.is_final is is_final


async def test_a_server_that_is_away_is_tried_again():
    with pytest.raises(NotDelivered) as failure:
        await EmailNotifier(msgspec.structs.replace(SETTINGS, port=1)).send(ALERT)
    assert failure.value.is_final is False
