"""People, keys, switches, instruments, and how the server is."""

from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec


class Tokens(msgspec.Struct, frozen=True):
    """A pair of tokens. `expires_in` is the life of the access token in seconds."""

    access_token: str
    refresh_token: str
    expires_in: float


class Ticket(msgspec.Struct, frozen=True):
    """Lets one socket in, once, for `expires_in` seconds."""

    ticket: str
    expires_in: int


class User(msgspec.Struct, frozen=True, kw_only=True):
    """A user."""

    user_id: str
    email: str
    username: str
    role: str
    roles: tuple[str, ...]
    account_id: str
    is_active: bool
    created_at: datetime
    scopes: tuple[str, ...]


class ApiKey(msgspec.Struct, frozen=True, kw_only=True):
    """A key. Its secret, `api_key`, is there only in the answer that made it."""

    key_id: str
    user_id: str
    name: str
    prefix: str
    scopes: tuple[str, ...]
    allowed_networks: tuple[str, ...]
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    api_key: str = ""

    def __repr__(self) -> str:
        return f"ApiKey(key_id={self.key_id!r}, name={self.name!r}, scopes={self.scopes!r})"


class KillReport(msgspec.Struct, frozen=True, kw_only=True):
    """What a kill switch did."""

    kill_switch_active: bool
    affected_strategies: tuple[str, ...]
    activated_at: datetime
    canceled_orders: int
    outstanding_orders: tuple[str, ...]


class KillSwitch(msgspec.Struct, frozen=True, kw_only=True):
    """A switch that is on; without a strategy it stops all trading."""

    scope: str
    strategy_id: str | None
    reason: str
    activated_by: str
    activated_at: datetime


class CancelAfter(msgspec.Struct, frozen=True, kw_only=True):
    """How the dead man's switch stands: when all working orders are cancelled, and in how many seconds."""

    active: bool
    cancel_at: datetime | None
    remaining_s: float


class Instrument(msgspec.Struct, frozen=True, kw_only=True):
    """What can be traded, by which increments, and where it stands."""

    symbol: str
    name: str
    asset_class: str
    currency: str
    exchange: str
    tick_size: Decimal
    lot_size: Decimal
    quantity_min: Decimal
    quantity_max: Decimal
    multiplier: Decimal
    initial_margin: Decimal
    calendar: str
    current_price: Decimal | None
    bid: Decimal | None
    ask: Decimal | None


class Life(msgspec.Struct, frozen=True):
    """The least that anybody may know of a server."""

    status: str
    version: str
    uptime_seconds: int


class Health(msgspec.Struct, frozen=True):
    """How a server is, part by part."""

    status: str
    services: dict[str, dict[str, Any]]
    timestamp: datetime
