"""Strategies: create from a kind, configure, start, pause, resume, stop, delete."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from openbell.domain.commands import ConfigureStrategy, CreateStrategy, DeleteStrategy, RunStrategy
from openbell.domain.parameters import names_text
from openbell.domain.risk import Refusal, RefusalCode, RiskLimits
from openbell.domain.schedule import Schedule
from openbell.domain.strategy import Parameter, ParameterValue, RunState, Strategy, StrategyConfig
from openbell.domain.values import SCALE_DIGITS, NumberToken, Rate
from openbell.ports import Market, Outcome, Trading, Views

CANCELS_TIMEOUT_S = 1.0
"""Longest wait for a stopped strategy's cancels before it is deleted."""

SETTINGS = {
    "risk_per_trade_pct": "percent of the equity that one trade may lose at its stop",
    "max_positions": "instruments in which a position may be held at the same time",
    "stop_loss_pct": "percent below the entry at which a position is given up",
    "take_profit_pct": "percent above the entry at which a profit is taken",
}
"""Settings any strategy may carry beside the parameters of its kind; they are kept as they were written."""

PERCENTS = {
    "stop_loss_percent": "stop_loss_pct",
    "take_profit_percent": "take_profit_pct",
    "risk_per_trade_percent": "risk_per_trade_pct",
}
"""What the core enforces, by the setting that says it."""


class StrategyKind(msgspec.Struct, frozen=True, kw_only=True):
    """A kind of strategy that can be created. `problems` names each wrong parameter with what is wrong about it."""

    kind: str
    description: str
    parameters: tuple[Parameter, ...]
    problems: Callable[[Mapping[str, Any]], Sequence[tuple[str, str]]]


class InvalidConfig(msgspec.Struct, frozen=True):
    """A configuration that was refused whole: each wrong key with what is wrong about it."""

    problems: tuple[tuple[str, str], ...]


class StrategyChange(msgspec.Struct, frozen=True, kw_only=True):
    """What of a strategy is to change beside its settings; None keeps."""

    name: str | None = None
    description: str | None = None
    symbols: tuple[str, ...] | None = None
    limits: RiskLimits | None = None
    schedule: Schedule | UnsetType | None = UNSET
    """None takes the schedule away."""
    expected_revision: int | None = None


class NewStrategy(msgspec.Struct, frozen=True, kw_only=True):
    """A configured strategy as asked for, and the settings it came with, parameters and others in one."""

    config: StrategyConfig
    settings: dict[str, Any]


_AS_WRITTEN = msgspec.json.Decoder(dict[str, msgspec.Raw])

RESERVED = frozenset({"submitted"})
"""Kinds that `create` makes only for who checked the caller, and whose parameters nobody sets afterwards."""

Result = Strategy | InvalidConfig | Refusal | None
"""A strategy as it is now, or why not; None when there is no such strategy within reach."""


