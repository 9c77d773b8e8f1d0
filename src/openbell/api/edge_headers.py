"""What the edge reads from the headers of a request, and what it adds to those of an answer."""

import random
import re
import secrets
from collections.abc import Iterable

from starlette.types import Scope

from openbell.api import cors
from openbell.api.exchange import Exchange
from openbell.api.settings import ApiSettings
from openbell.domain.values import NANOS_PER_SECOND
from openbell.services.limiter import Verdict

CREDENTIAL_LENGTH_MAX = 4_096
UNLESS_SET = (
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"cache-control", b"no-store"),
)
"""What an answer says where its route says nothing else."""

Pairs = list[tuple[bytes, bytes]]

_REQUEST_ID = re.compile(r"[\x21-\x7e]{1,128}", re.ASCII)
_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_ALWAYS = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"DENY"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
)
_OVER_TLS = (b"strict-transport-security", b"max-age=31536000")
_IDS = random.Random(secrets.randbits(256))  # noqa: S311 - an id names a request and guards nothing


def request_id(given: str) -> str:
    """Give the id a caller has chosen, where it is one, or a fresh one."""
    return given if given and _REQUEST_ID.fullmatch(given) else f"req-{_IDS.getrandbits(128):032x}"


def credential_of(headers: dict[bytes, bytes]) -> str:
    """Give the API key or bearer token a request carries, or ''."""
    key = headers.get(b"x-api-key")
    if key is None:
        kind, _, key = headers.get(b"authorization", b"").partition(b" ")
        if kind.lower() != b"bearer":
            return ""
    key = key.strip()
    return key.decode("latin-1") if len(key) <= CREDENTIAL_LENGTH_MAX and key.isascii() else ""


def begin(headers: dict[bytes, bytes], *, client_ip: str, settings: ApiSettings) -> Exchange:
    """Begin what is known about a request."""
    return Exchange(
        request_id=request_id(headers.get(b"x-request-id", b"").decode("latin-1")),
        received_ns=settings.now_ns(),
        client_ip=client_ip,
        headers=headers,
    )


def added(scope: Scope, exchange: Exchange, origin: bytes | None, settings: ApiSettings) -> Pairs:
    """Give what every answer carries, whatever it says."""
    headers = [(b"x-request-id", exchange.request_id.encode()), *settled(scope["scheme"])]
    headers += cors.headers(origin, settings.cors_origins)
    if exchange.quota is not None:
        headers += quota_headers(exchange.quota, exchange.received_ns // NANOS_PER_SECOND)
    return headers


def settled(scheme: str) -> Pairs:
    """Give what is the same in every answer over one kind of connection."""
    return [*_ALWAYS, _OVER_TLS] if scheme in ("https", "wss") else [*_ALWAYS]


def unless_set(own: Pairs) -> Pairs:
    """Give what is said where an answer's own headers do not."""
    names = {name for name, _ in own}
    return [pair for pair in UNLESS_SET if pair[0] not in names]


def quota_lines(verdict: Verdict, now_s: int) -> bytes:
    """Write the same as text, in one go. Nothing in it was written by the caller."""
    limit, remaining, reset, bucket = verdict.limit, verdict.remaining, verdict.reset_s, verdict.bucket
    return (
        f"x-ratelimit-limit: {limit}\r\nx-ratelimit-remaining: {remaining}\r\nx-ratelimit-reset: {now_s + reset}\r\n"
        f'ratelimit-policy: "{bucket}";q={limit};w={verdict.period_s}\r\n'
        f'ratelimit: "{bucket}";r={remaining};t={reset}\r\n'
    ).encode()


def quota_headers(verdict: Verdict, now_s: int) -> Pairs:
    """Say how much of a quota is left."""
    limit, remaining, reset = str(verdict.limit), str(verdict.remaining), verdict.reset_s
    return [
        (b"x-ratelimit-limit", limit.encode()),
        (b"x-ratelimit-remaining", remaining.encode()),
        (b"x-ratelimit-reset", str(now_s + reset).encode()),
        (b"ratelimit-policy", f'"{verdict.bucket}";q={limit};w={verdict.period_s}'.encode()),
        (b"ratelimit", f'"{verdict.bucket}";r={remaining};t={reset}'.encode()),
    ]


def lines_of(headers: Iterable[tuple[bytes, bytes]]) -> bytes:
    """Write headers. Raises ValueError for one that would begin another line, or that no header may contain."""
    pairs = [*headers]
    lines = b"".join([b"%b: %b\r\n" % pair for pair in pairs])
    if lines.count(b"\n") != len(pairs) or lines.count(b"\r") != len(pairs) or _CONTROL.search(lines):
        raise ValueError("a header is no single line of text")
    return lines
