"""Documentation: the OpenAPI document as it really is, and two readers for it that need no internet."""

from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import RouteContext, iter_route_contexts
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from openbell.api.deps import policy_of

STATIC = Path(__file__).parent / "static"

# Both readers style themselves inline; ReDoc searches in a worker it makes from a blob.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "font-src 'self' data:; connect-src 'self'; worker-src blob:; frame-ancestors 'none'"
)
_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Openbell API</title>
<link rel="icon" href="/docs/static/swagger-ui/favicon-32x32.png">
{styles}
</head>
<body>
<div id="docs"></div>
{scripts}
</body>
</html>
"""
_SWAGGER = _PAGE.format(
    styles='<link rel="stylesheet" href="/docs/static/swagger-ui/swagger-ui.css">',
    scripts='<script src="/docs/static/swagger-ui/swagger-ui-bundle.js"></script>\n'
    '<script src="/docs/static/swagger.js"></script>',
)
_REDOC = _PAGE.format(
    styles="",
    scripts='<script src="/docs/static/redoc/redoc.standalone.js"></script>\n'
    '<script src="/docs/static/redoc.js"></script>',
)

_ERROR_SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["error", "request_id"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["code", "message", "details", "timestamp"],
            "properties": {
                "code": {"type": "string", "example": "VALIDATION_ERROR"},
                "message": {"type": "string"},
                "details": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "required": ["field", "message"],
                        "properties": {"field": {"type": "string"}, "message": {"type": "string"}},
                    },
                },
                "timestamp": {"type": "string", "format": "date-time"},
                "retry_after": {"type": "integer", "description": "Seconds to wait before trying again."},
            },
        },
        "request_id": {"type": "string"},
        "detail": {"type": "string", "description": "Only on a refused sign-in."},
    },
}
_ERROR_ANSWER = {
    "description": "An error; its `code` is stable.",
    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}},
}
_SECURITY_SCHEMES = {
    "bearer": {"type": "http", "scheme": "bearer", "description": "An access token, or an API key."},
    "api_key": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
}


def install(app: FastAPI) -> None:
    """Add the two readers and have the application describe itself completely."""
    app.router.routes.append(Route("/docs", _swagger, include_in_schema=False))
    app.router.routes.append(Route("/redoc", _redoc, include_in_schema=False))
    app.mount("/docs/static", _Assets(directory=STATIC), name="docs-static")
    app.openapi = lambda: _described(app)  # type: ignore[method-assign]  # the framework's own way to change it


class _Assets(StaticFiles):
    """Files that change only with the server: a browser may keep them for an hour."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        response.headers.setdefault("cache-control", "public, max-age=3600")
        return response


async def _swagger(_: Request) -> Response:
    return HTMLResponse(_SWAGGER, headers={"content-security-policy": _POLICY})


async def _redoc(_: Request) -> Response:
    return HTMLResponse(_REDOC, headers={"content-security-policy": _POLICY})


def _described(app: FastAPI) -> dict[str, Any]:
    """Give the OpenAPI document with our error shape and with what each route demands of its caller."""
    if app.openapi_schema is None:
        document = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
        components = document.setdefault("components", {})
        schemas = components.setdefault("schemas", {})
        schemas["Error"] = _ERROR_SCHEMA
        for unused in ("HTTPValidationError", "ValidationError"):
            schemas.pop(unused, None)
        components["securitySchemes"] = _SECURITY_SCHEMES
        for context in iter_route_contexts(app.routes):
            _describe(document["paths"], context)
        app.openapi_schema = document
    return app.openapi_schema


def _describe(paths: dict[str, Any], context: RouteContext) -> None:
    policy = policy_of(context)
    for method in context.methods or ():
        operation = paths.get(context.path_format or "", {}).get(method.lower())
        if operation is None:
            continue
        answers = operation["responses"]
        answers.pop("422", None)
        answers["4XX"] = answers["5XX"] = _ERROR_ANSWER
        if policy is None:
            operation["security"] = []
        else:
            operation["security"] = [{"bearer": []}, {"api_key": []}]
            operation["description"] = (
                f"{operation.get('description', '')}\n\nNeeds the scope `{policy.scope}`.".strip()
            )
