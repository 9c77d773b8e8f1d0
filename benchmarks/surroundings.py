"""What a benchmark may find on a machine: a compiler, Node, nginx, and the peers' own environment."""

import shutil
import subprocess
from functools import cache
from pathlib import Path

PEERS = Path(__file__).with_name("peers")
ENVIRONMENT = Path(__file__).with_name(".venv")
"""Made by `make bench` from `peers/requirements.txt`; what is not in it is reported as not installed."""
PYTHON = ENVIRONMENT / "bin" / "python"
COMPILE_SECONDS_MAX = 60


@cache
def has_module(name: str) -> bool:
    """Tell whether the peers' environment has a module."""
    return any(ENVIRONMENT.glob(f"lib/python*/site-packages/{name}"))


@cache
def program(name: str) -> str | None:
    """Give the path of a program: of the peers' environment, else of the machine."""
    own = ENVIRONMENT / "bin" / name
    return (
        str(own) if own.exists() else shutil.which(name, path="/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin")
    )


def compiled(source: str, folder: Path) -> Path | None:
    """Compile one of the peers' C sources into a folder; None where the machine has no compiler."""
    compiler = program("cc") or program("gcc")
    if compiler is None:
        return None
    made = folder / Path(source).stem
    words = [compiler, "-O2", "-o", str(made), str(PEERS / source)]
    subprocess.run(words, check=True, timeout=COMPILE_SECONDS_MAX)
    return made
