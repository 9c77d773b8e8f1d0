"""The dashboard is built by the project itself, when that is needed and not otherwise."""

import gzip
import json
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

WEB = Path(__file__).resolve().parents[2] / "web"


@pytest.fixture
def build():
    return runpy.run_path(str(WEB / "build.py"))


def test_the_fingerprint_changes_with_a_name_or_a_byte_and_with_nothing_else(build, tmp_path, monkeypatch):
    monkeypatch.setitem(build["fingerprint"].__globals__, "PROJECT", tmp_path)
    file = tmp_path / "a.ts"
    file.write_text("1", "utf-8")
    first = build["fingerprint"](iter([file]))
    file.touch()
    assert build["fingerprint"](iter([file])) == first
    file.write_text("2", "utf-8")
    changed = build["fingerprint"](iter([file]))
    assert changed != first
    assert build["fingerprint"](iter([file.rename(tmp_path / "b.ts")])) not in {first, changed}


def test_what_a_build_reads_is_what_is_kept_in_git(build):
    sources = {path.relative_to(WEB.parent).as_posix() for path in build["_sources"]()}
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "web", "docs/api/*.json"]
    listed = subprocess.run(command, cwd=WEB.parent, capture_output=True, text=True, check=False)
    if listed.returncode != 0:
        pytest.skip("not a git checkout")
    kept = {name for name in listed.stdout.split() if "/test/" not in name}
    assert sources == kept


@pytest.mark.parametrize(
    ("said", "fits"),
    [("v18.20.4", False), ("v20.18.9", False), ("v20.19.0", True), ("v22.11.0", False), ("v24.1.0", True)],
)
def test_a_node_that_the_tools_do_not_run_on_is_not_taken(build, tmp_path, said, fits):
    node = tmp_path / "node"
    node.write_text(f"#!/bin/sh\necho {said}\n", "utf-8")
    node.chmod(0o755)
    assert build["_is_new_enough"](str(node)) is fits


def test_without_node_the_build_says_what_to_do(tmp_path):
    script = "import runpy, sys; sys.argv = ['build.py', 'node']; runpy.run_path(sys.argv[0], run_name='__main__')"
    done = subprocess.run(
        [sys.executable, "-S", "-c", script.replace("sys.argv[0]", repr(str(WEB / "build.py")))],
        env={"PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 3 and "requirements/web.txt" in done.stderr


@pytest.mark.timeout(300)
def test_all_pages_together_are_lighter_than_350_kb_compressed():
    made = subprocess.run([sys.executable, str(WEB / "build.py")], capture_output=True, text=True, check=False)
    assets = WEB.parent / "src/openbell/api/web/assets"
    if made.returncode != 0 or not assets.is_dir():
        pytest.skip(f"the dashboard cannot be built here: {made.stdout}{made.stderr}")
    sizes = {file.name: len(gzip.compress(file.read_bytes())) for file in assets.iterdir()}
    assert sum(sizes.values()) < 350_000 and any(name.endswith(".js") for name in sizes), sizes


def test_the_lock_names_no_registry():
    lock = json.loads((WEB / "package-lock.json").read_text("utf-8"))
    packages = {name: one for name, one in lock["packages"].items() if name.startswith("node_modules/")}
    assert packages and not [name for name, one in packages.items() if "://" in str(one.get("resolved", ""))]
    assert not [name for name, one in packages.items() if not one.get("link") and "integrity" not in one]
