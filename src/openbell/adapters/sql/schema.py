"""All tables, once, for every database.

Amounts are whole steps and times whole nanoseconds. Rows that follow the journal are keyed by their place in it, which
is their order in time as well. Orders, fills and alerts have one index per account that holds every field a list can be
filtered by: filtering reads only that index, and a commit writes one page for it instead of one for every filter.
"""

from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Numeric,
    Table,
    Text,
)
from sqlalchemy.types import TypeDecorator, TypeEngine, UserDefinedType

INTEGER_MAX = 2**63 - 1
INTEGER_MIN = -(2**63)


def exact(steps: int | None) -> int | str | None:
    """Give an amount as SQLite keeps it: a number up to 64 bits, text beyond, never a float."""
    return steps if steps is None or INTEGER_MIN <= steps <= INTEGER_MAX else str(steps)


class _AnyValue(UserDefinedType[Any]):
    """Column of a STRICT table that keeps what it is given as it is."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        return "ANY"


class Steps(TypeDecorator[int]):
    """A scaled integer of any size. 64 bits end at 92 billion units, which volumes and some currencies pass."""

    impl = Numeric
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Keep numbers exactly: NUMERIC without limits, or SQLite's ANY."""
        return dialect.type_descriptor(_AnyValue() if dialect.name == "sqlite" else Numeric())

    def process_bind_param(self, value: int | None, dialect: Dialect) -> int | str | None:
        """Hand an amount to the database."""
        return exact(value) if dialect.name == "sqlite" else value

    def process_result_value(self, value: Any, dialect: Dialect) -> int | None:
        """Take an amount from the database."""
        del dialect
        return None if value is None else int(value)


class Flag(TypeDecorator[bool]):
    """Yes or no, as 1 or 0 in every database: one spelling of the schema serves them all."""

    impl = BigInteger
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Use the whole number of the database."""
        return dialect.type_descriptor(Integer() if dialect.name == "sqlite" else BigInteger())

    def process_bind_param(self, value: bool | None, dialect: Dialect) -> int | None:  # noqa: FBT001
        """Write 1 or 0."""
        del dialect
        return None if value is None else int(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> bool | None:
        """Read 1 and 0 as booleans."""
        del dialect
        return None if value is None else bool(value)


Whole = BigInteger().with_variant(Integer(), "sqlite")
"""A 64-bit integer; in SQLite INTEGER, so that a primary key is the row's own address."""

metadata = MetaData()


def _table(name: str, *columns: Column[Any] | Index, has_rowid: bool = True) -> Table:
    return Table(name, metadata, *columns, sqlite_strict=True, sqlite_with_rowid=has_rowid)


def _text(name: str, *, nullable: bool = False) -> Column[str]:
    return Column(name, Text, nullable=nullable)


def _whole(name: str, *, nullable: bool = False) -> Column[int]:
    return Column(name, Whole, nullable=nullable)


def _steps(name: str, *, nullable: bool = False) -> Column[int]:
    return Column(name, Steps, nullable=nullable)


def _flag(name: str) -> Column[bool]:
    return Column(name, Flag, nullable=False)


def _place(name: str) -> Column[int]:
    return Column(name, Whole, primary_key=True, autoincrement=False)


# ---------------------------------------------------------------- what happened, and the state it made

journal = _table(
    "journal",
    _place("seq"),
    _whole("ts_ns"),
    _text("account_id"),
    _whole("account_seq"),
    _text("kind"),
    Column("body", LargeBinary, nullable=False),
)
snapshots = _table(
    "snapshots",
    _place("seq"),
    _text("state_hash"),
    _text("digest"),
    Column("body", LargeBinary, nullable=False),
)

# ---------------------------------------------------------------- read tables: they follow the journal

orders = _table(
    "orders",
    _place("placed_seq"),
    _text("order_id"),
    _text("client_order_id"),
    _text("account_id"),
    _text("strategy_id"),
    _text("symbol"),
    _text("side"),
    _steps("quantity"),
    _text("order_type"),
    _steps("limit_price", nullable=True),
    _steps("stop_price", nullable=True),
    _text("time_in_force"),
    _flag("post_only"),
    _flag("reduce_only"),
    _text("status"),
    _whole("created_ns"),
    _whole("updated_ns"),
    _text("parent_order_id", nullable=True),
    _text("oco_group", nullable=True),
    _whole("submitted_ns", nullable=True),
    _whole("filled_ns", nullable=True),
    _steps("filled_quantity"),
    _steps("filled_value"),
    _steps("fees"),
    _whole("revision"),
    _text("reason"),
    _flag("in_doubt"),
    _text("resume_status"),
    _flag("is_triggered"),
    Index("orders_by_id", "order_id", unique=True),
    Index("orders_by_client_id", "client_order_id", "account_id"),  # ids counted up over all accounts share a page
    Index("orders_by_account", "account_id", "placed_seq", "created_ns", "status", "symbol", "strategy_id", "side"),
)
fills = _table(
    "fills",
    _place("fill_seq"),
    _text("fill_id"),
    _text("venue_fill_id"),
    _text("order_id"),
    _text("account_id"),
    _text("strategy_id"),
    _text("symbol"),
    _text("side"),
    _steps("quantity"),
    _steps("price"),
    _steps("fee"),
    _text("currency"),
    _text("liquidity"),
    _text("model"),
    _whole("ts_ns"),
    _steps("realized_pnl"),
    _steps("mark", nullable=True),
    Index("fills_by_order", "order_id"),
    Index("fills_by_account", "account_id", "fill_seq", "ts_ns", "symbol", "strategy_id", "side"),
)
alerts = _table(
    "alerts",
    _place("raised_seq"),
    _text("alert_id"),
    _text("account_id"),
    _text("severity"),
    _text("code"),
    _text("message"),
    _text("context"),
    _whole("created_ns"),
    _whole("acknowledged_ns", nullable=True),
    _text("acknowledged_by"),
    Index("alerts_by_id", "alert_id", unique=True),
    Index("alerts_by_account", "account_id", "raised_seq", "created_ns", "severity", "acknowledged_ns"),
)
equity_marks = _table(
    "equity_marks",
    Column("account_id", Text, primary_key=True),
    Column("strategy_id", Text, primary_key=True),  # '' is the account as a whole
    Column("ts_ns", Whole, primary_key=True, autoincrement=False),
    Column("seq", Whole, primary_key=True, autoincrement=False),
    _steps("equity"),
    has_rowid=False,
)

