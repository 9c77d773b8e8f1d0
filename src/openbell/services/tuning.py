"""Tuning: parameters that may change while a strategy runs, and those of telemetry, as one set with one revision."""

import asyncio
from collections.abc import Mapping

import msgspec

from openbell.domain.access import Principal, Role
from openbell.domain.parameters import checked
from openbell.domain.risk import Refusal
from openbell.domain.strategy import Parameter, ParameterValue, RunState, Strategy
from openbell.domain.values import InvalidNumber, decimal_of, parse
from openbell.services.audit import Audit
from openbell.services.strategies import InvalidConfig, Strategies, StrategyChange
from openbell.services.telemetry import Telemetry
from openbell.services.telemetry_parameters import PARAMETERS, known_parameter, problems_of

DEFAULT_KIND = "market_maker"


class Tuned(msgspec.Struct, frozen=True, kw_only=True):
    """The whole set as it is: each parameter with its value, and a revision that goes up with every change."""

    strategy_id: str | None
    run_state: RunState | None
    revision: int
    parameters: list[tuple[Parameter, ParameterValue]]


class Stale(msgspec.Struct, frozen=True):
    """A change that was meant for another revision."""

    revision: int


Result = Tuned | InvalidConfig | Stale | Refusal | None
"""The set after a change, or why there was none; None when there is no such strategy within reach."""


class Tuning:
    """Reads and changes parameters for a caller: those of a strategy in reach, and of telemetry for its owner."""

    def __init__(self, *, strategies: Strategies, telemetry: Telemetry, audit: Audit) -> None:
        self._strategies = strategies
        self._telemetry = telemetry
        self._audit = audit
        self._changing = asyncio.Lock()

    def present(self, caller: Principal, strategy_id: str | None) -> Tuned | None:
        """Give the set; None when a strategy is named that is not there."""
        strategy = self._strategy(caller, strategy_id)
        if strategy is None and strategy_id is not None:
            return None
        parameters = (
            [(one, strategy.config.parameters[one.name]) for one in self._runtime(strategy)] if strategy else []
        )
        revision = strategy.revision if strategy else 0
        if self._owns_telemetry(caller):
            values = self._telemetry.parameters
            parameters += [(one, values[one.name]) for one in PARAMETERS]
            revision += self._telemetry.revision
        return Tuned(
            strategy_id=strategy.config.strategy_id if strategy else None,
            run_state=strategy.state if strategy else None,
            revision=revision,
            parameters=parameters,
        )

    async def change(
        self,
        caller: Principal,
        strategy_id: str | None,
        given: Mapping[str, ParameterValue],
        *,
        expected_revision: int | None,
    ) -> Result:
        """Change what is named, all of it or nothing. Raises Unavailable."""
        async with self._changing:
            present = self.present(caller, strategy_id)
            if present is None:
                return None
            if expected_revision not in (None, present.revision):
                return Stale(present.revision)
            values, problems = _read(present, given)
            return InvalidConfig(tuple(problems)) if problems else await self._change(caller, present, values)

    async def _change(self, caller: Principal, present: Tuned, given: Mapping[str, ParameterValue]) -> Result:
        for_telemetry = {name: value for name, value in given.items() if known_parameter(name) is not None}
        for_strategy = {name: value for name, value in given.items() if name not in for_telemetry}
        strategy = self._strategy(caller, present.strategy_id) if for_strategy else None
        problems = [*problems_of(self._telemetry.parameters | for_telemetry)]
        problems += self._problems(strategy, for_strategy)
        if problems:
            return InvalidConfig(tuple(problems))
        if strategy is not None:
            refused = await self._configure(strategy, for_strategy, caller)
            if refused is not None:
                return refused
        if for_telemetry:
            await self._telemetry.change(for_telemetry)
        detail = {name: str(value) for name, value in given.items()}
        await self._audit.record("parameters.change", subject=present.strategy_id or "", detail=detail)
        return self.present(caller, present.strategy_id)

    async def _configure(
        self, strategy: Strategy, given: Mapping[str, ParameterValue], caller: Principal
    ) -> InvalidConfig | Refusal | None:
        config = strategy.config
        result = await self._strategies.configure(
            config.strategy_id,
            account_id=config.account_id,
            settings=given,
            change=StrategyChange(expected_revision=strategy.revision),
            actor=caller.user_id,
        )
        return result if isinstance(result, InvalidConfig | Refusal) else None

    def _problems(self, strategy: Strategy | None, given: Mapping[str, ParameterValue]) -> list[tuple[str, str]]:
        if strategy is None:
            return []
        kind = next(one for one in self._strategies.kinds() if one.kind == strategy.config.kind)
        return list(kind.problems({**strategy.config.parameters, **given}))

    def _runtime(self, strategy: Strategy) -> list[Parameter]:
        """List the parameters of a strategy that may change while it runs; none of a kind that is no longer there."""
        kind = next((one for one in self._strategies.kinds() if one.kind == strategy.config.kind), None)
        return [one for one in kind.parameters if one.is_runtime] if kind is not None else []

    def _strategy(self, caller: Principal, strategy_id: str | None) -> Strategy | None:
        """Find the strategy that is meant: the caller's own of that name first, then, for an admin, anybody's."""
        wanted = strategy_id or self._telemetry.setup.strategy_id
        owners = [caller.account_id, *([None] if caller.role is Role.ADMIN else [])]
        if wanted:
            found = (self._strategies.get(wanted, account_id=owner) for owner in owners)
            return next((one for one in found if one is not None), None)
        shown = self._telemetry.account_id
        account_id = shown if caller.role is Role.ADMIN and shown else caller.account_id
        makers = [one for one in self._strategies.list(account_id) if one.config.kind == DEFAULT_KIND]
        return min(makers, key=lambda one: one.state is not RunState.RUNNING, default=None)

    def _owns_telemetry(self, caller: Principal) -> bool:
        return caller.role is Role.ADMIN or caller.account_id == self._telemetry.account_id


def _read(
    present: Tuned, given: Mapping[str, ParameterValue]
) -> tuple[dict[str, ParameterValue], list[tuple[str, str]]]:
    """Give the values in their parameters' types, and what is wrong with those that have none: all of it at once."""
    known = {parameter.name: parameter for parameter, _ in present.parameters}
    names = ", ".join(sorted(known)) or "none"
    values: dict[str, ParameterValue] = {}
    problems: list[tuple[str, str]] = []
    for name, value in given.items():
        if name not in known:
            problems.append((name[:64], f"no such runtime parameter; there are: {names}"))
            continue
        try:
            values[name] = checked(known[name], _number(known[name].kind, value))
        except ValueError as error:
            problems.append((name, str(error)))
    return values, problems


def _number(kind: str, value: ParameterValue) -> ParameterValue:
    """Read a number that came as text; decimals stay text."""
    if kind == "decimal" or not isinstance(value, str):
        return value
    try:
        exact = decimal_of(parse(value))
    except InvalidNumber:
        return value
    if kind == "int":
        return int(exact) if exact == int(exact) else value
    return float(exact) if kind == "float" else value
