"""Ids that nobody has named: UUIDs of version 7 (RFC 9562), which begin with the time they were made at.

Those of one moment are neighbours in an index, so that a commit of many orders touches few of its pages; by chance
alone each would touch one of its own. Chance is drawn for many at a time: asking the system lets go of the interpreter.
"""

import os
from collections.abc import Callable

from openbell.domain.values import Nanos

_NANOS_PER_MILLI = 1_000_000
_DIGITS = 19
"""Hexadecimal digits of chance in one id: 74 bits, and two that name the variant."""
_DRAWN = 256 * _DIGITS
_VARIANT = {digit: "89ab"[int(digit, 16) % 4] for digit in "0123456789abcdef"}


class Identifiers:
    """Gives ids, for one thread."""

    def __init__(self, now_ns: Callable[[], Nanos]) -> None:
        self._now_ns = now_ns
        self._chance = ""
        self._place = 0

    def __call__(self) -> str:
        """Give a new one."""
        if self._place >= len(self._chance):
            self._chance, self._place = os.urandom(_DRAWN // 2).hex(), 0
        digits = self._chance[self._place : self._place + _DIGITS]
        self._place += _DIGITS
        milli = f"{self._now_ns() // _NANOS_PER_MILLI:012x}"
        return f"{milli[:8]}-{milli[8:]}-7{digits[:3]}-{_VARIANT[digits[3]]}{digits[4:7]}-{digits[7:]}"
