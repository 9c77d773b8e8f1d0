"""`openbell users` and `openbell keys` work on a data directory, with its server stopped or running."""

import pytest

from openbell.adapters.sql.database import open_database

PASSWORD = "correct horse battery\n"


@pytest.fixture
def admin(openbell_json):
    return openbell_json("users", "create", "ann@example.com", "--username", "ann", "--role", "admin", stdin=PASSWORD)


def test_a_user_is_created_with_an_account_and_listed(admin, openbell_json):
    assert (admin["role"], admin["account_id"].startswith("acc_")) == ("admin", True)
    assert openbell_json("users", "list") == [admin]


def test_a_name_or_password_that_cannot_be_is_refused(admin, openbell):
    taken = openbell("users", "create", "ANN@example.com", stdin=PASSWORD)
    short = openbell("users", "create", "bob@example.com", stdin="short\n")
    role = openbell("users", "create", "bob@example.com", "--role", "king", stdin=PASSWORD)
    assert [taken.exit_code, short.exit_code, role.exit_code] == [1, 1, 2]
    assert "taken" in taken.stderr
    assert "password" in short.stderr


def test_the_last_admin_stays_and_others_go(admin, openbell, openbell_json):
    assert openbell("users", "delete", "ann").exit_code == 1
    openbell_json("users", "create", "bob@example.com", stdin=PASSWORD)
    assert openbell("users", "delete", "bob@example.com").exit_code == 0
    assert openbell("users", "delete", "bob@example.com").exit_code == 1


def test_a_password_is_changed(admin, openbell):
    assert openbell("users", "set-password", "ann", stdin="another long one\n").exit_code == 0


def test_a_key_is_shown_once_listed_without_its_secret_and_revoked(admin, openbell, openbell_json):
    made = openbell_json("keys", "create", "ann", "--scope", "trade", "--scope", "read", "--expires", "2099-01-01")
    assert made["api_key"].startswith(made["prefix"])
    [listed] = openbell_json("keys", "list", "--user", "ann")
    assert (listed["key_id"], listed["scopes"], "api_key" in listed) == (made["key_id"], ["read", "trade"], False)
    assert openbell("keys", "revoke", made["key_id"]).exit_code == 0
    assert openbell_json("keys", "list")[0]["revoked_at"] is not None
    assert openbell("keys", "revoke", "key_nope").exit_code == 1


def test_a_running_server_does_not_stand_in_the_way_of_keys(admin, openbell, openbell_json, tmp_path):
    database = open_database(tmp_path / "data")
    try:
        made = openbell_json("keys", "create", "ann")
        assert [key["key_id"] for key in openbell_json("keys", "list")] == [made["key_id"]]
        refused = openbell("users", "create", "bob@example.com", stdin=PASSWORD)
        assert (refused.exit_code, "server is running" in refused.stderr) == (3, True)
    finally:
        database.close()


def test_a_directory_without_data_is_said_to_be_one(openbell):
    outcome = openbell("users", "list")
    assert (outcome.exit_code, "holds no data yet" in outcome.stderr) == (1, True)
