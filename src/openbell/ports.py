"""Every plug on one page: what the inside asks of the world, and what the outside may ask of the inside."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Protocol, TypeAlias

import msgspec
import numpy as np

from openbell.domain.access import ApiKey, SecondFactor, Session, User
from openbell.domain.account import Account, Ledger
from openbell.domain.alert import Alert, Severity
from openbell.domain.approval import Approval
from openbell.domain.audit import AuditCheck, AuditEntry
from openbell.domain.commands import Command, PlaceOrder
from openbell.domain.dataset import Adjustment, CorporateAction, Finding, Survey
from openbell.domain.events import Recorded
from openbell.domain.instrument import Instrument
from openbell.domain.market import Bar, BookSnapshot, MarketEvent, Quote, Timeframe, Trade
from openbell.domain.model import Model
from openbell.domain.order import Order, OrderStatus, Side
from openbell.domain.position import Position
from openbell.domain.preview import Preview
from openbell.domain.risk import KillSwitch, Refusal, RiskLimits
from openbell.domain.run import BacktestRequest, Run, RunStatus
from openbell.domain.strategy import ParameterValue, Strategy
from openbell.domain.study import Training
from openbell.domain.values import Money, Nanos, Price
from openbell.domain.venue import VenueReport, VenueRequest


class Unavailable(Exception):
    """An outage of something behind a port: retried and alerted, shown to callers as 503."""


class JournalFailed(Unavailable):
    """A commit did not become durable. Trading stops; nothing is retried as if nothing had happened."""


class InvalidCursor(ValueError):
    """Text given as the cursor of a page is none that a page gave."""


class Clock(Protocol):
    """The time."""

    def now_ns(self) -> Nanos:
        """Give the present instant."""
        ...


# ---------------------------------------------------------------- market and venue


class Feed(Protocol):
    """A source of market events."""

    name: str

    def instruments(self) -> Sequence[Instrument]:
        """List what this feed speaks of."""
        ...

    def events(self) -> AsyncIterator[MarketEvent]:
        """Yield events in order of time, paced as the feed is set; ends when a recording ends."""
        ...


ReportSink: TypeAlias = Callable[[VenueReport], None]


class Venue(Protocol):
    """Where orders go. Reports come back through the sink, maybe before `send` returns."""

    name: str

    def connect(self, sink: ReportSink) -> None:
        """Say where reports go. Called once, before anything else."""
        ...

    async def send(self, request: VenueRequest) -> None:
        """Hand over one request. Raises Unavailable when the outcome is unknown."""
        ...

    def observe(self, event: MarketEvent) -> None:
        """Let a simulated venue see the market; a real venue ignores it."""
        ...

    def advance(self, ts_ns: Nanos) -> None:
        """Let a simulated venue see time pass: expiries and latency."""
        ...

    async def reconcile(self, orders: Sequence[Order]) -> Sequence[VenueReport]:
        """Ask how orders stand: fills and ends we may not know of, and `VenueStands` for what works there.

        One that the venue does not know is reported as rejected. Raises Unavailable when the venue does not answer.
        """
        ...


# ---------------------------------------------------------------- durability


class Snapshot(msgspec.Struct, frozen=True):
    """The whole state after event `seq`, with its hash."""

    seq: int
    state_hash: str
    body: bytes


OnDurable: TypeAlias = Callable[[JournalFailed | None], None]


class Journal(Protocol):
    """The one durable order of events. Read tables change in the same transaction as the events they follow from."""

    @property
    def stalled(self) -> str:
        """Why appends have to wait for now, such as a database that is being started again; '' while they do not."""
        ...

    @property
    def scarce(self) -> str:
        """Why only what ends trading should be appended for now, such as a disk that is full; '' while all may be."""
        ...

    def append(self, records: Sequence[Recorded], on_durable: OnDurable, *, begun: "BegunAnswer | None" = None) -> None:
        """Queue records for the next group commit; the callback runs on the loop once durable, or failed.

        `begun` is kept in the transaction of the records, or not at all. Callbacks run in the order of the calls.
        After one failure every later append fails as well.
        """
        ...

    def load_snapshot(self) -> Snapshot | None:
        """Give the latest snapshot that is whole."""
        ...

    def save_snapshot(self, snapshot: Snapshot) -> None:
        """Keep a snapshot; older ones but one are dropped."""
        ...

    def read(self, *, after_seq: int) -> Iterable[Recorded]:
        """Yield every record after a place, in order."""
        ...

    def close(self) -> None:
        """Commit what waits and let go of the file."""
        ...


# ---------------------------------------------------------------- stores (async; may be slow; never on the order path)


class Page(msgspec.Struct, frozen=True):
    """A slice of a list: its rows, the size of the whole list, and the cursor of the next slice ('' at the end)."""

    rows: list[Any]
    total: int
    next_cursor: str = ""


class OrderFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which orders or fills to list, newest first; None does not restrict. Times are [from, to)."""

    account_id: str | None = None
    accounts: frozenset[str] | None = None
    """Only orders of one of these, where not a single account is meant."""
    strategy_id: str | None = None
    symbol: str | None = None
    side: Side | None = None
    order_id: str | None = None
    client_order_id: str | None = None
    statuses: frozenset[OrderStatus] | None = None
    from_ns: Nanos | None = None
    to_ns: Nanos | None = None
    offset: int = 0
    limit: int = 20
    cursor: str = ""


class AlertFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which alerts to list, newest first."""

    account_id: str | None = None
    severity: Severity | None = None
    severities: frozenset[Severity] | None = None
    is_acknowledged: bool | None = None
    from_ns: Nanos | None = None
    to_ns: Nanos | None = None
    offset: int = 0
    limit: int = 20
    cursor: str = ""


class EquityPoint(msgspec.Struct, frozen=True):
    """Equity of an account or of one ledger at an instant, base currency."""

    ts_ns: Nanos
    equity: Money


class CashFlow(msgspec.Struct, frozen=True):
    """Money that came into a ledger (or left it, below zero) without being earned there, base currency.

    `kind` is DEPOSIT, WITHDRAWAL, ALLOCATION between two ledgers, or POSITION: a holding that passed to another.
    """

    ts_ns: Nanos
    strategy_id: str
    kind: str
    amount: Money


class History(Protocol):
    """The read tables that follow the journal."""

    async def orders(self, wanted: OrderFilter) -> Page:
        """List orders."""
        ...

    async def order(self, order_id: str) -> Order | None:
        """Give one order, however old."""
        ...

    async def order_by_client_id(self, account_id: str, client_order_id: str) -> Order | None:
        """Give the order an account once sent under this id."""
        ...

    async def fills(self, wanted: OrderFilter) -> Page:
        """List fills."""
        ...

    async def alerts(self, wanted: AlertFilter) -> Page:
        """List alerts."""
        ...

    async def alert(self, alert_id: str) -> Alert | None:
        """Give one alert."""
        ...

    async def equity(
        self,
        account_id: str,
        *,
        strategy_id: str | None,
        from_ns: Nanos | None,
        to_ns: Nanos | None,
        every_ns: Nanos | None = None,
    ) -> list[EquityPoint]:
        """Give recorded equity marks in order of time; None is the whole account.

        With `every_ns` only the last mark of each such interval, as a long history has a mark a minute.
        """
        ...

    async def cash_flows(self, account_id: str, *, strategy_id: str | None) -> list[CashFlow]:
        """Give what was paid in and out of an account, or of one of its ledgers, in order of time.

        What passes between ledgers sums to zero over the account.
        """
        ...

    async def ping(self) -> None:
        """Prove that the database answers. Raises Unavailable."""
        ...


class AccessStore(Protocol):
    """Users, keys and sessions."""

    async def add_user(self, user: User) -> None:
        """Add a user. Raises KeyError naming `email` or `username` when taken."""
        ...

    async def user(self, user_id: str) -> User | None:
        """Give a user by id."""
        ...

    async def user_by_login(self, login: str) -> User | None:
        """Give a user by email or username, without regard to case."""
        ...

    async def users(self) -> list[User]:
        """List all users, oldest first."""
        ...

    async def update_user(self, user: User) -> None:
        """Replace a user's record."""
        ...

    async def delete_user(self, user_id: str) -> None:
        """Remove a user with their keys and sessions."""
        ...

    async def add_key(self, key: ApiKey) -> None:
        """Add an API key."""
        ...

    async def key_by_hash(self, secret_hash: str) -> ApiKey | None:
        """Give the key whose secret has this hash."""
        ...

    async def keys(self, user_id: str) -> list[ApiKey]:
        """List a user's keys."""
        ...

    async def update_key(self, key: ApiKey) -> None:
        """Replace a key's record (revocation)."""
        ...

    async def add_session(self, session: Session) -> None:
        """Add a session."""
        ...

    async def session(self, session_id: str) -> Session | None:
        """Give a session."""
        ...

    async def sessions(self, user_id: str) -> list[Session]:
        """List a user's sessions, newest first, those that have ended included until they run out."""
        ...

    async def rotate_session(self, session_id: str, *, old_hash: str, new_hash: str, at_ns: Nanos) -> bool:
        """Swap the refresh hash if it still is the old one; False when it was used before."""
        ...

    async def revoke_session(self, session_id: str, *, at_ns: Nanos) -> None:
        """End a session."""
        ...

    async def revoke_sessions(self, user_id: str, *, at_ns: Nanos) -> None:
        """End all sessions of a user."""
        ...