class Strategies:
    """The strategies of everybody; `account_id` is whose may be touched, None is everybody's."""

    def __init__(self, *, trading: Trading, views: Views, market: Market, kinds: Mapping[str, StrategyKind]) -> None:
        self._trading = trading
        self._views = views
        self._market = market
        self._kinds = kinds

    def kinds(self) -> list[StrategyKind]:
        """List what strategies can be made of, by name."""
        return [self._kinds[name] for name in sorted(self._kinds.keys() - RESERVED)]

    def complete(self, kind: str, given: Mapping[str, Any]) -> dict[str, ParameterValue] | InvalidConfig:
        """Give a whole set of parameters of a kind: what is given and otherwise the defaults."""
        known = self._kinds.get(kind)
        if known is None or kind in RESERVED:
            return self._unknown_kind(kind)
        problems = known.problems(given)
        if problems:
            return InvalidConfig(tuple(problems))
        return {one.name: one.default for one in known.parameters} | _plain(given)

    def list(self, account_id: str | None) -> Sequence[Strategy]:
        """List strategies, oldest first."""
        return self._views.strategies(account_id)

    def get(self, strategy_id: str, *, account_id: str | None) -> Strategy | None:
        """Give a strategy; None also for somebody else's. Among everybody's the oldest of that name is meant."""
        if account_id is not None:
            return self._views.strategy(account_id, strategy_id)
        return next((one for one in self._views.strategies() if one.config.strategy_id == strategy_id), None)

    async def create(self, wanted: NewStrategy, *, actor: str, vetted: frozenset[str] = frozenset()) -> Result:
        """Add a strategy, stopped. A reserved kind is unknown unless the caller was `vetted` for it."""
        config = wanted.config
        kind = self._kinds.get(config.kind)
        if kind is None or (config.kind in RESERVED - vetted):
            return self._unknown_kind(config.kind)
        instruments = [self._market.instrument(symbol) for symbol in config.symbols]
        if None in instruments or not instruments:
            missing = config.symbols[instruments.index(None)] if instruments else ""
            return Refusal(RefusalCode.UNKNOWN_SYMBOL, f"there is no instrument {missing!r}", "symbols")
        split = self._split(kind, wanted.settings, earlier="{}")
        if isinstance(split, InvalidConfig):
            return split
        parameters, extra = split
        config = msgspec.structs.replace(
            config,
            symbols=tuple(one.symbol for one in instruments if one is not None),
            parameters={one.name: one.default for one in kind.parameters} | parameters,
            extra=extra,
            **enforced_of(extra),
        )
        outcome = await self._trading.submit(CreateStrategy(ts_ns=self._trading.now_ns(), config=config, actor=actor))
        # Not by the id that was asked for: one that was made up may be another when the request comes again.
        return outcome.refusal or self._views.strategy(config.account_id, outcome.subject_id)

    async def configure(
        self,
        strategy_id: str,
        *,
        account_id: str | None,
        settings: Mapping[str, Any],
        change: StrategyChange | None = None,
        actor: str,
    ) -> Result:
        """Change parameters and settings; what is not named stays. One wrong key and nothing changes."""
        strategy = self.get(strategy_id, account_id=account_id)
        if strategy is None:
            return None
        config = strategy.config
        kind = self._kinds[config.kind]
        fixed = {one.name for one in kind.parameters} & settings.keys() if config.kind in RESERVED else set()
        if fixed:
            return InvalidConfig(tuple((name, "cannot be changed; submit the source again") for name in sorted(fixed)))
        split = self._split(kind, settings, earlier=config.extra, present=config.parameters)
        if isinstance(split, InvalidConfig):
            return split
        parameters, extra = split
        change = change or StrategyChange()
        symbols = change.symbols and tuple(self._canonical(symbol) for symbol in change.symbols)
        outcome = await self._trading.submit(
            ConfigureStrategy(
                ts_ns=self._trading.now_ns(),
                account_id=config.account_id,
                strategy_id=strategy_id,
                parameters={**config.parameters, **parameters} if parameters else None,
                name=change.name,
                description=change.description,
                symbols=symbols,
                limits=change.limits,
                schedule=change.schedule,
                mode=None,
                extra=extra,
                expected_revision=change.expected_revision,
                **enforced_of(extra),
                actor=actor,
            )
        )
        return self._now(outcome, strategy)

    async def run(
        self, strategy_id: str, state: RunState, *, account_id: str | None, actor: str, reason: str = ""
    ) -> Result:
        """Start or resume (RUNNING), pause or stop. A strategy that is in that state already stays in it."""
        strategy = self.get(strategy_id, account_id=account_id)
        if strategy is None or strategy.state is state:
            return strategy
        outcome = await self._trading.submit(
            RunStrategy(
                ts_ns=self._trading.now_ns(),
                account_id=strategy.config.account_id,
                strategy_id=strategy_id,
                state=state,
                reason=reason,
                actor=actor,
            )
        )
        return self._now(outcome, strategy)

    async def delete(self, strategy_id: str, *, account_id: str | None, actor: str) -> Result:
        """Stop, wait for the cancels of working orders, and remove; gives the strategy as it last was."""
        stopped = await self.run(strategy_id, RunState.STOPPED, account_id=account_id, actor=actor, reason="deleted")
        if not isinstance(stopped, Strategy):
            return stopped
        owner = stopped.config.account_id
        waits = (
            self._trading.settled(order.order_id, timeout_s=CANCELS_TIMEOUT_S)
            for order in self._views.open_orders(owner)
            if order.strategy_id == strategy_id
        )
        await asyncio.gather(*waits)
        outcome = await self._trading.submit(
            DeleteStrategy(ts_ns=self._trading.now_ns(), account_id=owner, strategy_id=strategy_id, actor=actor)
        )
        return outcome.refusal or stopped

    def _canonical(self, symbol: str) -> str:
        instrument = self._market.instrument(symbol)
        return symbol if instrument is None else instrument.symbol

    def _unknown_kind(self, kind: str) -> InvalidConfig:
        known = ", ".join(sorted(self._kinds.keys() - RESERVED))
        return InvalidConfig((("kind", f"unknown kind {kind[:64]!r}; there are {known}"),))

    def _now(self, outcome: Outcome, strategy: Strategy) -> Result:
        config = strategy.config
        return outcome.refusal or self._views.strategy(config.account_id, config.strategy_id)

    def _split(
        self,
        kind: StrategyKind,
        settings: Mapping[str, Any],
        *,
        earlier: str,
        present: Mapping[str, ParameterValue] | None = None,
    ) -> tuple[dict[str, ParameterValue], str] | InvalidConfig:
        """Tell parameters of the kind from other settings, and check both."""
        names = {parameter.name: parameter for parameter in kind.parameters}
        own = {name: _read(value, names[name]) for name, value in settings.items() if name in names}
        further = {name: value for name, value in settings.items() if name not in names}
        known = ", ".join(sorted(names.keys() | SETTINGS.keys()))
        problems = [(name, f"no such setting; there are {known}") for name in further if name not in SETTINGS]
        problems += kind.problems({**(present or {}), **own})
        problems += [(name, said) for name, value in further.items() if (said := wrong_setting(name, value))]
        if problems:
            return InvalidConfig(tuple(problems))
        # Every value as it was written, 1.50 included: what is kept unread is given back unchanged.
        merged = _AS_WRITTEN.decode(earlier) | {name: _as_written(value) for name, value in further.items()}
        return _plain(own), msgspec.json.encode(merged).decode()


