"""What every kind of file is read into before it is checked: one row of text at a time, with its place."""

from typing import NamedTuple, Protocol

from openbell.domain.values import Nanos


class Row(NamedTuple):
    """A row as the file has it. `line` is 1-based; `time` is text, or nanoseconds where the file is typed."""

    line: int
    time: str | Nanos
    open: str
    high: str
    low: str
    close: str
    volume: str


class RowSource(Protocol):
    """A file being read. Iterating yields its rows in order and may raise FileRefused."""

    def __iter__(self) -> "RowSource":
        """Start, once."""
        ...

    def __next__(self) -> Row:
        """Give the next row."""
        ...
