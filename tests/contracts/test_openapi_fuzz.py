"""Generated requests against a started server, for each document: nothing breaks, answers keep to it.

The seed is fixed. HYPOTHESIS_PROFILE=nightly asks for more of them, and for each document in each role.
"""

import os
import subprocess
import sys

import pytest

from openbell.api.app import describe_only
from openbell.api.contracts import CONTRACTS
from openbell.api.openapi import describe_contract
from started_server import PASSWORD, Server

SEED = 7
IS_NIGHT = os.environ.get("HYPOTHESIS_PROFILE") == "nightly"
CASES = 20 if IS_NIGHT else 2
ROLES = ["admin", "user", "read-only"]
PAIRS = [
    (contract, role)
    for contract in CONTRACTS
    for role in ROLES
    # Who may ask what is told by the access matrix; here, one contract shows that less is no other way to break.
    if IS_NIGHT or role == "admin" or contract == "platform"
]
CHECKS = "not_a_server_error,response_schema_conformance,content_type_conformance,status_code_conformance"
# What would end the session that asks, or take away its user.
NOT_ASKED = [
    *("/v1/auth/logout", "/v1/auth/password", "/v1/users/{user_id}", "/v1/auth/refresh"),
    *("/api/auth/logout", "/api/auth/refresh", "/api/v1/auth/logout", "/api/v1/auth/refresh"),
]

pytestmark = pytest.mark.line("P13", "P17", "E9")


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    one = Server(tmp_path_factory.mktemp("fuzz") / "data", rate_limits="off").start()
    yield one
    one.end()


@pytest.fixture(scope="module")
def keys(server):
    """An API key for each role; sessions end, keys stay."""
    admin = server.client()
    found = {"admin": admin.headers["authorization"]}
    for role in ("user", "read-only"):
        body = {"email": f"{role}@example.com", "username": role, "password": PASSWORD, "role": role}
        assert admin.post("/v1/users", json=body).status_code == 201
        signed_in = admin.post("/v1/auth/login", json={"email": role, "password": PASSWORD})
        found[role] = f"Bearer {signed_in.json()['access_token']}"
    return found


@pytest.mark.timeout(900)
@pytest.mark.parametrize(("contract", "role"), PAIRS)
def test_generated_requests_find_no_fault(server, keys, contract, role, tmp_path):
    document = describe_contract(describe_only(), contract)
    paths = [path for path in document["paths"] if path not in NOT_ASKED]
    assert paths, f"the contract {contract} has lost its routes"
    command = [
        *(sys.executable, "-m", "schemathesis.cli", "run", f"{server.url}/openapi/{contract}.json"),
        *("--seed", str(SEED), "--max-examples", str(CASES), "--phases", "examples,fuzzing", "--checks", CHECKS),
        *("--header", f"Authorization: {keys[role]}", "--continue-on-failure", "--no-color", "--warnings", "off"),
        *(word for path in NOT_ASKED for word in ("--exclude-path", path)),
    ]
    outcome = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert outcome.returncode == 0, outcome.stdout[-6000:]
    assert "Test cases:" in outcome.stdout
