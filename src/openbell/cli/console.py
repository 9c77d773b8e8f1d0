"""What commands say and how they end: results on stdout, everything else on stderr, one meaning for each exit code."""

import json
import sys
from collections.abc import Sequence
from enum import IntEnum
from typing import Any, NoReturn

import typer


class ExitCode(IntEnum):
    """How a command ended. 130 is an interruption from the keyboard."""

    DONE = 0
    REFUSED = 1
    """Asked for something that cannot be, or that failed."""
    USAGE = 2
    """The command line or the settings are wrong."""
    UNAVAILABLE = 3
    """Something that is needed does not answer: try again later."""


def fail(message: str, code: ExitCode = ExitCode.REFUSED) -> NoReturn:
    """End the command with one clear sentence."""
    typer.echo(f"openbell: {message}", err=True)
    raise typer.Exit(code)


def say(message: str) -> None:
    """Tell the person something that is not a result."""
    typer.echo(message, err=True)


def show_json(document: Any) -> None:
    """Print one JSON document and nothing else."""
    json.dump(document, sys.stdout, ensure_ascii=False, indent=2 if sys.stdout.isatty() else None)
    sys.stdout.write("\n")


def show_table(columns: Sequence[str], rows: Sequence[Sequence[str]], *, right: Sequence[str] = (), empty: str) -> None:
    """Print rows under their headings; columns named in `right` hold numbers. `empty` is said when there are none."""
    from rich.console import Console  # noqa: PLC0415 - rich takes longer to import than most commands to run
    from rich.markup import escape  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415

    if not rows:
        say(empty)
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column, justify="right" if column in right else "left", overflow="fold")
    for row in rows:
        table.add_row(*(escape(cell) for cell in row))
    # Into a file or a pipe every row stays one line, whatever the terminal's width would be.
    Console(width=None if sys.stdout.isatty() else 400, highlight=False).print(table)