class NonceStore(Protocol):
    """Nonces that signed requests have used up, remembered over a restart."""

    async def use(self, key_id: str, nonce: str, *, expires_ns: Nanos, now_ns: Nanos) -> bool:
        """Use a nonce up until it runs out; False when it was used before."""
        ...


class MfaStore(Protocol):
    """Second factors and recovery codes. What is used up is so at once for everybody, and after a restart."""

    async def factor(self, user_id: str) -> SecondFactor | None:
        """Give a user's second factor, enabled or waiting for its first code."""
        ...

    async def begin(self, factor: SecondFactor, *, code_hashes: Sequence[str]) -> bool:
        """Keep a factor that waits for its first code, in place of one that waited; False when one is enabled."""
        ...

    async def enable(self, user_id: str, *, step: int, at_ns: Nanos) -> bool:
        """Enable a waiting factor with its first code's step; False when it is enabled or the step was used."""
        ...

    async def use_step(self, user_id: str, *, step: int) -> bool:
        """Use up a time step of an enabled factor and all before it; False when that has been done."""
        ...

    async def use_recovery_code(self, user_id: str, *, code_hash: str, at_ns: Nanos) -> bool:
        """Use up a recovery code; False when there is none such that is unused."""
        ...

    async def recovery_codes_left(self, user_id: str) -> int:
        """Count the recovery codes that are unused."""
        ...

    async def remove(self, user_id: str) -> None:
        """Take a user's second factor away, with its recovery codes; harmless when there is none."""
        ...


class SealBroken(Exception):
    """Sealed bytes that were changed, belong elsewhere or were sealed under another key."""


class Vault(Protocol):
    """Keeps secrets that must be read again. What was sealed in one context opens in no other."""

    def seal(self, plain: bytes, *, context: str) -> bytes:
        """Encrypt."""
        ...

    def unseal(self, sealed: bytes, *, context: str) -> bytes:
        """Decrypt. Raises SealBroken."""
        ...


class RunStore(Protocol):
    """Backtest runs and their results."""

    async def save(self, run: Run) -> None:
        """Insert or replace a run."""
        ...

    async def run(self, run_id: str) -> Run | None:
        """Give one run with its result."""
        ...

    async def runs(
        self, *, owner_id: str | None, strategy_id: str | None, status: RunStatus | None, offset: int, limit: int
    ) -> Page:
        """List runs, newest first, without their bulky results."""
        ...


class CandleStore(Protocol):
    """Latest candles, kept so that charts and strategy warm-ups survive a restart."""

    async def add(self, bars: Sequence[Bar]) -> None:
        """Keep final bars; one that is there already is left as it is."""
        ...

    async def latest(self, symbol: str, timeframe: Timeframe, *, limit: int, to_ns: Nanos | None = None) -> list[Bar]:
        """Give the newest bars that open before an instant, oldest first."""
        ...


class KeptAnswer(msgspec.Struct, frozen=True):
    """An answer kept under an Idempotency-Key: the digest of the request it belongs to, its status and its body."""

    digest: str
    status: int
    body: bytes


class BegunAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A request that has had effects and no answer yet: what its commands led to, kept with the effects.

    It is kept as an answer of status 0 whose body is `outcomes`.
    """

    user_id: str
    key: str
    digest: str
    outcomes: bytes
    expires_ns: Nanos


class AnswerStore(Protocol):
    """Answers kept by Idempotency-Key for 24 hours."""

    async def kept(self, user_id: str, key: str) -> KeptAnswer | None:
        """Give the kept answer."""
        ...

    async def keep(self, user_id: str, key: str, answer: KeptAnswer, *, expires_ns: Nanos) -> None:
        """Keep an answer."""
        ...


class KeptBucket(msgspec.Struct, frozen=True):
    """One caller's share of a rate limit: when its requests passed, oldest first, and when the last one is over."""

    name: str
    times: tuple[Nanos, ...]
    expires_ns: Nanos


class QuotaStore(Protocol):
    """Where rate limits survive a restart."""

    async def load(self, *, now_ns: Nanos) -> list[KeptBucket]:
        """Give every bucket that is not over."""
        ...

    async def save(self, buckets: Sequence[KeptBucket], *, now_ns: Nanos) -> None:
        """Replace these buckets; those that are over are dropped."""
        ...


class WindowCount(msgspec.Struct, frozen=True, kw_only=True):
    """What a shared window says to one request: how many passed in the period, this one included, how long to wait.

    Waiting for nothing means that it passed. `full_ns` is how long until all of them are over.
    """

    passed: int
    wait_ns: Nanos
    full_ns: Nanos


class SharedWindows(Protocol):
    """Rate limits counted over several servers."""

    async def take(self, name: str, *, requests: int, period_ns: Nanos) -> WindowCount:
        """Count one request under a name, if fewer than `requests` passed within the period. Raises Unavailable."""
        ...

    async def ping(self) -> None:
        """Prove that the store answers. Raises Unavailable."""
        ...

    async def close(self) -> None:
        """Close the connections."""
        ...


class SharedCache(Protocol):
    """Answers that several servers share for a while. It may forget anything at any time."""

    async def get(self, name: str) -> bytes | None:
        """Give what is kept under a name. Raises Unavailable."""
        ...

    async def put(self, name: str, value: bytes, *, ttl_ns: Nanos) -> None:
        """Keep a value for a while. Raises Unavailable."""
        ...

    async def ping(self) -> None:
        """Prove that the store answers. Raises Unavailable."""
        ...

    async def close(self) -> None:
        """Close the connections."""
        ...


class AuditFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which rows of the audit log to list, newest first; None does not restrict. Times are [from, to)."""

    actor_id: str | None = None
    action: str | None = None
    from_ns: Nanos | None = None
    to_ns: Nanos | None = None
    offset: int = 0
    limit: int = 20
    cursor: str = ""


class AuditTrail(Protocol):
    """The audit log: rows are added and read, never changed."""

    def append(self, entry: AuditEntry, *, follows_journal: bool) -> Awaitable[None]:
        """Queue an entry at once, with the commit that is due; durable once awaited. Raises Unavailable.

        One that tells of what was appended to the journal just before is not kept when that did not become durable.
        """
        ...

    async def rows(self, wanted: AuditFilter) -> Page:
        """List rows, newest first."""
        ...

    async def check(self) -> AuditCheck:
        """Verify the whole chain."""
        ...


class ApprovalStore(Protocol):
    """Approvals of a change of mode."""

    async def add(self, approval: Approval) -> None:
        """Keep a request."""
        ...

    async def approval(self, approval_id: str) -> Approval | None:
        """Give a request."""
        ...

    async def by_code(self, code_hash: str) -> Approval | None:
        """Give the request that a code was issued for."""
        ...

    async def latest(self, *, limit: int) -> list[Approval]:
        """List requests, newest first."""
        ...

    async def approve(self, approval_id: str, *, by: str, at_ns: Nanos, code_hash: str) -> bool:
        """Record who approved; False when somebody did before."""
        ...

    async def use(self, approval_id: str, *, at_ns: Nanos) -> bool:
        """Use an approval up; False when it was used before."""
        ...


# ---------------------------------------------------------------- catalog and compute


class Dataset(msgspec.Struct, frozen=True, kw_only=True):
    """A recorded series in the catalog."""

    dataset_id: str
    symbol: str
    kind: str
    """bars, trades, quotes or book."""
    timeframe: Timeframe | None
    rows: int
    start_ns: Nanos
    end_ns: Nanos
    """Exclusive."""
    source: str
    licence: str
    is_packaged: bool
    """Ships with the product and cannot be deleted."""
    digest: str
    """SHA-256 of the stored file."""
    owner_id: str = ""
    """Who brought it; '' for what came by the command line or ships with the product."""


class BarColumns(msgspec.Struct, frozen=True):
    """Bars as columns of equal length: int64 nanoseconds and int64 scaled steps."""

    ts_ns: np.ndarray
    open: np.ndarray
    high: np.ndarray
    low: np.ndarray
    close: np.ndarray
    volume: np.ndarray


class ImportReport(msgspec.Struct, frozen=True, kw_only=True):
    """What became of an import: the dataset, or None when an error kept everything out."""

    dataset: Dataset | None
    rows: int
    errors: int
    warnings: int
    findings: list[Finding]
    """The first 100."""
    survey: Survey | None = None
    """What is kept with the dataset; None when there is none."""


class ImportRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What a file is imported as."""

    symbol: str
    timeframe: Timeframe | None
    kind: str = "bars"
    calendar_name: str = ""
    """Trading hours that gaps are counted by; '' takes the instrument's."""
    owner_id: str = ""
    source: str = ""
    """Where it comes from; '' names the file."""
    is_kept: bool = True
    """Without it the file is checked and nothing is kept."""
    may_replace: str | None = None
    """Whose earlier dataset of the same id may be replaced; None is anybody's."""