cash_flows = _table(
    "cash_flows",
    Column("account_id", Text, primary_key=True),
    Column("strategy_id", Text, primary_key=True),
    Column("seq", Whole, primary_key=True, autoincrement=False),
    _whole("ts_ns"),
    _text("kind"),
    _steps("amount"),
    has_rowid=False,
)

# ---------------------------------------------------------------- stores of their own

users = _table(
    "users",
    Column("user_id", Text, primary_key=True),
    _text("email"),
    _text("username"),
    _text("email_key"),
    _text("username_key"),
    _text("role"),
    _text("account_id"),
    _text("password_hash"),
    _whole("created_ns"),
    _flag("is_active"),
    Index("users_by_email", "email_key", unique=True),
    Index("users_by_username", "username_key", unique=True),
)
api_keys = _table(
    "api_keys",
    Column("key_id", Text, primary_key=True),
    Column("user_id", Text, ForeignKey("users.user_id", ondelete="CASCADE"), nullable=False),
    _text("name"),
    _text("prefix"),
    _text("secret_hash"),
    _text("scopes"),
    _whole("created_ns"),
    _whole("expires_ns", nullable=True),
    _whole("revoked_ns", nullable=True),
    _text("allowed_networks"),
    Column("sealed_secret", LargeBinary, nullable=True),  # of keys that sign
    Index("api_keys_by_hash", "secret_hash", unique=True),
    Index("api_keys_by_user", "user_id"),
)
sessions = _table(
    "sessions",
    Column("session_id", Text, primary_key=True),
    Column("user_id", Text, ForeignKey("users.user_id", ondelete="CASCADE"), nullable=False),
    _text("refresh_hash"),
    _whole("created_ns"),
    _whole("expires_ns"),
    _whole("revoked_ns", nullable=True),
    _text("key_id"),  # the signing key it hangs on, or ''
    _text("client_ip"),
    _text("agent"),
    _whole("refreshed_ns", nullable=True),
    Index("sessions_by_user", "user_id"),
    Index("sessions_by_expiry", "expires_ns"),
)
nonces = _table(
    "nonces",
    Column("key_id", Text, primary_key=True),
    Column("nonce", Text, primary_key=True),
    _whole("expires_ns"),
    Index("nonces_by_expiry", "expires_ns"),
    has_rowid=False,
)
second_factors = _table(
    "second_factors",
    Column("user_id", Text, ForeignKey("users.user_id", ondelete="CASCADE"), primary_key=True),
    Column("sealed_secret", LargeBinary, nullable=False),
    _whole("last_step"),
    _whole("created_ns"),
    _whole("enabled_ns", nullable=True),
)
recovery_codes = _table(
    "recovery_codes",
    Column("user_id", Text, ForeignKey("second_factors.user_id", ondelete="CASCADE"), primary_key=True),
    Column("code_hash", Text, primary_key=True),
    _whole("used_ns", nullable=True),
)
runs = _table(
    "runs",
    Column("run_id", Text, primary_key=True),
    _text("owner_id"),
    _text("strategy_id"),
    _text("status"),
    _whole("created_ns"),
    Column("body", LargeBinary, nullable=False),  # the run without its result
    Column("result", LargeBinary, nullable=True),
    Index("runs_by_time", "created_ns", "run_id"),
    Index("runs_by_owner", "owner_id", "created_ns", "run_id", "status", "strategy_id"),
)
candles = _table(
    "candles",
    Column("symbol", Text, primary_key=True),
    Column("timeframe", Text, primary_key=True),
    Column("ts_ns", Whole, primary_key=True, autoincrement=False),
    _steps("open"),
    _steps("high"),
    _steps("low"),
    _steps("close"),
    _steps("volume"),
    _steps("vwap"),
    has_rowid=False,
)
answers = _table(
    "answers",
    Column("user_id", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    _text("digest"),
    _whole("status"),
    Column("body", LargeBinary, nullable=False),
    _whole("expires_ns"),
    Index("answers_by_expiry", "expires_ns"),
)
strategy_sources = _table(
    "strategy_sources",
    Column("sha256", Text, primary_key=True),
    _text("source"),
    _text("owner_id"),
    _whole("created_ns"),
)
quotas = _table(
    "quotas",
    Column("name", Text, primary_key=True),
    Column("times", LargeBinary, nullable=False),  # 8 bytes a request, big-endian nanoseconds
    _whole("expires_ns"),
    Index("quotas_by_expiry", "expires_ns"),
)
leases = _table(
    "leases",
    Column("name", Text, primary_key=True),
    _whole("epoch"),
    _text("holder"),
)
telemetry = _table(
    "telemetry",
    Column("account_id", Text, primary_key=True),
    Column("body", LargeBinary, nullable=False),  # as the service wrote it
)
