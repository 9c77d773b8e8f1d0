"""Alerts to a webhook: one signed POST, to an address that was checked, without following anything."""

import asyncio
import hashlib
import hmac
import ssl

import msgspec

from openbell.adapters.notify.addresses import Target, addresses_of, read_url
from openbell.domain.alert import Alert
from openbell.domain.instants import instant_text
from openbell.domain.values import NANOS_PER_SECOND
from openbell.ports import Clock, NotDelivered

TIMEOUT_S = 5.0
ANSWER_BYTES_MAX = 4_096
RETRIED = frozenset({408, 425, 429})


class WebhookNotifier:
    """Posts alerts as JSON (ports.Notifier).

    `X-Openbell-Signature: t=SECONDS,v1=HEX` is the HMAC-SHA256 of `SECONDS.BODY` under the shared secret;
    `Idempotency-Key` is the alert's id, the same for every attempt.
    """

    name = "webhook"

    def __init__(self, url: str, *, secret: str, clock: Clock, allow_private: bool = False) -> None:
        self._target = read_url(url, allow_private=allow_private)
        self._secret = secret.encode()
        self._clock = clock
        self._allow_private = allow_private
        self._tls = ssl.create_default_context() if self._target.is_secure else None

    async def send(self, alert: Alert) -> None:
        """Deliver one alert. A redirect is a failure: where it leads was not checked."""
        try:
            async with asyncio.timeout(TIMEOUT_S):
                addresses = await addresses_of(self._target, allow_private=self._allow_private)
                status = await self._post(addresses[0], body_of(alert), alert.alert_id)
        except (TimeoutError, OSError, asyncio.IncompleteReadError, ValueError) as problem:
            raise NotDelivered(f"the webhook did not answer: {problem!r}") from problem
        if not 200 <= status < 300:
            is_final = status < 500 and status not in RETRIED
            raise NotDelivered(f"the webhook answered {status}", is_final=is_final)

    async def _post(self, address: str, body: bytes, alert_id: str) -> int:
        target = self._target
        name = target.host if target.is_secure else None
        # The address that was checked is the one connected to; the name only says who is expected there.
        reader, writer = await asyncio.open_connection(
            address, target.port, ssl=self._tls, server_hostname=name, limit=ANSWER_BYTES_MAX
        )
        try:
            writer.write(self._head(target, body, alert_id) + body)
            await writer.drain()
            line = await reader.readline()
            version, _, rest = line.partition(b" ")
            if not version.startswith(b"HTTP/1.") or not rest[:3].isdigit():
                raise ValueError("this is no HTTP answer")
            return int(rest[:3])
        finally:
            writer.close()

    def _head(self, target: Target, body: bytes, alert_id: str) -> bytes:
        host = f"[{target.host}]" if ":" in target.host else target.host
        lines = (
            f"POST {target.path} HTTP/1.1",
            f"Host: {host}:{target.port}",
            "User-Agent: openbell",
            "Content-Type: application/json",
            f"Content-Length: {len(body)}",
            f"Idempotency-Key: {alert_id}",
            f"X-Openbell-Signature: {self._signature(body)}",
            "Connection: close",
        )
        return "\r\n".join((*lines, "", "")).encode()

    def _signature(self, body: bytes) -> str:
        seconds = self._clock.now_ns() // NANOS_PER_SECOND
        signed = hmac.new(self._secret, f"{seconds}.".encode() + body, hashlib.sha256).hexdigest()
        return f"t={seconds},v1={signed}"


def body_of(alert: Alert) -> bytes:
    """Write an alert as a webhook gets it."""
    document = {
        "type": "alert",
        "alert_id": alert.alert_id,
        "account_id": alert.account_id,
        "severity": alert.severity,
        "code": alert.code,
        "message": alert.message,
        "context": alert.context,
        "created_at": instant_text(alert.created_ns),
    }
    return msgspec.json.encode(document)