class Catalog(Protocol):
    """Recorded market data."""

    def datasets(self) -> list[Dataset]:
        """List what there is, by id."""
        ...

    def dataset(self, dataset_id: str) -> Dataset | None:
        """Give one entry, by its id or, when only one fits, by its symbol."""
        ...

    def bars(
        self,
        dataset_id: str,
        *,
        start_ns: Nanos | None = None,
        end_ns: Nanos | None = None,
        timeframe: Timeframe | None = None,
        adjustment: Adjustment = Adjustment.NONE,
    ) -> BarColumns:
        """Load bars of [start, end), joined into longer ones and adjusted where that is asked for.

        Raises KeyError for an unknown dataset, ValueError for one without bars or without ones that make up the length.
        """
        ...

    def events(self, dataset_id: str) -> Iterable[MarketEvent]:
        """Yield a dataset as market events in order of time."""
        ...

    def survey(self, dataset_id: str) -> Survey:
        """Give coverage and quality. Raises KeyError for an unknown dataset."""
        ...

    def actions(self, dataset_id: str) -> Sequence[CorporateAction]:
        """List corporate actions by date. Raises KeyError for an unknown dataset."""
        ...

    def set_actions(self, dataset_id: str, actions: Sequence[CorporateAction]) -> None:
        """Replace the corporate actions. Raises KeyError for an unknown dataset."""
        ...

    def version(self, dataset_id: str, adjustment: Adjustment) -> str:
        """Name, by a SHA-256, the data that a view gives. Raises KeyError for an unknown dataset."""
        ...

    def import_file(self, path: str, *, symbol: str, timeframe: Timeframe | None, kind: str = "bars") -> ImportReport:
        """Check a CSV or Parquet file and keep it whole, or keep nothing and say which lines are wrong."""
        ...

    def delete(self, dataset_id: str) -> None:
        """Remove a dataset. Raises KeyError when unknown and PermissionError when it ships with the product."""
        ...


Export: TypeAlias = Callable[[str, str, Adjustment], Iterator[bytes]]
"""Gives a dataset (by id) as `csv` or `parquet` that an import reads back, piece by piece, adjusted as asked.

Raises KeyError for an unknown dataset, ValueError for another format or an adjustment of what has no bars.
"""


class Intake(Protocol):
    """Where files that come from outside are received, checked apart from the server, and kept or refused."""

    async def receive(self, pieces: AsyncIterator[bytes], wanted: ImportRequest, *, is_gzip: bool) -> ImportReport:
        """Take a file in, whatever its size, with bounded memory.

        Raises ValueError for a wish that cannot be, IntakeBusy when too many arrive at once.
        """
        ...

    def close(self) -> None:
        """Let go of what is kept for the next file."""
        ...


class IntakeBusy(Unavailable):
    """Too many files arrive at the same time."""


