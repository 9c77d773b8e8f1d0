"""`openbell doctor` sees what is wrong, says what to do, and changes nothing."""

import json
import socket
import time
from datetime import UTC, datetime, timedelta

import pytest

from openbell.adapters.sql.connect import DATABASE_NAME
from openbell.adapters.sql.database import open_database


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


def test_keys_that_have_ended_and_admins_without_a_second_factor_are_named(examined, openbell, openbell_json):
    openbell("users", "create", "ann@example.com", "--role", "admin", stdin="correct horse battery\n")
    soon = (datetime.now(UTC) + timedelta(seconds=2)).isoformat()
    key = openbell_json("keys", "create", "ann", "--expires", soon)["key_id"]
    assert examined()[1]["keys"]["status"] == "ok"
    time.sleep(2.5)
    checks = examined(None, "--host", "0.0.0.0")[1]  # noqa: S104 - nothing listens
    assert f"openbell keys revoke {key}" in checks["keys"]["fix"]
    assert checks["second factors"]["status"] == "warning" and "ann" in checks["second factors"]["detail"]
