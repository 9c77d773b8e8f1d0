"""Dates, instants and lengths of bars given as options."""

from openbell.cli.console import ExitCode, fail
from openbell.domain.instants import InvalidInstant, parse_instant
from openbell.domain.market import Timeframe
from openbell.domain.values import Nanos


def instant_option(option: str, text: str | None) -> Nanos | None:
    """Read a date or instant, None where none was given. Ends the command when it is neither."""
    if text is None:
        return None
    try:
        return parse_instant(text)
    except InvalidInstant as problem:
        fail(f"{option} {text}: {problem}", ExitCode.USAGE)


def timeframe_option(text: str | None) -> Timeframe | None:
    """Read a length of bars, None where none was given. Ends the command for a length that there is not."""
    if text is None:
        return None
    try:
        return Timeframe(text)
    except ValueError:
        fail(f"unknown timeframe {text}: one of {', '.join(Timeframe)}", ExitCode.USAGE)
