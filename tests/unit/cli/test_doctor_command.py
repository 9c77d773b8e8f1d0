"""`openbell doctor` sees what is wrong, says what to do, and changes nothing."""

import asyncio
import json
import shutil
import socket
import sqlite3
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from openbell.adapters.sql.connect import DATABASE_NAME
from openbell.adapters.sql.database import open_database
from openbell.adapters.sql.reserve import RESERVE_NAME
from openbell.runtime.recovery import recover, snapshot_of


@pytest.fixture
def examined(openbell, tmp_path):
    """Run the doctor on a free port; gives its exit code and the checks by name."""

    def examine(port=None, *words):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            free = probe.getsockname()[1]
        outcome = openbell("doctor", "--port", str(port or free), "--json", *words)
        return outcome.exit_code, {check["name"]: check for check in json.loads(outcome.stdout)}

    (tmp_path / "data").mkdir(mode=0o700)
    return examine


def test_a_fresh_directory_is_in_order(examined):
    code, checks = examined()
    assert code == 0
    assert {check["status"] for check in checks.values()} == {"ok"}


def test_a_directory_with_a_journal_is_replayed(examined, openbell, tmp_path):
    openbell("users", "create", "ann@example.com", stdin="correct horse battery\n")
    code, checks = examined()
    assert (code, "state" in checks["journal"]["detail"]) == (0, True)
    assert checks["database"]["detail"].startswith("whole, schema")


def test_a_damaged_database_is_wrong(examined, tmp_path):
    (tmp_path / "data" / DATABASE_NAME).write_bytes(b"SQLite format 3\0" + b"\xff" * 8192)
    code, checks = examined()
    assert (code, checks["database"]["status"]) == (1, "wrong")
    assert checks["database"]["fix"]


def test_a_key_that_others_can_read_is_wrong(examined, tmp_path):
    key = tmp_path / "data" / "signing.key"
    key.write_bytes(b"k" * 32)
    key.chmod(0o644)
    code, checks = examined()
    assert (code, checks["key file"]["status"]) == (1, "wrong")
    assert "chmod 600" in checks["key file"]["fix"]


def test_a_taken_port_is_wrong_unless_a_server_runs(examined, tmp_path):
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        assert examined(port)[0] == 1
        database = open_database(tmp_path / "data")
        try:
            code, checks = examined(port)
        finally:
            database.close()
    assert (code, "in use by process" in checks["lock"]["detail"]) == (0, True)


def test_files_that_others_can_read_are_named_with_what_to_do(examined, openbell, tmp_path):
    openbell("users", "create", "ann@example.com", stdin="correct horse battery\n")
    (tmp_path / "data").chmod(0o755)
    settings = tmp_path / "settings.toml"
    settings.write_text('notify_smtp_password = "secret"\n')
    settings.chmod(0o644)
    _, checks = examined(None, "--config", str(settings))
    fix = checks["private files"]["fix"]
    assert checks["private files"]["status"] == "warning"
    assert f"chmod 700 {tmp_path / 'data'}" in fix and f"chmod 600 {settings}" in fix and "openbell.db" not in fix


def test_what_production_would_refuse_is_said_before_it_does(examined, monkeypatch):
    monkeypatch.setenv("OPENBELL_MARKET_DATA_API_KEY", "changeme")
    monkeypatch.setenv("OPENBELL_TRUST_PROXY_TLS", "true")
    checks = examined()[1]
    assert checks["settings"]["status"] == "warning" and "changeme" not in str(checks)
    assert "market_data_api_key" in checks["settings"]["fix"] and "trusted_proxies" in checks["settings"]["fix"]


def test_keys_that_have_ended_and_admins_without_a_second_factor_are_named(
    examined, openbell, openbell_json, monkeypatch
):
    openbell("users", "create", "ann@example.com", "--role", "admin", stdin="correct horse battery\n")
    soon = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    key = openbell_json("keys", "create", "ann", "--expires", soon)["key_id"]
    assert examined()[1]["keys"]["status"] == "ok"
    later = time.time_ns() + 3_601 * 10**9
    monkeypatch.setattr("openbell.adapters.clock.time.time_ns", lambda: later)
    checks = examined(None, "--host", "0.0.0.0")[1]  # noqa: S104 - nothing listens
    assert f"openbell keys revoke {key}" in checks["keys"]["fix"]
    assert checks["second factors"]["status"] == "warning" and "ann" in checks["second factors"]["detail"]