class Compute(Protocol):
    """Where long calculations run: a local pool of processes, or a cluster."""

    slots: int
    """Runs that can be under way at the same time."""

    def start(self, run_id: str, request: BacktestRequest, on_progress: Callable[[str, float], None]) -> None:
        """Begin a run, or queue it; progress 0..1 arrives on the event loop, a first 0 when it is under way."""
        ...

    async def result(self, run_id: str) -> dict[str, Any]:
        """Wait for a run's result. Raises RunFailed with the reason, asyncio.CancelledError after `cancel`."""
        ...

    def cancel(self, run_id: str) -> None:
        """Stop a run; harmless when it is over."""
        ...

    def close(self) -> None:
        """Stop every run and let go of the machines; blocks until they are gone."""
        ...


class Searcher(Protocol):
    """Chooses which parameter sets of a study are tried."""

    def ask(self) -> dict[str, ParameterValue] | None:
        """Give the next set to try; None when there is no further one."""
        ...

    def tell(self, value: float | None) -> None:
        """Say how good the set asked for last was; None is a set that could not be tried."""
        ...


class Learner(Protocol):
    """Trains a classifier."""

    @property
    def name(self) -> str:
        """Library and version."""
        ...

    def fit(self, rows: np.ndarray, *, labels: np.ndarray, training: Training, seed: int) -> dict[str, Any]:
        """Train on rows of features (NaN is a gap) with labels 0 or 1; gives the trees as XGBoost's JSON."""
        ...


class ModelStore(Protocol):
    """Trained models. A model is named by its contents and never changes."""

    def save(self, model: Model) -> None:
        """Keep a model; one that is there already stays as it is."""
        ...

    def model(self, model_id: str) -> Model | None:
        """Give a model with its trees."""
        ...

    def models(self) -> list[Model]:
        """List models without their trees, newest first."""
        ...


class RunFailed(Exception):
    """A run ended with an error; the message is for its owner."""


# ---------------------------------------------------------------- the running system, as services and contracts see it


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a command, once durable: a refusal, or the id of what it made or touched.

    A denied order has both: it is recorded, and it was refused.
    """

    subject_id: str = ""
    refusal: Refusal | None = None


Witness: TypeAlias = Callable[[Command, Outcome], Awaitable[None] | None]
"""Told of each command as it is decided, before it is durable; what it gives is awaited with the commit."""


class Resumption(Protocol):
    """Knows which request a command comes from, and what that request led to before its answer was lost."""

    def recall(self, command: Command) -> Outcome | None:
        """Give what the command led to before; None when it is new."""
        ...

    def begun(self, command: Command, outcome: Outcome) -> BegunAnswer | None:
        """Give what is to be kept in the transaction of the command's effect; None when nothing is."""
        ...


class NotDelivered(Exception):
    """A notification did not arrive; `is_final` tells that trying again cannot help."""

    def __init__(self, message: str, *, is_final: bool = False) -> None:
        super().__init__(message)
        self.is_final = is_final


class Notifier(Protocol):
    """A way to tell people of alerts."""

    name: str

    async def send(self, alert: Alert) -> None:
        """Deliver one alert; the same alert twice counts once at the other end. Raises NotDelivered."""
        ...


class Rehearsal(Protocol):
    """Trying an order without placing it."""

    def preview(self, command: PlaceOrder) -> Preview:
        """Say what would become of an order now; leaves no trace. Raises Unavailable while halted."""
        ...


class Trading(Protocol):
    """The way in to the core."""

    def now_ns(self) -> Nanos:
        """Give the time commands are to carry."""
        ...

    async def submit(self, command: Command) -> Outcome:
        """Have the core decide a command and return once its events are durable. Raises Unavailable while halted."""
        ...

    async def settled(self, order_id: str, *, timeout_s: float) -> None:
        """Wait until no request for the order is under way, or the time is over."""
        ...


