"""The OpenAPI documents: complete, each contract by itself, and what lies in docs is what the code says."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from fastapi.routing import iter_route_contexts

from edge_system import build
from openbell.api.contracts import CONTRACTS
from openbell.cli.docs_documents import documents

PROJECT = Path(__file__).resolve().parents[2]
COUNTED = {"progress", "latency_ms", "staleness_seconds", "remaining_s"}  # measurements, not amounts
# Of a study: parts of a whole, and where parameters go from and to. None of it is money.
STUDIED = {"confidence", "from", "to", "step", "least_return", "learning_rate", "in_sample"}
METHODS = {"get", "post", "put", "patch", "delete"}

pytestmark = pytest.mark.line("P17", "E9")


@pytest.fixture(scope="module")
def app():
    return build().app


@pytest.fixture(scope="module")
def whole(app):
    return app.openapi()


def operations(document):
    return [
        (f"{method.upper()} {path}", operation)
        for path, item in document["paths"].items()
        for method, operation in item.items()
        if method in METHODS
    ]


def test_every_operation_says_what_it_does_and_what_it_answers(whole):
    assert len(operations(whole)) > 100
    for name, operation in operations(whole):
        assert operation["summary"] and operation["description"], name
        answers = operation["responses"]
        assert {"4XX", "5XX"} < answers.keys() and "422" not in answers, name
        assert any(code.startswith("2") for code in answers), name
        assert set(answers["4XX"]["content"]) == {"application/json", "application/problem+json"}


def test_every_operation_is_open_or_names_scope_and_credentials(whole):
    for name, operation in operations(whole):
        is_open = operation["security"] == []
        assert is_open != ("x-scope" in operation), name
    assert set(whole["components"]["securitySchemes"]) >= {"bearer", "api_key"}


def test_every_route_belongs_to_a_contract_and_its_document(app, whole):
    covered = {path for path in whole["paths"] for one in CONTRACTS.values() if one.covers(path)}
    assert covered == whole["paths"].keys()
    for name, document in documents(app).items():
        if name.startswith("openapi"):
            assert document["paths"].keys() <= whole["paths"].keys()


def test_routes_that_are_not_described_are_known(app, whole):
    paths = {getattr(one, "path_format", None) or one.path for one in iter_route_contexts(app.routes)}
    hidden = {path for path in paths - whole["paths"].keys() if not path.startswith(("/ws", "/api/v1/ws"))}
    pages = {"/docs", "/redoc", "/docs/static/{path}", "/openapi.json", "/openapi/{contract}.json", "/asyncapi.json"}
    assert hidden == {*pages, "/metrics"}


@pytest.mark.parametrize("name", CONTRACTS)
def test_a_contracts_document_holds_every_shape_it_refers_to(app, name):
    document = documents(app)[f"openapi-{name}.json"]
    text = json.dumps(document)
    referred = {part.split('"')[0] for part in text.split("#/components/schemas/")[1:]}
    assert referred == document["components"]["schemas"].keys()


async def test_the_documents_are_served(app):
    async with build().client() as client:
        assert (await client.get("/openapi/platform.json")).json()["info"]["title"] == "Openbell platform API"
        assert (await client.get("/asyncapi.json")).json()["asyncapi"].startswith("3.")
        assert (await client.get("/openapi/unknown.json")).status_code == 404


def test_the_generated_documents_are_what_the_code_says():
    command = [sys.executable, "-m", "openbell", "docs", "generate", "--check", "--folder", "docs"]
    environ = os.environ | {"PYTHONPATH": "src"}
    outcome = subprocess.run(command, cwd=PROJECT, env=environ, capture_output=True, text=True, check=False)
    assert outcome.returncode == 0, outcome.stderr


@pytest.mark.line("P15")
def test_p15_names_are_in_snake_case_and_no_amount_of_the_platform_is_a_json_number(app):
    document = documents(app)["openapi-platform.json"]
    assert len(document["components"]["schemas"]) > 50
    for name, schema in document["components"]["schemas"].items():
        for field, kind in schema.get("properties", {}).items():
            assert re.fullmatch(r"[a-z][a-z0-9_]*", field), (name, field)
            assert kind.get("type") != "number" or field in COUNTED | STUDIED, (name, field)
