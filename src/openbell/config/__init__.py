"""Settings: read once from defaults, a TOML file, the environment and the command line, checked, and handed down."""

import difflib
import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from openbell.config.safety import ConfigError, Environment, refuse_unsafe
from openbell.domain.values import InvalidNumber, parse

__all__ = ["CONTRACT_NAMES", "PREFIX", "ConfigError", "Environment", "Settings", "load"]

LOOPBACK_HOSTS = frozenset({"127.0.0.1", "::1", "localhost"})
PORT_MAX = 65_535
PREFIX = "OPENBELL_"
CLIENT_VARIABLES = frozenset({"OPENBELL_URL", "OPENBELL_API_KEY", "OPENBELL_SHARED_DATA", "OPENBELL_CONFIG"})
"""Names with our prefix that speak to clients and tests, not to the server."""

CONTRACT_NAMES = {
    "ENVIRONMENT": "environment",
    "API_HOST": "host",
    "API_PORT": "port",
    "DATABASE_URL": "database_url",
    "MARKET_DATA_API_KEY": "market_data_api_key",
    "EXCHANGE_API_KEY": "exchange_api_key",
    "TRUST_PROXY_TLS": "trust_proxy_tls",
}
"""Names that the published contracts give to settings; the OPENBELL_ name wins where both are set."""


def _split_list(given: object) -> object:
    return [part.strip() for part in given.split(",") if part.strip()] if isinstance(given, str) else given


def _amount(given: object) -> int:
    try:
        return parse(str(given))
    except InvalidNumber as problem:
        raise ValueError(str(problem)) from problem


_LISTENER = re.compile(r"(\[[0-9a-fA-F:]{2,39}\]|[A-Za-z0-9.-]{1,253}):([1-9]\d{0,4})", re.ASCII)


def _listener(given: object) -> tuple[str, int]:
    found = _LISTENER.fullmatch(str(given))
    if found is None or int(found[2]) > PORT_MAX:
        raise ValueError("expected host:port, such as 127.0.0.1:8002 or [::1]:8002")
    return found[1].strip("[]"), int(found[2])


Listener = Annotated[tuple[str, int], BeforeValidator(_listener)]
"""An address to listen on, given as host:port."""

Amount = Annotated[int, BeforeValidator(_amount)]
"""A decimal such as 100000 or "0.001", kept as scaled steps."""

RecordedKind = Literal["trades", "quotes", "bars", "book"]