class Views(Protocol):
    """Committed state, folded and ready to read. Returned objects must not be changed."""

    def account(self, account_id: str) -> Account | None:
        """Give an account."""
        ...

    def accounts(self) -> Sequence[Account]:
        """List all accounts."""
        ...

    def ledgers(self, account_id: str) -> Sequence[Ledger]:
        """List an account's ledgers, manual first."""
        ...

    def order(self, order_id: str) -> Order | None:
        """Give an order that is open or ended lately; History knows the rest."""
        ...

    def open_orders(self, account_id: str) -> Sequence[Order]:
        """List working orders, oldest first."""
        ...

    def positions(self, account_id: str, strategy_id: str | None = None) -> Sequence[Position]:
        """List positions that are not flat."""
        ...

    def strategies(self, account_id: str | None = None) -> Sequence[Strategy]:
        """List strategies of an account, or of all, oldest first."""
        ...

    def strategy(self, account_id: str, strategy_id: str) -> Strategy | None:
        """Give a strategy."""
        ...

    def kill_switches(self) -> Sequence[KillSwitch]:
        """List active kill switches."""
        ...

    def dead_man(self, account_id: str) -> Nanos | None:
        """Give when the account's working orders will be canceled; None when they will not."""
        ...

    def limits(self, account_id: str) -> RiskLimits:
        """Give an account's limits."""
        ...

    def equity(self, account_id: str, strategy_id: str | None = None) -> Money:
        """Give equity at current marks in base currency; of one ledger, or of the account."""
        ...

    def cash(self, account_id: str, strategy_id: str | None = None) -> Money:
        """Give cash of all currencies in base currency."""
        ...

    def rate(self, currency: str, base_currency: str) -> int:
        """Give what one unit of a currency is worth in the base currency, scaled."""
        ...

    def last_seq(self) -> int:
        """Give the place of the latest committed event."""
        ...


class Market(Protocol):
    """The market as it stands, for reading."""

    def instrument(self, symbol: str) -> Instrument | None:
        """Give an instrument by symbol or by an alias such as BTC-USD."""
        ...

    def instruments(self) -> Sequence[Instrument]:
        """List all instruments, by symbol."""
        ...

    def mark(self, symbol: str) -> Price | None:
        """Give the price positions are valued at: the middle of the quote, else the last trade or close."""
        ...

    def last_trade(self, symbol: str) -> Trade | None:
        """Give the latest trade."""
        ...

    def trades(self, symbol: str, *, limit: int) -> Sequence[Trade]:
        """Give the latest public trades, oldest first; some hundreds are kept."""
        ...

    def quote(self, symbol: str) -> Quote | None:
        """Give the latest quote."""
        ...

    def book(self, symbol: str, *, depth: int) -> BookSnapshot | None:
        """Give the top of the order book."""
        ...

    def candles(self, symbol: str, timeframe: Timeframe, *, limit: int) -> Sequence[Bar]:
        """Give the latest bars, oldest first; the last may be unfinished."""
        ...

    def updated_ns(self) -> Nanos | None:
        """Give the time of the latest event of any instrument."""
        ...


class Publisher(Protocol):
    """Where committed events and market data go out to listeners."""

    def events(self, records: Sequence[Recorded]) -> None:
        """Publish committed private events, in order."""
        ...

    def market(self, event: MarketEvent) -> None:
        """Publish one market event (bars may be unfinished)."""
        ...


class SandboxFailed(Exception):
    """Code in a sandbox ended, broke a rule or ran out of its budget; the message says which."""


class SandboxProcess(Protocol):
    """A process that can do nothing but compute and talk to whoever started it."""

    async def send(self, data: bytes) -> None:
        """Write all of it. Raises SandboxFailed when the process is gone."""
        ...

    async def receive(self, size: int) -> bytes:
        """Read exactly so many bytes. Raises SandboxFailed when the process ends before."""
        ...

    def cpu_seconds(self) -> float:
        """Give the processor time used so far; infinite for a process that is gone."""
        ...

    async def kill(self) -> None:
        """End it; harmless when it has ended."""
        ...


class Sandbox(Protocol):
    """Where submitted code runs, apart from everything."""

    def unavailable(self) -> str:
        """Say why it cannot be had on this machine; '' when it can."""
        ...

    async def start(self) -> SandboxProcess:
        """Start a process that waits for its first frame. Raises SandboxFailed."""
        ...


class SourceStore(Protocol):
    """Source of submitted strategies, by the SHA-256 of its text in lower-case hex. What was kept stays."""

    async def keep(self, sha256: str, source: str, *, owner_id: str, at_ns: Nanos) -> None:
        """Keep a source; harmless when it is kept already."""
        ...

    async def source(self, sha256: str) -> str | None:
        """Give a source."""
        ...


class Probe(Protocol):
    """A truthful look at one part of the system."""

    name: str

    async def check(self) -> Mapping[str, Any]:
        """Give `status` (healthy, degraded, unhealthy) and what was measured."""
        ...
