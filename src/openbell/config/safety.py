"""Combinations of settings that a server refuses to start with, all of them at once, each said with its fix."""

import ipaddress
import re
from collections.abc import Iterator
from enum import StrEnum
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

if TYPE_CHECKING:
    from openbell.config import Settings

WEBHOOK_SECRET_MIN = 16
PRODUCTION_SECRET_MIN = 12
PLACEHOLDERS = frozenset(
    {
        "admin",
        "adminadmin",
        "demo",
        "default",
        "example",
        "openbell",
        "password",
        "postgres",
        "secret",
        "signature",
        "test",
        "trader",
    }
)
"""Letters of secrets that are no secrets: defaults and what documents print in examples."""

SECRETS = (
    "admin_password",
    "market_data_api_key",
    "exchange_api_key",
    "notify_webhook_secret",
    "notify_smtp_password",
)
"""Settings that are secrets."""

REDIS_SCHEMES = ("redis://", "rediss://", "unix://")
DATABASE_SCHEMES = ("sqlite:///", "postgresql://", "postgres://", "postgresql+asyncpg://")
LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "[::1]", "::1"})
_ORIGIN = re.compile(r"https?://(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:]+\])(?::\d{1,5})?", re.ASCII)


class Environment(StrEnum):
    """What is forgiven: development is for one machine, production refuses unsafe combinations."""

    DEVELOPMENT = "development"
    PRODUCTION = "production"


class ConfigError(Exception):
    """Settings that cannot be used; each line of the message names one of them and the fix."""


def refuse_unsafe(settings: "Settings") -> None:
    """Stop combinations that would hurt. Raises ConfigError with a line for each of them."""
    problems = list(unsafe(settings))
    if problems:
        raise ConfigError("\n".join(problems))


def unsafe(settings: "Settings") -> Iterator[str]:
    """Say what is unsafe in any environment, and in production what is unsafe there; no secret is repeated."""
    if settings.demo_credentials == "on" and not settings.allows_demo:
        yield "demo_credentials: may be on only in development on a loopback host; set it to off"
    if settings.rate_limits == "off" and not settings.allows_demo:
        yield "rate_limits: may be off only in development on a loopback host; remove it or set it to on"
    yield from _addresses(settings)
    yield from _notices(settings)
    if settings.environment is Environment.PRODUCTION:
        yield from _in_production(settings)


def _addresses(settings: "Settings") -> Iterator[str]:
    if settings.database_url and not settings.database_url.startswith(DATABASE_SCHEMES):
        # The text is not repeated: it may hold a password.
        yield "database_url: postgresql://user:password@host:port/database, or sqlite:///FILE"
    if settings.redis_url and not settings.redis_url.startswith(REDIS_SCHEMES):
        yield "redis_url: redis://host:port/0, rediss:// with TLS, or unix:///path"
    for origin in settings.cors_origins:
        if not _ORIGIN.fullmatch(origin):
            yield f"cors_origins: {origin!r} is no origin; write https://host or https://host:port, never *"
    for proxy in settings.trusted_proxies:
        if not _is_network(proxy):
            yield f"trusted_proxies: {proxy!r} is no address or block; write 10.0.0.1 or 10.0.0.0/24"
    if (settings.tls_certificate_file is None) != (settings.tls_key_file is None):
        yield "tls_certificate_file, tls_key_file: give both, or neither"


def _notices(settings: "Settings") -> Iterator[str]:
    if settings.notify_allow_private and settings.environment is not Environment.DEVELOPMENT:
        yield "notify_allow_private: only in development; remove it"
    if settings.notify_webhook_url and len(settings.notify_webhook_secret) < WEBHOOK_SECRET_MIN:
        yield f"notify_webhook_secret: give at least {WEBHOOK_SECRET_MIN} characters to sign webhooks with"
    if settings.notify_email_to and not (settings.notify_smtp_host and settings.notify_email_from):
        yield "notify_smtp_host, notify_email_from: both are needed to send e-mail"
    if settings.notify_smtp_tls == "none" and settings.notify_smtp_user:
        yield "notify_smtp_tls: a password is not sent without encryption; use starttls or tls"


def _in_production(settings: "Settings") -> Iterator[str]:
    yield from _guessable(settings)
    yield from _open_roads(settings)


def _guessable(settings: "Settings") -> Iterator[str]:
    """Name secrets that anybody could guess or that a document printed."""
    for name in SECRETS:
        if _is_placeholder(getattr(settings, name)):
            yield f"{name}: a default or demo secret is refused in production"
    for name in ("database_url", "redis_url"):
        if _is_placeholder(unquote(urlsplit(getattr(settings, name)).password or "")):
            yield f"{name}: a default or demo password is refused in production"
    if settings.admin_password and len(settings.admin_password) < PRODUCTION_SECRET_MIN:
        yield f"admin_password: needs {PRODUCTION_SECRET_MIN} characters in production, or leave it out"


def _open_roads(settings: "Settings") -> Iterator[str]:
    """Name ways in that others can listen to, or on which they may say who they are."""
    hosts = (settings.host, *(host for host, _ in settings.extra_listeners))
    if not (all(map(_is_loopback, hosts)) or settings.has_tls or settings.trust_proxy_tls):
        yield (
            f"host: {', '.join(hosts)} would take passwords over plain HTTP; listen on 127.0.0.1 behind a TLS proxy, "
            "set tls_certificate_file and tls_key_file, or say trust_proxy_tls=true where a proxy speaks TLS"
        )
    if settings.trust_proxy_tls and not settings.trusted_proxies:
        yield "trusted_proxies: name the proxy that speaks TLS, or every caller has its address"
    if any(_is_anybody(proxy) for proxy in settings.trusted_proxies):
        yield "trusted_proxies: a block of all addresses lets everybody say who they are"
    for origin in settings.cors_origins:
        if origin.startswith("http://") and not _is_loopback(urlsplit(origin).hostname or ""):
            yield f"cors_origins: {origin} is not encrypted; use https"


def _is_placeholder(secret: str) -> bool:
    plain = re.sub(r"[^a-z]", "", secret.lower())
    return bool(secret) and (plain in PLACEHOLDERS or plain.startswith(("your", "changeme", "replace")))


def _is_loopback(host: str) -> bool:
    try:
        return host in LOOPBACK_NAMES or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _is_network(text: str) -> bool:
    try:
        ipaddress.ip_network(text)
    except ValueError:
        return False
    return True


def _is_anybody(text: str) -> bool:
    return _is_network(text) and ipaddress.ip_network(text).prefixlen == 0
