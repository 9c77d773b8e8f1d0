"""Combinations of settings that a server refuses to start with, each said with its fix."""

import re
from enum import StrEnum
from typing import TYPE_CHECKING

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
        "secret",
        "signature",
        "test",
        "trader",
    }
)
"""Letters of secrets that are no secrets: defaults and what documents print in examples."""


REDIS_SCHEMES = ("redis://", "rediss://", "unix://")
DATABASE_SCHEMES = ("sqlite:///", "postgresql://", "postgres://", "postgresql+asyncpg://")


class Environment(StrEnum):
    """What is forgiven: development is for one machine, production refuses unsafe combinations."""

    DEVELOPMENT = "development"
    PRODUCTION = "production"


class ConfigError(Exception):
    """Settings that cannot be used; each line of the message names one of them and the fix."""


def refuse_unsafe(settings: "Settings") -> None:
    """Stop combinations that would hurt: each message says which and what to do."""
    if settings.demo_credentials == "on" and not settings.allows_demo:
        raise ConfigError("demo_credentials: may be on only in development on a loopback host; set it to off")
    if settings.rate_limits == "off" and not settings.allows_demo:
        raise ConfigError("rate_limits: may be off only in development on a loopback host; remove it or set it to on")
    if settings.environment is Environment.PRODUCTION:
        _refuse_unsafe_in_production(settings)
    _refuse_unsafe_notices(settings)
    if settings.database_url and not settings.database_url.startswith(DATABASE_SCHEMES):
        # The text is not repeated: it may hold a password.
        raise ConfigError("database_url: postgresql://user:password@host:port/database, or sqlite:///FILE")
    if settings.redis_url and not settings.redis_url.startswith(REDIS_SCHEMES):
        raise ConfigError("redis_url: redis://host:port/0, rediss:// with TLS, or unix:///path")


def _refuse_unsafe_in_production(settings: "Settings") -> None:
    """Stop secrets that anybody could guess, or that a document printed."""
    secrets = ("admin_password", "market_data_api_key", "exchange_api_key")
    printed = [name for name in secrets if _is_placeholder(getattr(settings, name))]
    if printed:
        raise ConfigError("\n".join(f"{name}: a default or demo secret is refused in production" for name in printed))
    if settings.admin_password and len(settings.admin_password) < PRODUCTION_SECRET_MIN:
        raise ConfigError(f"admin_password: needs {PRODUCTION_SECRET_MIN} characters in production, or leave it out")


def _is_placeholder(secret: str) -> bool:
    plain = re.sub(r"[^a-z]", "", secret.lower())
    return bool(secret) and (plain in PLACEHOLDERS or plain.startswith(("your", "changeme", "replace")))


def _refuse_unsafe_notices(settings: "Settings") -> None:
    if settings.notify_allow_private and settings.environment is not Environment.DEVELOPMENT:
        raise ConfigError("notify_allow_private: only in development; remove it")
    if settings.notify_webhook_url and len(settings.notify_webhook_secret) < WEBHOOK_SECRET_MIN:
        raise ConfigError(f"notify_webhook_secret: give at least {WEBHOOK_SECRET_MIN} characters to sign webhooks with")
    if settings.notify_email_to and not (settings.notify_smtp_host and settings.notify_email_from):
        raise ConfigError("notify_smtp_host, notify_email_from: both are needed to send e-mail")
    if settings.notify_smtp_tls == "none" and settings.notify_smtp_user:
        raise ConfigError("notify_smtp_tls: a password is not sent without encryption; use starttls or tls")
