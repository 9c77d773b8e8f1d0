"""Webhooks: signed, tried again, and never to an address that is not public, however it is spelled."""

import asyncio
import hashlib
import hmac
import json
from contextlib import asynccontextmanager

import pytest

from fakes import SteppedClock
from openbell.adapters.notify.addresses import addresses_of, is_public, read_url
from openbell.adapters.notify.webhook import WebhookNotifier
from openbell.domain.alert import Alert, Severity
from openbell.ports import NotDelivered

SECRET = "0123456789abcdef"
ALERT = Alert(alert_id="alr-1", account_id="acc", severity=Severity.CRITICAL, code="X", message="m", created_ns=10**18)

HOSTS = """
127.0.0.1 127.1 127.0.1 127.255.255.254 2130706433 0x7f000001 0x7f.0x0.0x0.0x1 0x7f.1 0177.0.0.1 0177.0.0.01
017700000001 127.0.0.1. 127.00.00.01 localhost LOCALHOST localhost. 0 0.0.0.0 0x0 00000000000 0.0.0.1
10.0.0.1 10.1 167772161 0xa000001 012.0.0.1 10.255.255.255 172.16.0.1 172.31.255.255 2886729729 0xac100001
192.168.0.1 192.168.1 3232235521 0xc0a80001 0300.0250.0.1 169.254.169.254 169.254.43518 2852039166 0xa9fea9fe
0251.0376.0251.0376 0251.254.169.254 169.254.0.1 100.64.0.1 100.127.255.254 100.100.100.200 168.63.129.16 192.0.0.192
192.0.2.1 198.18.0.1 198.51.100.1 203.0.113.1 224.0.0.1 239.255.255.255 240.0.0.1 255.255.255.255 192.88.99.1
[::1] [::] [0:0:0:0:0:0:0:1] [0000:0000:0000:0000:0000:0000:0000:0001] [::ffff:127.0.0.1] [::ffff:7f00:1]
[::ffff:10.0.0.1] [::ffff:169.254.169.254] [::ffff:a9fe:a9fe] [::127.0.0.1] [::7f00:1] [::ffff:0:127.0.0.1]
[64:ff9b::127.0.0.1] [64:ff9b::a9fe:a9fe] [64:ff9b:1::1] [2002:7f00:1::] [2002:a9fe:a9fe::1] [2001:0:7f00:1::]
[fe80::1] [fe80::1%25lo] [fe80::1%lo] [fc00::1] [fd00::1] [fd00:ec2::254] [fec0::1] [ff02::1] [100::1] [2001:db8::1]
127.0.0.1%2f 127%2e0%2e0%2e1 %31%32%37.0.0.1 ①②⑦.0.0.1 １２７.0.0.1 127。0。0。1 ⓛocalhost good.example@127.0.0.1
127.0.0.1\\@good.example 127.0.0.1#good.example
""".split()  # noqa: SIM905 - eighty quoted strings would be harder to read


def test_there_are_eighty_spellings():
    assert len(HOSTS) >= 80


@asynccontextmanager
async def counting_server(answers=(200,)):
    """A web server that notes what it is sent and answers with each status in turn, the last for ever."""
    heard, left = [], list(answers)

    async def serve(reader, writer):
        head = await reader.readuntil(b"\r\n\r\n")
        lines = dict(line.split(": ", 1) for line in head.decode().split("\r\n")[1:] if line)
        heard.append((lines, await reader.readexactly(int(lines["Content-Length"]))))
        status = left.pop(0) if len(left) > 1 else left[0]
        writer.write(f"HTTP/1.1 {status} X\r\nLocation: http://169.254.169.254/\r\nContent-Length: 0\r\n\r\n".encode())
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1], heard
    finally:
        server.close()


def notifier(url, *, allow_private=True):
    return WebhookNotifier(url, secret=SECRET, clock=SteppedClock(), allow_private=allow_private)


@pytest.mark.parametrize("host", HOSTS)
async def test_no_spelling_of_a_private_address_is_contacted(host):
    async with counting_server() as (port, heard):
        for url in (f"https://{host}:{port}/x", f"http://{host}:{port}/x"):
            with pytest.raises((ValueError, NotDelivered)):
                await notifier(url, allow_private=False).send(ALERT)
        assert heard == []


@pytest.mark.parametrize(
    "url", ["http://example.com/", "ftp://example.com/", "//example.com", "https://", "file:///etc"]
)
def test_only_https_is_taken(url):
    with pytest.raises(ValueError, match="webhook"):
        read_url(url, allow_private=False)


@pytest.mark.parametrize("address", ["1.1.1.1", "8.8.8.8", "93.184.216.34", "2606:4700:4700::1111"])
def test_public_addresses_are_public(address):
    assert is_public(address)


def resolver(monkeypatch, *answers):
    """Have names resolve to what is listed, a list for each time it is asked."""
    asked = []

    async def getaddrinfo(host, port, **_):
        asked.append(host)
        return [(2, 1, 6, "", (address, port)) for address in answers[min(len(asked), len(answers)) - 1]]

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", getaddrinfo, raising=False)
    return asked


async def test_one_private_address_among_public_ones_is_enough_to_refuse(monkeypatch):
    resolver(monkeypatch, ["1.1.1.1", "10.0.0.1"])
    with pytest.raises(NotDelivered, match="not public"):
        await addresses_of(read_url("https://evil.example/", allow_private=False), allow_private=False)


async def test_a_name_that_changes_its_answer_is_asked_once_and_the_checked_address_is_used(monkeypatch):
    asked = resolver(monkeypatch, ["1.1.1.1"], ["127.0.0.1"])
    connected = []

    async def open_connection(host, port, **_):
        connected.append(host)
        raise OSError("no way out of a test")

    monkeypatch.setattr(asyncio, "open_connection", open_connection)
    with pytest.raises(NotDelivered):
        await notifier("https://rebinding.example/", allow_private=False).send(ALERT)
    assert asked == ["rebinding.example"] and connected == ["1.1.1.1"]


async def test_a_webhook_is_signed_and_carries_the_alerts_id():
    async with counting_server() as (port, heard):
        await notifier(f"http://127.0.0.1:{port}/hook?a=b").send(ALERT)
    headers, body = heard[0]
    seconds, signature = (part.partition("=")[2] for part in headers["X-Openbell-Signature"].split(","))
    wanted = hmac.new(SECRET.encode(), f"{seconds}.".encode() + body, hashlib.sha256).hexdigest()
    assert hmac.compare_digest(signature, wanted)
    assert headers["Idempotency-Key"] == "alr-1" and json.loads(body)["severity"] == "CRITICAL"


@pytest.mark.parametrize(("status", "is_final"), [(500, False), (503, False), (429, False), (404, True), (302, True)])
async def test_what_helps_is_tried_again_and_a_redirect_is_not_followed(status, is_final):
    async with counting_server([status]) as (port, heard):
        with pytest.raises(NotDelivered) as failure:
            await notifier(f"http://127.0.0.1:{port}/").send(ALERT)
    assert failure.value.is_final is is_final and len(heard) == 1
