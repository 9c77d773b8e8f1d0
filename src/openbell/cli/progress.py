"""Progress on stderr while a person is looking; nothing at all when the output goes elsewhere."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn


@contextmanager
def counting(title: str) -> Iterator[Callable[[int], None]]:
    """Show a count that grows. Yields what to call with it."""
    with Progress(
        TextColumn(title),
        TextColumn("{task.completed:,} rows"),
        console=Console(stderr=True),
        transient=True,
        disable=not sys.stderr.isatty(),
    ) as progress:
        task = progress.add_task(title, total=None)
        yield lambda count: progress.update(task, completed=count)


@contextmanager
def filling(title: str) -> Iterator[Callable[[float], None]]:
    """Show a bar that fills up from 0 to 1. Yields what to call with the part done."""
    columns = (TextColumn(title), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()) as progress:
        task = progress.add_task(title, total=1.0)
        yield lambda part: progress.update(task, completed=part)