class Settings(BaseModel):
    """Everything that can be set. Each name is also an environment variable, upper case after OPENBELL_."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    environment: Environment = Environment.DEVELOPMENT
    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=1, le=65535)] = 8000
    extra_listeners: Annotated[tuple[Listener, ...], BeforeValidator(_split_list)] = ()
    """Further addresses with the same API, as host:port, such as 127.0.0.1:8002."""
    data_dir: Path = Path("~/.openbell")
    database_url: str = ""
    redis_url: str = ""
    """Where several servers count rate limits together and keep answers: redis://host:port/0. '' is in this one."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    access_log: bool = True

    admin_email: str = ""
    admin_password: str = ""
    access_token_seconds: Annotated[int, Field(ge=60, le=86400)] = 3600
    refresh_token_days: Annotated[int, Field(ge=1, le=365)] = 30
    demo_credentials: Literal["auto", "on", "off"] = "auto"
    """The integration guide's demo key; auto is on in development on a loopback host and nowhere else."""
    cors_origins: Annotated[tuple[str, ...], BeforeValidator(_split_list)] = (
        "http://localhost:3000",
        "http://localhost:3002",
    )
    web_ui: Literal["on", "off"] = "on"
    """Whether the dashboard is served, at the same address as the API."""
    submitted_strategies: Literal["off", "on"] = "off"
    """Whether admins may bring strategies as source; on needs a sandbox that works on this machine."""
    rate_limits: Literal["on", "off"] = "on"
    rate_limits_table: dict[str, str] = {}
    """Limits that differ from the documents': bucket = "100/min", in a table of the TOML file."""
    rate_limits_file: Path | None = None
    """A TOML file with such a table and nothing else; what `rate_limits_table` says wins."""
    socket_connections_max: Annotated[int, Field(ge=1, le=1_000)] = 3
    """Open sockets of a user on one path, and streams of events; admins have 100, or this if it is more."""
    socket_subscriptions_max: Annotated[int, Field(ge=1, le=10_000)] = 50
    """Subscriptions of one socket."""
    socket_heartbeat_seconds: Annotated[int, Field(ge=1, le=3600)] = 30
    """Time without a message after which one is sent that only says that the line is alive."""
    socket_idle_seconds: Annotated[int, Field(ge=1, le=86400)] = 300
    """Time without any sign of life after which a socket is closed; taking what is sent is one."""
    body_bytes_max: Annotated[int, Field(ge=1024, le=64 * 1024 * 1024)] = 1024 * 1024
    upload_bytes_max: Annotated[int, Field(ge=1024, le=4 * 1024**3)] = 256 * 1024**2
    catalog_bytes_max: Annotated[int, Field(ge=1024)] = 20 * 1024**3
    record_feed: Literal["off", "on"] = "off"
    record_kinds: Annotated[tuple[RecordedKind, ...], BeforeValidator(_split_list)] = ("trades", "quotes", "bars")
    record_minutes_per_file: Annotated[int, Field(ge=1, le=1440)] = 60
    record_rows_per_file: Annotated[int, Field(ge=1000, le=10_000_000)] = 1_000_000
    record_files_max: Annotated[int, Field(ge=1, le=10_000)] = 168

    paper_cash: Annotated[Amount, Field(ge=0)] = parse("100000")
    base_currency: str = "USD"
    fill_profile: Literal["ideal", "realistic", "pessimistic"] = "realistic"
    usd_per_inr: Annotated[Amount, Field(gt=0)] = parse("0.0119")
    equity_mark_seconds: Annotated[int, Field(ge=1, le=3600)] = 60
    performance_cache_seconds: Annotated[int, Field(ge=0, le=5)] = 5
    """Longest age of performance figures; 0 works them out for every request."""

    feed: Literal["simulated", "replay", "none"] = "simulated"
    sim_seed: int = 7
    sim_sessions: Literal["continuous", "exchange"] = "continuous"
    replay_dataset: str = ""
    replay_speed: Annotated[float, Field(ge=0)] = 0.0
    """Times real time; 0 is as fast as possible."""
    replay_start: Literal["immediately", "first_strategy"] = "first_strategy"

    notify_log: Literal["INFO", "WARNING", "ERROR", "CRITICAL", "off"] = "WARNING"
    """Least severity of alerts written to the log; the same for the two below."""
    notify_webhook: Literal["INFO", "WARNING", "ERROR", "CRITICAL"] = "WARNING"
    notify_webhook_url: str = ""
    notify_webhook_secret: str = ""
    notify_email: Literal["INFO", "WARNING", "ERROR", "CRITICAL"] = "CRITICAL"
    notify_email_to: Annotated[tuple[str, ...], BeforeValidator(_split_list)] = ()
    notify_email_from: str = ""
    notify_smtp_host: str = ""
    notify_smtp_port: Annotated[int, Field(ge=1, le=65535)] = 587
    notify_smtp_tls: Literal["starttls", "tls", "none"] = "starttls"
    notify_smtp_user: str = ""
    notify_smtp_password: str = ""
    notify_allow_private: bool = False
    """Webhooks to this machine and its network, without TLS: for development alone."""

    compute: Literal["local", "ray"] = "local"
    """Where runs are computed: processes of this machine, or a Ray cluster (extra `ray`)."""
    ray_address: str = ""
    """The cluster's address, such as ray://head:10001 or auto; '' starts Ray on this machine."""
    run_workers: Annotated[int, Field(ge=0, le=1024)] = 0
    """Runs at the same time; 0 is one less than there are cores."""
    run_seconds_max: Annotated[int, Field(ge=1, le=7 * 86400)] = 3600
    """Time after which a run is stopped."""
    runs_per_user_max: Annotated[int, Field(ge=1, le=500)] = 20
    """Runs of one user that may be queued or under way."""

    market_data_api_key: str = ""
    exchange_api_key: str = ""

    trust_proxy_tls: bool = False
    """A proxy in front of this server speaks TLS: keys that come through it are safe."""
    trusted_proxies: Annotated[tuple[str, ...], BeforeValidator(_split_list)] = ()
    """Addresses or blocks of proxies whose X-Forwarded-For and X-Forwarded-Proto are believed; nobody's otherwise."""
    tls_certificate_file: Path | None = None
    """Certificate chain (PEM) with which the server speaks TLS itself."""
    tls_key_file: Path | None = None
    """Its private key, readable by the owner alone."""
    telemetry_account: str = ""
    """Account id, e-mail or username whose paper account the public telemetry shows; the first admin's otherwise."""
    telemetry_strategy_id: str = ""
    """Strategy whose parameters are meant when a request names none; the account's market maker otherwise."""
    telemetry_require_key: bool = False
    telemetry_gas_per_order: Annotated[Amount, Field(ge=0)] = parse("0.01")
    telemetry_gas_per_fill: Annotated[Amount, Field(ge=0)] = 0

    @property
    def is_loopback(self) -> bool:
        """Tell whether only this machine can reach the server."""
        return {self.host, *(host for host, _ in self.extra_listeners)} <= LOOPBACK_HOSTS

    @property
    def has_tls(self) -> bool:
        """Tell whether the server speaks TLS itself."""
        return self.tls_certificate_file is not None and self.tls_key_file is not None

    @property
    def allows_demo(self) -> bool:
        """Tell whether demo credentials may be good at all: development, and only for this machine."""
        return self.environment is Environment.DEVELOPMENT and self.is_loopback

    @property
    def has_demo(self) -> bool:
        """Tell whether demo credentials are good."""
        return self.allows_demo and self.demo_credentials != "off"


