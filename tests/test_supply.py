"""The bill of materials says what the lock says; the audit finds what an advisory names, and never passes on none."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LOCK = ROOT / "requirements" / "runtime.txt"


def run(script, *words):
    return subprocess.run(
        [sys.executable, str(ROOT / "supply" / script), *map(str, words)], capture_output=True, text=True, check=False
    )


def advisory(folder, name, *, events=(), versions=(), **more):
    ranges = [{"type": "ECOSYSTEM", "events": list(events)}]
    affected = {"package": {"ecosystem": "PyPI", "name": name}, "ranges": ranges, "versions": list(versions)}
    folder.mkdir(exist_ok=True)
    (folder / "a.json").write_text(json.dumps({"id": "TEST-1", "summary": "bad", "affected": [affected]} | more))


def test_the_bill_names_every_pinned_package_with_its_hashes_and_is_the_same_each_time(tmp_path):
    for name in ("one", "two"):
        assert run("sbom.py", LOCK, tmp_path / name).returncode == 0
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()
    bill = json.loads((tmp_path / "one").read_text())
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.6")
    pinned = [line for line in LOCK.read_text().splitlines() if "==" in line and not line.startswith((" ", "#"))]
    assert len(bill["components"]) == len(pinned) > 20
    assert all(one["externalReferences"] and one["purl"].startswith("pkg:pypi/") for one in bill["components"])
    hashes = {file["hashes"][0]["content"] for one in bill["components"] for file in one["externalReferences"]}
    assert hashes == set(re.findall(r"sha256:([0-9a-f]{64})", LOCK.read_text()))


def test_a_package_without_a_hash_is_refused(tmp_path):
    (tmp_path / "lock.txt").write_text("anyio==4.0.0\n")
    assert "without a hash" in run("sbom.py", tmp_path / "lock.txt", tmp_path / "bill").stderr


@pytest.mark.parametrize(
    ("events", "is_found"),
    [
        ([{"introduced": "0"}, {"fixed": "2.0"}], True),
        ([{"introduced": "0"}, {"fixed": "1.5"}], False),
        ([{"introduced": "1.6"}], False),
        ([{"introduced": "0"}, {"fixed": "1.1"}, {"introduced": "1.4"}], True),
        ([{"introduced": "0"}, {"last_affected": "1.5"}], True),
        ([{"introduced": "0"}, {"last_affected": "1.4"}], False),
    ],
)
def test_the_audit_finds_a_version_in_a_range(tmp_path, events, is_found):
    (tmp_path / "lock.txt").write_text(f"Some_Thing==1.5 \\\n    --hash=sha256:{'0' * 64}\n")
    advisory(tmp_path / "known", "some-thing", events=events)
    outcome = run("audit.py", tmp_path / "known", tmp_path / "lock.txt")
    assert outcome.returncode == int(is_found) and ("TEST-1" in outcome.stdout) == is_found


def test_a_withdrawn_advisory_is_none_and_a_listed_version_is_one(tmp_path):
    (tmp_path / "lock.txt").write_text(f"thing==1.5 \\\n    --hash=sha256:{'0' * 64}\n")
    advisory(tmp_path / "known", "thing", versions=["1.5"])
    assert run("audit.py", tmp_path / "known", tmp_path / "lock.txt").returncode == 1
    advisory(tmp_path / "known", "thing", versions=["1.5"], withdrawn="2026-01-01T00:00:00Z")
    assert run("audit.py", tmp_path / "known", tmp_path / "lock.txt").returncode == 0


@pytest.mark.parametrize("folder", ["", "nowhere"])
def test_without_advisories_the_audit_does_not_pass_and_says_why(folder):
    outcome = run("audit.py", folder, LOCK)
    assert outcome.returncode == 2 and "no vulnerability database" in outcome.stderr
