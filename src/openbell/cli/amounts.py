"""Amounts on the command line, as scaled steps."""

from openbell.cli.console import ExitCode, fail


def amount(option: str, text: str, *, more_than: int = -1) -> int:
    """Read an amount above a bound. Ends the command otherwise."""
    from openbell.domain.values import InvalidNumber, parse  # noqa: PLC0415

    try:
        steps = parse(text)
    except InvalidNumber as problem:
        fail(f"{option} {text}: {problem}", ExitCode.USAGE)
    if steps <= more_than:
        fail(
            f"{option} {text}: must be above zero" if more_than == 0 else f"{option} {text}: is negative",
            ExitCode.USAGE,
        )
    return steps
