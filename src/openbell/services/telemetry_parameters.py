"""The parameters of telemetry: volatility thresholds, latency, and what leaks. All of them change while it runs."""

from collections.abc import Mapping, Sequence

from openbell.analytics.volatility import RegimeRules
from openbell.domain.parameters import checked
from openbell.domain.strategy import Parameter, ParameterValue
from openbell.domain.values import parse
from openbell.services.leakage import LeakageRates


def _decimal(name: str, default: str, maximum: float, description: str) -> Parameter:
    return Parameter(
        name=name, kind="decimal", default=default, minimum=0, maximum=maximum, is_runtime=True, description=description
    )


def _number(name: str, default: float, minimum: float, maximum: float, description: str) -> Parameter:
    return Parameter(
        name=name,
        kind="float",
        default=default,
        minimum=minimum,
        maximum=maximum,
        is_runtime=True,
        description=description,
    )


def _whole(name: str, default: int, minimum: float, maximum: float, description: str) -> Parameter:
    return Parameter(
        name=name,
        kind="int",
        default=default,
        minimum=minimum,
        maximum=maximum,
        is_runtime=True,
        description=description,
    )


_RULES = RegimeRules()
PARAMETERS: tuple[Parameter, ...] = (
    _decimal("gas_per_order", "0", 1_000, "Gas for each order let out, in base currency."),
    _decimal("gas_per_fill", "0", 1_000, "Gas for each fill, in base currency."),
    _decimal("fee_bps", "0", 1_000, "Modelled fee on top of what the venue charges, in basis points of a fill."),
    _decimal("slippage_bps", "0", 1_000, "Modelled slippage of fills that take, in basis points of a fill."),
    _whole("latency_alert_ms", 300, 1, 60_000, "Latency above which an alert is raised, once an episode."),
    _number("vol_high_enter", _RULES.high_enter, 50, 100, "Percentile at which HIGH_VOL begins."),
    _number("vol_high_exit", _RULES.high_exit, 0, 100, "Percentile below which HIGH_VOL ends."),
    _number("vol_low_enter", _RULES.low_enter, 0, 50, "Percentile at which LOW_VOL begins."),
    _number("vol_low_exit", _RULES.low_exit, 0, 100, "Percentile above which LOW_VOL ends."),
    _number("vol_half_life_s", _RULES.half_life_s, 1, 3_600, "Half-life of a return in the volatility, in seconds."),
    _whole("vol_window_s", _RULES.window_s, 60, 86_400, "Length of the trailing distribution, in seconds."),
    _whole("vol_samples_min", _RULES.samples_min, 2, 3_600, "Samples without which every state is NORMAL."),
    _number("vol_dwell_s", _RULES.dwell_s, 0, 3_600, "Shortest stay in a state, in seconds."),
)
_BY_NAME = {parameter.name: parameter for parameter in PARAMETERS}
_VOL = "vol_"


def known_parameter(name: str) -> Parameter | None:
    """Give a parameter of telemetry."""
    return _BY_NAME.get(name)


def completed(given: Mapping[str, ParameterValue]) -> dict[str, ParameterValue]:
    """Give the whole set: what is given and otherwise the defaults."""
    return {name: given.get(name, parameter.default) for name, parameter in _BY_NAME.items()}


def problems_of(given: Mapping[str, ParameterValue]) -> Sequence[tuple[str, str]]:
    """Say what is wrong with a whole set: (name, message) each."""
    problems = []
    for name, value in given.items():
        try:
            checked(_BY_NAME[name], value)
        except ValueError as error:
            problems.append((name, str(error)))
    if problems:
        return problems
    return [(_VOL + name, message) for name, message in rules_of(given).problems()]


def rules_of(values: Mapping[str, ParameterValue]) -> RegimeRules:
    """Give the rules of the volatility regime that a whole set of parameters makes."""
    return RegimeRules(
        half_life_s=float(values["vol_half_life_s"]),
        window_s=int(values["vol_window_s"]),
        samples_min=int(values["vol_samples_min"]),
        high_enter=float(values["vol_high_enter"]),
        high_exit=float(values["vol_high_exit"]),
        low_enter=float(values["vol_low_enter"]),
        low_exit=float(values["vol_low_exit"]),
        dwell_s=float(values["vol_dwell_s"]),
    )


def rates_of(values: Mapping[str, ParameterValue]) -> LeakageRates:
    """Give what leaks by a whole set of parameters."""
    return LeakageRates(**{name: parse(str(values[name])) for name in LeakageRates.__struct_fields__})
