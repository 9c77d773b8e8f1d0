"""Which lines of chosen modules each test reaches, and how long it takes: a broken line meets those tests first."""

import json
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import pytest


class Watching:
    """A plugin that writes down, for each test, the lines it reaches while it is set up and run."""

    def __init__(self, package: Path, modules: Iterable[str], file: Path) -> None:
        self._names = {str(package / module): module for module in modules}
        self._file = file
        self._lines: defaultdict[str, set[tuple[str, int]]] = defaultdict(set)
        self._seconds: dict[str, float] = {}
        self._now: set[tuple[str, int]] = set()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item):
        """Watch one test, with the fixtures made for it."""
        self._now, began = self._lines[item.nodeid], time.monotonic()
        threading.settrace(self._call)
        sys.settrace(self._call)
        try:
            return (yield)
        finally:
            sys.settrace(None)
            threading.settrace(None)
            self._seconds[item.nodeid] = time.monotonic() - began

    def pytest_sessionfinish(self):
        """Write what was seen."""
        seen = {test: [self._seconds[test], sorted(lines)] for test, lines in self._lines.items()}
        self._file.write_text(json.dumps(seen), "utf-8")

    def _call(self, frame, event, arg):
        name = self._names.get(frame.f_code.co_filename)
        if name is None:
            return None
        self._now.add((name, frame.f_lineno))

        def line(frame, event, arg):
            self._now.add((name, frame.f_lineno))
            return line

        return line


class Reached(NamedTuple):
    """What was seen: the seconds of each test, and the tests that reach each line."""

    seconds: dict[str, float]
    tests: dict[tuple[str, int], set[str]]

    @classmethod
    def read(cls, file: Path) -> "Reached":
        """Read what a plugin wrote."""
        seen = json.loads(file.read_text("utf-8"))
        tests: defaultdict[tuple[str, int], set[str]] = defaultdict(set)
        for test, (_, lines) in seen.items():
            for module, line in lines:
                tests[module, line].add(test)
        return cls({test: seconds for test, (seconds, _) in seen.items()}, dict(tests))

    def by(self, module: str, first: int, last: int) -> dict[str, float]:
        """Give the tests that reach a line from first to last, with their seconds; all where none does by itself."""
        names = set().union(*(self.tests.get((module, line), ()) for line in range(first, last + 1)))
        return {name: self.seconds[name] for name in names} or self.seconds
