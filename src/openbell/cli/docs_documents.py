"""The machine-readable documents of the API, as files."""

from typing import Any

from fastapi import FastAPI

from openbell.api import asyncapi, openapi
from openbell.api.contracts import CONTRACTS


def documents(web: FastAPI) -> dict[str, dict[str, Any]]:
    """Give each document by the name of its file. A contract that no route keeps yet has none."""
    made = {"openapi.json": openapi.describe(web), "asyncapi.json": asyncapi.describe(web.version)}
    for name in CONTRACTS:
        document = openapi.describe_contract(web, name)
        if document["paths"]:
            made[f"openapi-{name}.json"] = document
    return made
