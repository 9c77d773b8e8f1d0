"""What each setting is for, and the rows of the settings table."""

from enum import StrEnum
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

from pydantic.fields import FieldInfo

from openbell.config import CONTRACT_NAMES, PREFIX, Settings
from openbell.domain.values import text_of

MEANINGS = {
    "environment": "`production` refuses unsafe combinations.",
    "host": "Address to listen on; `0.0.0.0` is every one of this machine.",
    "port": "Port to listen on.",
    "extra_listeners": "Further addresses with the same API, as `host:port`, separated by commas: `127.0.0.1:8002`.",
    "data_dir": "Everything that must survive a restart: the database, its lock, the key that signs tokens.",
    "database_url": "Where the database is, when not in the data directory.",
    "log_level": "Least severe lines to log.",
    "access_log": "One line for each request.",
    "admin_email": "E-mail of the admin that the first start makes.",
    "admin_password": "Password of that admin; without one, one is made and printed once.",
    "access_token_seconds": "How long an access token is good for.",
    "refresh_token_days": "How long a session lives without being used.",
    "cors_origins": "Web pages that may call from a browser, with commas between them.",
    "rate_limits": "`off` is for load tests, in development on loopback only.",
    "body_bytes_max": "Largest request body, in bytes.",
    "paper_cash": "Cash that a new paper account opens with.",
    "base_currency": "Currency that accounts are counted in.",
    "fill_profile": "How kindly the paper venue fills.",
    "usd_per_inr": "Rate for instruments priced in rupees.",
    "equity_mark_seconds": "Time between two points of the equity curve.",
    "feed": "Where market data comes from.",
    "sim_seed": "Seed of the simulated market: the same seed, the same prices.",
    "sim_sessions": "`continuous` trades round the clock, `exchange` keeps trading hours.",
    "replay_dataset": "Dataset of the catalog that the replay feed plays.",
    "replay_speed": "Times real time; 0 is as fast as possible.",
    "replay_start": "What the replay waits for.",
    "upload_bytes_max": "Largest file for the catalog; unpacked, a gzip file may be four times as large.",
    "catalog_bytes_max": "Once the catalog holds this much, nothing more is uploaded or recorded into it.",
    "record_feed": "Whether the market that is followed is recorded into the catalog.",
    "record_kinds": "What is recorded: trades, quotes, bars (of one minute), book.",
    "record_minutes_per_file": "How long one recording is before the next begins.",
    "record_rows_per_file": "How many rows one recording has at most.",
    "record_files_max": "Recordings kept of each kind and symbol; the oldest go.",
    "notify_webhook": "Least severity of alerts sent to the webhook.",
    "notify_webhook_url": "Where alerts are posted to, signed.",
    "notify_webhook_secret": "What those posts are signed with.",
    "notify_email": "Least severity of alerts sent by e-mail.",
    "notify_email_to": "Who gets them.",
    "notify_email_from": "Who they come from.",
    "notify_smtp_host": "Mail server.",
    "notify_smtp_port": "Its port.",
    "notify_smtp_tls": "How the connection to it is made safe.",
    "notify_smtp_user": "Name to sign in to it with, where it asks.",
    "notify_smtp_password": "Password for it.",
    "telemetry_require_key": "Whether the telemetry stream asks for a credential.",
    "telemetry_gas_per_order": "Modelled cost of each order, in the account's currency.",
    "telemetry_gas_per_fill": "Modelled cost of each fill, in the account's currency.",
    "market_data_api_key": "Key of a market data vendor; no feed of this version needs one.",
    "exchange_api_key": "Key of an exchange; no venue of this version needs one.",
}
"""For the table; a setting's own description in the code comes first."""

SCALED = frozenset({"paper_cash", "usd_per_inr", "telemetry_gas_per_order", "telemetry_gas_per_fill"})


def settings_rows() -> list[list[str]]:
    """Give name, environment variables, default, values and meaning of every setting."""
    also = {name: key for key, name in CONTRACT_NAMES.items()}
    rows = []
    for name, field in Settings.model_fields.items():
        variables = [f"`{PREFIX}{name.upper()}`", *([f"`{also[name]}`"] if name in also else [])]
        meaning = field.description or MEANINGS.get(name, "")
        rows.append([f"`{name}`", " or ".join(variables), _default(name, field.default), _values(name, field), meaning])
    return rows


def _default(name: str, value: Any) -> str:
    if name in SCALED:
        return f"`{text_of(value)}`"
    if isinstance(value, tuple):
        return f"`{','.join(str(one) for one in value)}`" if value else "empty"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    return f"`{value}`" if str(value) else "empty"


def _values(name: str, field: FieldInfo) -> str:
    kind = field.annotation
    if get_origin(kind) is Literal:
        return ", ".join(f"`{one}`" for one in get_args(kind))
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return ", ".join(f"`{one}`" for one in kind)
    names = {bool: "`true`, `false`", int: "whole number", float: "number", str: "text", Path: "path"}
    described = "decimal" if name in SCALED else names.get(kind, "list") if isinstance(kind, type) else "list"
    bounds = _bounds(field)
    return f"{described} {bounds}" if bounds else described


def _bounds(field: FieldInfo) -> str:
    words = {"ge": "from", "gt": "above", "le": "to", "lt": "below"}
    found = [(word, getattr(one, key, None)) for one in field.metadata for key, word in words.items()]
    return " ".join(f"{word} {bound}" for word, bound in found if bound is not None)
