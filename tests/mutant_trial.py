"""How `make mutants` tries a change: in a fork of a process that has collected the tests, so that most take a second.

A change inside functions is put into those that are loaded. One of what a module does when it is imported, such as a
constant, is seen by nobody who has imported it already, so its tests are collected again in a process of their own.
"""

import contextlib
import gc
import importlib.util
import inspect
import os
import resource
import signal
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from types import CodeType, FunctionType

import pytest

from mutant_kinds import Mutant
from reached_lines import Reached

WORK_SECONDS_MAX = 120
"""Of the processor: a mutant that never ends is noticed, one that a busy machine keeps waiting is not."""
SECONDS_MAX = 1_800
_COMPREHENSIONS = {"<listcomp>", "<setcomp>", "<dictcomp>", "<genexpr>"}


def run(sources: Path, tests: list[str], plugin: object) -> int:
    """Run tests against a copy of the sources in a fork; gives what it ended with."""

    def session() -> int:
        os.environ["PYTHONPATH"] = str(sources)
        options = ["-q", "-x", "-p", "no:xdist", "-p", "no:cacheprovider", "-o", f"pythonpath={sources} tests"]
        options += [f"--timeout={SECONDS_MAX}", "-W", "ignore::pytest.PytestAssertRewriteWarning"]
        return int(pytest.main([*options, *tests], plugins=[plugin]))

    return forked(session)


def forked(work) -> int:
    """Do something in a fork and give the status it ended with; not zero as well where it took too long."""
    child = os.fork()
    if not child:
        code = 1
        try:
            os.setpgid(0, 0)
            code = work()
        finally:
            os._exit(code)
    return os.waitpid(child, 0)[1]


class Trial:
    """A plugin that collects tests, runs none of them itself, and tries one change after the other in forks."""

    def __init__(self, sources: Path, wanted: list[Mutant], reached: Reached, file: Path) -> None:
        self._sources, self._wanted, self._reached, self._file = sources, wanted, reached, file

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session):
        """Try every change."""
        gc.freeze()
        for mutant in self._wanted:
            changed = changed_functions(self._sources, mutant)
            seconds = self._reached.by(mutant.module, mutant.first, mutant.last)
            with on_disk(self._sources, mutant):  # for tests that start processes
                is_noticed = forked(lambda: _fails(session, changed, seconds)) != 0  # noqa: B023 - done with at once
            with self._file.open("a") as file:
                file.write(f"{int(is_noticed)}\n")
        return True


def is_noticed_at_import(sources: Path, mutant: Mutant, reached: Reached) -> bool:
    """Try a change that is seen only by who has not imported the module yet."""
    seconds = reached.by(mutant.module, mutant.first, mutant.last)
    with on_disk(sources, mutant):
        return run(sources, sorted({name.split("::")[0] for name in seconds}), Chosen(seconds)) != 0


@contextlib.contextmanager
def on_disk(sources: Path, mutant: Mutant) -> Iterator[None]:
    """Have a change in its file for a while."""
    path = sources / "openbell" / mutant.module
    was = path.read_text("utf-8")
    Path(importlib.util.cache_from_source(str(path))).unlink(missing_ok=True)  # else the change might not be seen
    path.write_text(mutant.text, "utf-8")
    try:
        yield
    finally:
        path.write_text(was, "utf-8")


class Chosen:
    """A plugin that runs some tests only, in their order, and says nothing."""

    def __init__(self, seconds: dict[str, float]) -> None:
        self._seconds = seconds

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session):
        """Run them up to the first that fails."""
        session.testsfailed = _first_failure(session, self._seconds)
        return True


def in_order(items: list, seconds: dict[str, float]) -> list:
    """Choose tests, and put those with the least to do first; a file's stay together, as they share what it sets up."""
    chosen = [item for item in items if item.nodeid in seconds]
    files: defaultdict[str, float] = defaultdict(float)
    for item in chosen:
        files[item.location[0]] += seconds[item.nodeid]
    return sorted(chosen, key=lambda item: (files[item.location[0]], item.location[0], seconds[item.nodeid]))


def _first_failure(session, seconds: dict[str, float]) -> int:
    """Run tests quietly, within bounds; gives 1 as soon as one fails."""
    resource.setrlimit(resource.RLIMIT_CPU, (WORK_SECONDS_MAX, WORK_SECONDS_MAX))
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    plugins, nothing = session.config.pluginmanager, os.open(os.devnull, os.O_RDWR)
    for stream in (1, 2):
        os.dup2(nothing, stream)
    plugins.unregister(plugins.get_plugin("terminalreporter"))
    items = in_order(session.items, seconds)
    for item, following in zip(items, [*items[1:], None], strict=True):
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        if session.testsfailed:
            return 1
    return 0


def _fails(session, changed: dict[CodeType, CodeType], seconds: dict[str, float]) -> int:
    gc.unfreeze()
    for one in [each for each in gc.get_objects() if isinstance(each, FunctionType)]:
        one.__code__ = changed.get(one.__code__, one.__code__)
    return _first_failure(session, seconds)


def changed_functions(sources: Path, mutant: Mutant) -> dict[CodeType, CodeType]:
    """Give the code of functions that a change changes, with what becomes of it; none if it lies outside of them."""
    path = sources / "openbell" / mutant.module
    return _changed_functions(compile(path.read_text("utf-8"), str(path), "exec", dont_inherit=True), mutant.code)


def _changed_functions(was: CodeType, now: CodeType) -> dict[CodeType, CodeType]:
    if _is_run_by_import(was) and _shallow(was) != _shallow(now):
        return {}
    changed = {} if was == now or _is_run_by_import(was) else {was: now}
    for old, new in zip(_inside(was), _inside(now), strict=True):
        within = _changed_functions(old, new)
        if old != new and (not within or (_is_run_by_import(was) and old.co_name in _COMPREHENSIONS)):
            return {}
        changed |= within
    return changed


def _is_run_by_import(code: CodeType) -> bool:
    return not code.co_flags & inspect.CO_OPTIMIZED


def _inside(code: CodeType) -> list[CodeType]:
    return [each for each in code.co_consts if isinstance(each, CodeType)]


def _shallow(code: CodeType) -> CodeType:
    return code.replace(co_consts=tuple(None if isinstance(each, CodeType) else each for each in code.co_consts))
