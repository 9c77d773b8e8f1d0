"""The OpenAPI documents: one of everything, and one for each contract."""

import copy
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import RouteContext, iter_route_contexts

from openbell.api.contracts import CONTRACTS
from openbell.api.deps import policy_of

LICENSE = {"name": "Apache-2.0", "identifier": "Apache-2.0"}

_ERROR_EXAMPLE = {
    "error": {
        "code": "VALIDATION_ERROR",
        "message": "Invalid request parameters",
        "details": [{"field": "quantity", "message": "Expected a decimal as text."}],
        "timestamp": "2026-01-25T22:30:00Z",
    },
    "request_id": "req_5f0c",
}
_DETAILS = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["field", "message"],
        "properties": {"field": {"type": "string"}, "message": {"type": "string"}},
    },
}
_ERROR_SCHEMA: dict[str, Any] = {
    "type": "object",
    "description": "Every error of every contract.",
    "required": ["error", "request_id"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["code", "message", "details", "timestamp"],
            "properties": {
                "code": {"type": "string", "description": "Stable.", "examples": ["VALIDATION_ERROR"]},
                "message": {"type": "string", "description": "A sentence for people."},
                "details": _DETAILS,
                "timestamp": {"type": "string", "format": "date-time"},
                "retry_after": {"type": "integer", "description": "Seconds to wait before trying again."},
            },
        },
        "request_id": {"type": "string"},
        "detail": {"type": "string", "description": "Only on a refused sign-in."},
    },
    "examples": [_ERROR_EXAMPLE],
}
_PROBLEM_SCHEMA: dict[str, Any] = {
    "type": "object",
    "description": "The same error as RFC 9457 writes it, for `Accept: application/problem+json`.",
    "required": ["type", "title", "status", "detail", "code", "errors", "timestamp", "request_id"],
    "properties": {
        **{name: {"type": "string"} for name in ("type", "title", "detail", "instance", "code", "request_id")},
        "status": {"type": "integer"},
        "errors": _DETAILS,
        "timestamp": {"type": "string", "format": "date-time"},
    },
}


def _error_answer(description: str) -> dict[str, Any]:
    return {
        "description": description,
        "content": {
            "application/json": {"schema": {"$ref": "#/components/schemas/Error"}},
            "application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}},
        },
    }


_ERRORS = {
    "4XX": _error_answer("The request is refused; `code` says why and is stable."),
    "5XX": _error_answer("The server cannot do this now, or is broken; `code` says which and is stable."),
}
_SECURITY_SCHEMES = {
    "bearer": {"type": "http", "scheme": "bearer", "description": "An access token, or an API key."},
    "api_key": {"type": "apiKey", "in": "header", "name": "X-API-Key", "description": "An API key."},
}
_REFERENCE = re.compile(r"^#/components/schemas/(.+)$")


def describe(app: FastAPI) -> dict[str, Any]:
    """Give the OpenAPI document of all routes, with our error shape and with what each demands of its caller."""
    if app.openapi_schema is None:
        document = get_openapi(
            title=app.title,
            version=app.version,
            description=app.description,
            routes=app.routes,
            license_info=LICENSE,
        )
        components = document.setdefault("components", {})
        schemas = components.setdefault("schemas", {})
        schemas |= {"Error": _ERROR_SCHEMA, "Problem": _PROBLEM_SCHEMA}
        for unused in ("HTTPValidationError", "ValidationError"):
            schemas.pop(unused, None)
        components["securitySchemes"] = _SECURITY_SCHEMES
        for context in iter_route_contexts(app.routes):
            _complete(document["paths"], context)
        app.openapi_schema = _with_short_names(document)
    return app.openapi_schema


def describe_contract(app: FastAPI, name: str) -> dict[str, Any]:
    """Give the document of one contract: its routes, and of the shapes those that they name. Raises KeyError."""
    contract = CONTRACTS[name]
    whole = describe(app)
    document = copy.deepcopy({key: value for key, value in whole.items() if key not in {"paths", "components"}})
    document["info"] |= {"title": contract.title, "description": contract.description}
    document["paths"] = {path: item for path, item in whole["paths"].items() if contract.covers(path)}
    schemas = whole["components"]["schemas"]
    document["components"] = {
        "schemas": {name: schemas[name] for name in sorted(_named(document["paths"], schemas))},
        "securitySchemes": _SECURITY_SCHEMES,
    }
    return document


def _complete(paths: dict[str, Any], context: RouteContext) -> None:
    """Add to the operations of a route what the framework does not know of them."""
    policy = policy_of(context)
    for method in context.methods or ():
        operation = paths.get(context.path_format or "", {}).get(method.lower())
        if operation is None:
            continue
        text = operation.get("description", "")
        operation["summary"] = text.partition("\n")[0].partition(". ")[0].partition(": ")[0].rstrip(".")
        operation["responses"].pop("422", None)
        operation["responses"] |= _ERRORS
        if policy is None:
            operation["security"] = []
            continue
        operation["security"] = [{"bearer": []}, {"api_key": []}]
        operation["x-scope"] = str(policy.scope)
        operation["description"] = f"{text}\n\nNeeds the scope `{policy.scope}`.".strip()


def _with_short_names(document: dict[str, Any]) -> dict[str, Any]:
    """Call shapes of one name in several contracts DeskOrderAnswer and the like, not by the path of their module."""
    long = [name for name in document["components"]["schemas"] if "__" in name]
    short = {name: f"{name.split('__')[2].title()}{name.rpartition('__')[2]}" for name in long}
    if len(set(short.values())) < len(short):
        raise AssertionError(f"two shapes of one contract have the same name: {sorted(short)}")
    text = json.dumps(document)
    for name in sorted(short, key=len, reverse=True):
        text = text.replace(f'"{name}"', f'"{short[name]}"').replace(f'/{name}"', f'/{short[name]}"')
    renamed: dict[str, Any] = json.loads(text)
    return renamed


def _named(part: object, schemas: Mapping[str, Any]) -> set[str]:
    """Give the names of all shapes that a part of a document leads to."""
    found: set[str] = set()
    waiting = set(_references(part))
    while waiting:
        name = waiting.pop()
        found.add(name)
        waiting |= set(_references(schemas[name])) - found
    return found


def _references(part: object) -> Iterator[str]:
    if isinstance(part, dict):
        for key, value in part.items():
            match = _REFERENCE.match(value) if key == "$ref" and isinstance(value, str) else None
            if match:
                yield match[1]
            else:
                yield from _references(value)
    elif isinstance(part, list):
        for value in part:
            yield from _references(value)
