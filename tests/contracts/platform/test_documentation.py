"""P17: the API describes itself, with no help from the internet."""

import re

import pytest


@pytest.mark.line("P17")
async def test_both_readers_are_served_from_here(client):
    for page in ("/docs", "/redoc"):
        html = (await client.get(page)).text
        links = re.findall(r'(?:src|href)="([^"]+)"', html)
        assert len(links) >= 3
        for link in links:
            assert link.startswith("/docs/static/")
            assert (await client.get(link)).status_code == 200


@pytest.mark.line("P17")
async def test_the_pages_policy_lets_nothing_in_from_elsewhere(client):
    policy = (await client.get("/docs")).headers["content-security-policy"]
    assert "http" not in policy
    assert "script-src 'self';" in policy


async def test_the_readers_name_no_picture_or_font_of_a_delivery_network(client):
    for script in ("swagger-ui/swagger-ui-bundle.js", "swagger-ui/swagger-ui.css", "redoc/redoc.standalone.js"):
        assert "//cdn." not in (await client.get(f"/docs/static/{script}")).text
        assert "//fonts." not in (await client.get(f"/docs/static/{script}")).text


@pytest.mark.parametrize("folder", ["swagger-ui", "redoc"])
async def test_what_others_wrote_keeps_its_licence(client, folder):
    assert "icense" in (await client.get(f"/docs/static/{folder}/LICENSE")).text


@pytest.mark.line("P17", "E9")
async def test_the_document_says_who_may_call_and_what_errors_look_like(client):
    document = (await client.get("/openapi.json")).json()
    assert document["openapi"].startswith("3.1")
    make_user = document["paths"]["/v1/users"]["post"]
    assert make_user["security"] == [{"bearer": []}, {"api_key": []}]
    assert "`admin`" in make_user["description"]
    assert document["paths"]["/v1/auth/login"]["post"]["security"] == []
    for operations in document["paths"].values():
        for operation in operations.values():
            assert "422" not in operation["responses"]
            reference = operation["responses"]["4XX"]["content"]["application/json"]["schema"]["$ref"]
            assert reference == "#/components/schemas/Error"


@pytest.mark.line("P17")
async def test_every_reference_in_the_document_leads_somewhere(client):
    text = (await client.get("/openapi.json")).text
    schemas = (await client.get("/openapi.json")).json()["components"]["schemas"]
    assert set(re.findall(r"#/components/schemas/([A-Za-z0-9_]+)", text)) <= schemas.keys()