def _plain(given: Mapping[str, Any]) -> dict[str, ParameterValue]:
    """Keep lists of names as text with commas, as parameters are kept."""
    return {name: names_text(value) if isinstance(value, list) else value for name, value in given.items()}


def enforced_of(extra: str) -> dict[str, Any]:
    """Give what the core is to enforce of the settings that are no parameters; 0 where there is none."""
    return enforced(msgspec.json.decode(extra))


def enforced(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Give the same of settings that have been read."""
    percents = {name: percent_of(settings.get(key)) for name, key in PERCENTS.items()}
    return {**percents, "positions_max": int(float(settings.get("max_positions") or 0))}


def percent_of(value: Any) -> Rate:
    """Read a percent as it was written, to the scale's last digit; 0 when there is none."""
    exact = Decimal(str(value or 0)).quantize(Decimal(1).scaleb(-SCALE_DIGITS), ROUND_HALF_UP)
    return int(exact.scaleb(SCALE_DIGITS))


def _as_written(value: Any) -> msgspec.Raw:
    return msgspec.Raw(value.token.encode() if isinstance(value, NumberToken) else msgspec.json.encode(value))


def _read(value: Any, parameter: Parameter) -> Any:
    if not isinstance(value, NumberToken):
        return value
    return value.token if parameter.kind == "decimal" else float(value)


def wrong_setting(name: str, value: Any) -> str:
    """Say what is wrong with one of the common settings; '' when nothing is."""
    if name not in SETTINGS or value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return "expected a number"
    try:
        number = float(value)
    except ValueError:
        return "expected a number"
    if name == "max_positions":
        return "" if number.is_integer() and 1 <= number <= 10_000 else "expected a whole number from 1 to 10000"
    return "" if 0 < number <= 100 else "expected a percent above 0 and up to 100"
