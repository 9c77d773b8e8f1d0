"""C3: every answer under /v1 has one envelope: `data`, `meta` beside a list, `message` beside what was done."""

import pytest

from openbell.api.app import describe_only

OWN_SHAPE = {"/v1/auth/login", "/v1/auth/refresh", "/v1/health", "/v1/health/services/{service_name}"}
"""Where the platform document shows a shape without envelope."""

OPERATIONS = ("get", "post", "put", "patch", "delete")


@pytest.fixture(scope="module")
def described():
    return describe_only().openapi()


def resolved(described, schema):
    while "$ref" in schema:
        schema = described["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return schema


def answers(described):
    """Yield each successful answer under /v1: what was asked, and the properties of the answer."""
    for path, operations in described["paths"].items():
        for method in OPERATIONS if path.startswith("/v1/") and path not in OWN_SHAPE else ():
            for status, answer in operations.get(method, {"responses": {}})["responses"].items():
                # What is no JSON is a page, a picture, a file or a stream.
                if status.startswith("2") and "application/json" in answer["content"]:
                    schema = resolved(described, answer["content"]["application/json"]["schema"])
                    yield f"{method} {path} {status}", schema


@pytest.mark.line("C3")
def test_every_answer_has_data_in_one_envelope(described):
    found = dict(answers(described))
    assert len(found) > 40
    for what, schema in found.items():
        assert "data" in schema["properties"], what
        assert schema["properties"].keys() <= {"data", "meta", "message", "channels"}, what


@pytest.mark.line("C3", "C29")
def test_every_list_tells_how_long_it_is(described):
    lists = 0
    for what, schema in answers(described):
        if resolved(described, schema["properties"]["data"]).get("type") == "array":
            lists += 1
            meta = resolved(described, schema["properties"]["meta"])
            assert "total_count" in meta.get("properties", {}), what
    assert lists > 10
