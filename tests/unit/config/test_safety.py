"""What a server refuses to start with: every unsafe combination by its name, all in one message."""

import pytest

from openbell.config import ConfigError, load

PRODUCTION = {"environment": "production", "demo_credentials": "off"}
TLS = {"tls_certificate_file": "c.pem", "tls_key_file": "k.pem"}
UNSAFE = [
    ({"cors_origins": "*"}, "cors_origins"),
    ({"cors_origins": "https://good.example,null"}, "cors_origins"),
    ({"trusted_proxies": "proxy.example"}, "trusted_proxies"),
    ({"tls_key_file": "k.pem"}, "tls_certificate_file"),
    (PRODUCTION | {"host": "0.0.0.0"}, "host"),  # noqa: S104 - refused
    (PRODUCTION | {"extra_listeners": "0.0.0.0:8002"}, "host"),
    (PRODUCTION | {"trust_proxy_tls": True}, "trusted_proxies"),
    (PRODUCTION | {"trust_proxy_tls": True, "trusted_proxies": "0.0.0.0/0"}, "trusted_proxies"),
    (PRODUCTION | {"cors_origins": "http://pages.example"}, "cors_origins"),
    (PRODUCTION | {"database_url": "postgresql://openbell:openbell@db/openbell"}, "database_url"),
    (PRODUCTION | {"redis_url": "redis://:changeme@cache:6379/0"}, "redis_url"),
    (PRODUCTION | {"notify_smtp_password": "password"}, "notify_smtp_password"),
    (PRODUCTION | {"notify_webhook_secret": "replace-this-secret-now"}, "notify_webhook_secret"),
    (PRODUCTION | {"admin_password": "short-one"}, "admin_password"),
    (PRODUCTION | {"rate_limits": "off"}, "rate_limits"),
]
SAFE = [
    {"cors_origins": "https://good.example,http://localhost:3000"},
    PRODUCTION | {"host": "0.0.0.0"} | TLS,  # noqa: S104 - with TLS
    PRODUCTION | {"host": "::", "trust_proxy_tls": True, "trusted_proxies": "10.0.0.0/24,fd00::1"},
    PRODUCTION | {"host": "127.0.0.2", "database_url": "postgresql://openbell:k9f2QzL4@db/openbell"},
]


@pytest.mark.parametrize(("settings", "named"), UNSAFE)
def test_an_unsafe_combination_is_refused_by_name(settings, named):
    with pytest.raises(ConfigError, match=f"^{named}.*: "):
        load(environ={}, overrides=settings)


@pytest.mark.parametrize("settings", SAFE)
def test_a_safe_combination_is_taken(settings):
    assert load(environ={}, overrides=settings)


def test_all_that_is_unsafe_is_said_at_once_and_no_secret_is_repeated():
    everything = {name: value for settings, _ in UNSAFE for name, value in settings.items()}
    with pytest.raises(ConfigError) as refusal:
        load(environ={}, overrides=everything)
    said = {line.partition(":")[0].partition(",")[0] for line in str(refusal.value).splitlines()}
    assert said == {named for _, named in UNSAFE} - {"host"}, "a TLS proxy makes the host right"
    assert not [secret for secret in ("changeme", "openbell:openbell", "short-one") if secret in str(refusal.value)]
