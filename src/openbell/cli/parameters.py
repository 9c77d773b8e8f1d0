"""Strategy parameters on the command line: `--param name=value`, or the parameter's own name as an option."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from openbell.cli.console import ExitCode, fail

if TYPE_CHECKING:
    from openbell.domain.strategy import Parameter, ParameterValue

_TRUE, _FALSE = frozenset({"true", "yes", "on", "1"}), frozenset({"false", "no", "off", "0"})


def given_parameters(
    declared: "Sequence[Parameter]", *, pairs: Sequence[str], options: Sequence[str], strategy: str
) -> "dict[str, ParameterValue]":
    """Read what was given for the declared parameters. Ends the command for anything that is none."""
    known = {parameter.name: parameter for parameter in declared}
    texts = named_options(options, pairs)
    for name in texts:
        if name not in known:
            there = ", ".join(f"--{other.replace('_', '-')}" for other in known) or "none"
            fail(f"{strategy} has no parameter {name}: it has {there}", ExitCode.USAGE)
    return {name: _value(known[name], text) for name, text in texts.items()}


def named_options(options: Sequence[str], pairs: Sequence[str]) -> dict[str, str]:
    """Read parameters as text by name, from options and from pairs."""
    texts = _named(options)
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals:
            fail(f"--param {pair}: expected name=value", ExitCode.USAGE)
        texts[name.strip().replace("-", "_")] = value
    return texts


def _named(options: Sequence[str]) -> dict[str, str]:
    """Read `--name value` and `--name=value`."""
    found: dict[str, str] = {}
    rest = list(options)
    while rest:
        word = rest.pop(0)
        if not word.startswith("--") or len(word) == len("--"):
            fail(f"unexpected argument {word}", ExitCode.USAGE)
        name, equals, value = word[2:].partition("=")
        if not equals:
            if not rest:
                fail(f"--{name} needs a value", ExitCode.USAGE)
            value = rest.pop(0)
        found[name.replace("-", "_")] = value
    return found


def _value(parameter: "Parameter", text: str) -> "ParameterValue":
    try:
        if parameter.kind == "int":
            return int(text)
        if parameter.kind == "float":
            return float(text)
    except ValueError:
        fail(f"--{parameter.name.replace('_', '-')}: {text} is not a number ({parameter.kind})", ExitCode.USAGE)
    if parameter.kind == "bool":
        word = text.strip().lower()
        if word not in _TRUE | _FALSE:
            fail(f"--{parameter.name.replace('_', '-')}: {text} is neither true nor false", ExitCode.USAGE)
        return word in _TRUE
    return text


def described(parameter: "Parameter") -> Mapping[str, object]:
    """Describe a parameter as JSON."""
    return {
        "name": parameter.name,
        "kind": parameter.kind,
        "default": parameter.default,
        "minimum": parameter.minimum,
        "maximum": parameter.maximum,
        "choices": list(parameter.choices),
        "description": parameter.description,
    }
