"""How the tests are shared out between workers: a file each, so that its server starts once, and long ones first."""

import pytest

ONE_WORKER = ("tests/web/",)
"""Folders whose files look at the outcome of one long run."""
LONG = (
    "tests/web/",
    "tests/browser/",
    "tests/e2e/test_backup.py",
    "tests/contracts/test_openapi_fuzz.py",
    "tests/unit/benchmarks/",
    "tests/simulation/test_torn_sockets.py",
    "tests/contracts/test_malformed_storm.py",
    "tests/contracts/test_same_meaning.py",
    "tests/contracts/test_stalled_clients.py",
    "tests/contracts/test_duplicate_storm.py",
    "tests/e2e/",
    "tests/simulation/",
    "tests/test_docs.py",
    "tests/client/",
    "tests/contracts/test_",
    "tests/ports/test_power_cut.py",
    "tests/contracts/telemetry/",
    "tests/contracts/platform/",
)
"""Begun first, the longest first: a worker that begins one at the end leaves the others without work."""


def place(path: str) -> int:
    """Give the place in the queue of a file, as a number that grows towards the end."""
    return next((number for number, start in enumerate(LONG) if path.startswith(start)), len(LONG))


def scope(nodeid: str) -> str:
    """Name what stays on one worker."""
    path = nodeid.partition("::")[0]
    return next((folder for folder in ONE_WORKER if path.startswith(folder)), path)


def pytest_collection_modifyitems(config, items):
    """Put long files first, where there are several workers; else they stay as they are written."""
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: place(item.nodeid))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """Share out by file, in the order given."""
    from xdist.scheduler import LoadFileScheduling  # noqa: PLC0415 - absent where tests run without workers

    class ByFile(LoadFileScheduling):
        def _split_scope(self, nodeid):
            return scope(nodeid)

    config.option.loadscopereorder = False
    return ByFile(config, log)