def load(
    *,
    config_file: Path | None = None,
    environ: Mapping[str, str] | None = None,
    overrides: Mapping[str, Any] | None = None,
) -> Settings:
    """Read settings; later sources win: defaults, TOML file, environment, overrides (None is not an override).

    Raises ConfigError naming every unknown or unusable setting.
    """
    environ = os.environ if environ is None else environ
    merged = _from_file(config_file) | _from_environment(environ)
    merged |= {name: value for name, value in (overrides or {}).items() if value is not None}
    try:
        settings = Settings.model_validate(merged)
    except ValidationError as problem:
        raise ConfigError(_sentences(problem)) from problem
    table = {str(name): str(limit) for name, limit in _from_file(settings.rate_limits_file).items()}
    settings = settings.model_copy(
        update={
            "data_dir": settings.data_dir.expanduser().absolute(),
            "rate_limits_table": table | settings.rate_limits_table,
        }
    )
    refuse_unsafe(settings)
    return settings


def _from_file(path: Path | None) -> dict[str, Any]:
    if path is None:
        return {}
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as problem:
        raise ConfigError(f"the settings file {path} cannot be read: {problem}") from problem


def _from_environment(environ: Mapping[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = {name: environ[key] for key, name in CONTRACT_NAMES.items() if key in environ}
    for key, value in environ.items():
        if not key.startswith(PREFIX) or key in CLIENT_VARIABLES:
            continue
        name = key.removeprefix(PREFIX).lower()
        if name not in Settings.model_fields:
            raise ConfigError(f"{key} is not a setting{_nearest(name)}")
        found[name] = value
    return found


def _nearest(name: str) -> str:
    near = difflib.get_close_matches(name, list(Settings.model_fields), n=1)
    return f"; did you mean {PREFIX}{near[0].upper()}?" if near else ""


def _sentences(problem: ValidationError) -> str:
    lines = []
    for error in problem.errors(include_url=False):
        name = ".".join(str(part) for part in error["loc"])
        near = _nearest(name) if error["type"] == "extra_forbidden" else ""
        reason = "is not a setting" if error["type"] == "extra_forbidden" else error["msg"]
        lines.append(f"{name}: {reason}{near}")
    return "\n".join(lines)
