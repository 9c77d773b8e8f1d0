"""Dates and instants given as options."""

from openbell.cli.console import ExitCode, fail
from openbell.domain.instants import InvalidInstant, parse_instant
from openbell.domain.values import Nanos


def instant_option(option: str, text: str | None) -> Nanos | None:
    """Read a date or instant, None where none was given. Ends the command when it is neither."""
    if text is None:
        return None
    try:
        return parse_instant(text)
    except InvalidInstant as problem:
        fail(f"{option} {text}: {problem}", ExitCode.USAGE)
