"""`make test-nightly`: the promises of docs/guide/reliability.md in their long form. CI runs the short one.

The sizes are all here; a run ends with the first part that fails, and says with which command to repeat it.
"""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
SIZES = {
    "HYPOTHESIS_PROFILE": "nightly",
    "OPENBELL_TEST_KILLS": "940",  # of the whole engine, beside 60 of the journal
    "OPENBELL_TEST_JOURNAL_KILLS": "60",
    "OPENBELL_TEST_CUTS": "10000",
    "OPENBELL_TEST_EVERY": "1",
    "OPENBELL_TEST_SEEDS": "50",
    "OPENBELL_TEST_SEEDS_CORE": "1000",
    "OPENBELL_TEST_SEQUENCES": "10000",
    "OPENBELL_TEST_RESTARTS": "50",
    "OPENBELL_TEST_SOCKETS": "50",
    "OPENBELL_TEST_SOCKET_MESSAGES": "10000",
    "OPENBELL_TEST_STREAM_KILLS": "20",
    "OPENBELL_TEST_TIMES": "1",
    "OPENBELL_TEST_MALFORMED": "10000",
    "OPENBELL_TEST_LOGINS": "1000",
    "OPENBELL_TEST_FRAMES": "100000",
}
SOAK = "28 soak"
SOAK_MINUTES = 60
PARTS = {  # each with the minutes it is expected to take on two cores
    "1 kills": (["tests/ports/test_kill.py", "tests/simulation/test_killed_engine.py"], 13),
    "2, 3 power cuts": (["tests/ports/test_power_cut.py"], 5),
    "4, 5 full disk, storm": (["tests/e2e/test_full_disk.py", "tests/contracts/test_duplicate_storm.py"], 1),
    "6, 8, 9 a bad venue": (["tests/simulation/test_bad_venue.py"], 3),
    "7, 22 money and risk": (["tests/property"], 10),
    "10, 11 determinism, clock": (["tests/simulation/test_same_bytes.py", "tests/simulation/test_clock_steps.py"], 2),
    "12 restarts": (["tests/contracts/test_store_restarts.py", "tests/ports/test_postgres.py"], 3),
    "13, 14 sockets": (["tests/simulation/test_torn_sockets.py", "tests/contracts/test_stalled_clients.py"], 15),
    "13b killed servers": (["tests/e2e/test_killed_stream.py"], 3),
    "15, 16, 19 what comes from outside": (
        [
            *(f"tests/contracts/test_{name}.py" for name in ("malformed_storm", "ends_of_access")),
            "tests/contracts/test_sign_in_tells_nothing.py",
        ],
        4,
    ),
    "16b generated requests": (["tests/contracts/test_openapi_fuzz.py"], 15),
    "26 one meaning": (["tests/contracts/test_same_meaning.py"], 3),
}


class Soak:
    """The burn-in, which runs beside all other parts: it takes a tenth of a core, and is there to take long."""

    def __init__(self) -> None:
        print(f"== {SOAK}: {SOAK_MINUTES} minutes, beside the others", flush=True)  # noqa: T201
        shutil.rmtree(PROJECT / "build" / "soak-run", ignore_errors=True)
        places = ["--report", "build/soak", "--data-dir", "build/soak-run"]
        command = [sys.executable, "-m", "openbell", "soak", "--minutes", str(SOAK_MINUTES), *places]
        self._process = subprocess.Popen(command, cwd=PROJECT)

    def end(self) -> int:
        """Wait for its report, and give what it ended with."""
        return self._process.wait()

    def stop(self) -> None:
        """End it early."""
        self._process.terminate()
        self._process.wait()


def main() -> int:
    """Run every part, or those whose name has a word given, such as 13."""
    wanted = set(sys.argv[1:])
    soak = Soak() if not wanted or "28" in wanted else None
    code = run_parts(wanted)
    if soak is None:
        return code
    if code:
        soak.stop()
        return code
    return soak.end()


def run_parts(wanted: set[str]) -> int:
    """Run one part after the other, up to the first that fails."""
    environment = SIZES | os.environ
    for name, (paths, minutes) in PARTS.items():
        if wanted and not wanted & set(name.replace(",", "").split()):
            continue
        print(f"== {name}: about {minutes} minutes", flush=True)  # noqa: T201
        began = time.monotonic()
        command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:xdist", "--timeout=1800", *paths]
        code = subprocess.run(command, cwd=PROJECT, env=environment, check=False).returncode
        print(f"== {name}: {(time.monotonic() - began) / 60:.1f} minutes", flush=True)  # noqa: T201
        if code:
            settings = " ".join(f"{key}={environment[key]}" for key in SIZES)
            print(f"== repeat it with: {settings} {' '.join(command)}", flush=True)  # noqa: T201
            return code
    return 0


if __name__ == "__main__":
    sys.exit(main())