@pytest.fixture
def damaged(openbell, tmp_path):
    """Run SQL on a data directory with a journal and a snapshot of its end."""
    openbell("users", "create", "ann@example.com", stdin="correct horse battery\n")
    openbell("users", "create", "bob@example.com", stdin="correct horse battery\n")
    with closing(open_database(tmp_path / "data")) as database:
        database.journal.save_snapshot(snapshot_of(recover(database.journal).state))

    def run(statement):
        with closing(sqlite3.connect(tmp_path / "data" / DATABASE_NAME)) as connection, connection:
            assert connection.execute(statement).rowcount > 0

    return run


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        ("DELETE FROM journal WHERE seq = 2", "events 2 to 2 are missing"),
        ("DELETE FROM journal WHERE seq = 1", "events 1 to 1 are missing"),
        ("UPDATE journal SET body = x'7b' WHERE seq = 2", "event 2 cannot be read"),
        (
            "UPDATE journal SET account_id = 'acc', body = (SELECT body FROM journal WHERE seq = 3) WHERE seq = 1",
            "event",
        ),
        ("UPDATE snapshots SET body = x'00'", "is damaged"),
        ("UPDATE snapshots SET seq = 99", "ahead of the journal"),
    ],
)
def test_what_is_wrong_with_a_journal_is_named(examined, damaged, damage, said):
    damaged(damage)
    code, checks = examined()
    assert (code, checks["journal"]["status"]) == (1, "wrong")
    assert said in checks["journal"]["detail"] and "backup" in checks["journal"]["fix"]


def test_a_snapshot_that_says_something_else_than_its_events_is_wrong(examined, damaged, tmp_path):
    with closing(open_database(tmp_path / "data")) as database:
        state = recover(database.journal).state
        next(iter(state.accounts.values())).account.cash["USD"] += 1
        database.journal.save_snapshot(snapshot_of(state))
    assert "says something else" in examined()[1]["journal"]["detail"]


def test_looking_changes_nothing(examined, damaged, tmp_path):
    before = {path: path.read_bytes() for path in (tmp_path / "data").glob("openbell.db")}
    assert examined()[0] == 0
    assert {path: path.read_bytes() for path in before} == before


@pytest.mark.parametrize("days", [-2, 60])
def test_a_clock_far_from_the_journal_s_last_time_is_told(examined, damaged, monkeypatch, days):
    later = time.time_ns() + days * 86_400 * 10**9
    monkeypatch.setattr("openbell.adapters.clock.time.time_ns", lambda: later)
    code, checks = examined()
    assert (code, checks["clock"]["status"]) == (0, "warning") and "clock" in checks["clock"]["fix"]


def test_a_reserve_that_is_left_over_or_used_up_is_told(examined, damaged, tmp_path):
    reserve = tmp_path / "data" / RESERVE_NAME
    assert examined()[1]["reserve"]["status"] == "ok"
    reserve.write_bytes(b"half")
    assert "left over with 4 bytes" in examined()[1]["reserve"]["detail"]
    reserve.unlink()
    assert "the disk was full" in examined()[1]["reserve"]["detail"]


def test_little_room_on_the_disk_is_wrong(examined, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10**12, 10**12, 10**6))
    code, checks = examined()
    assert (code, checks["disk"]["status"]) == (1, "wrong") and "make room" in checks["disk"]["fix"]


async def _execute(url, statement):
    connection = await asyncpg.connect(url)
    try:
        return await connection.execute(statement)
    finally:
        await connection.close()


def test_a_journal_in_postgresql_is_replayed_and_its_damage_named(examined, openbell, monkeypatch, postgres_url):
    monkeypatch.setenv("OPENBELL_DATABASE_URL", postgres_url)
    for name in ("ann", "bob"):
        openbell("users", "create", f"{name}@example.com", stdin="correct horse battery\n")
    code, checks = examined()
    assert (code, checks["journal"]["status"]) == (0, "ok")
    assert " events, state" in checks["journal"]["detail"] and checks["database"]["detail"].startswith("PostgreSQL ")
    assert asyncio.run(_execute(postgres_url, "DELETE FROM journal WHERE seq = 1")) == "DELETE 1"
    code, checks = examined()
    assert (code, checks["journal"]["status"]) == (1, "wrong")
    assert "events 1 to 1 are missing" in checks["journal"]["detail"] and "backup" in checks["journal"]["fix"]


def test_a_postgresql_that_does_not_answer_is_wrong_and_told_once(examined, monkeypatch):
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        monkeypatch.setenv("OPENBELL_DATABASE_URL", f"postgresql://me@127.0.0.1:{nobody.getsockname()[1]}/none")
        code, checks = examined()
    assert (code, checks["database"]["status"], checks["journal"]["status"]) == (1, "wrong", "wrong")
