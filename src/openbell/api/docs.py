"""Documentation as it is served: OpenAPI, AsyncAPI, and two readers that need no internet."""

import asyncio
import json
from collections.abc import Callable
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any, cast

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from openbell.api import openapi
from openbell.api.conditional import tag_of
from openbell.api.contracts import CONTRACTS
from openbell.api.errors import not_found

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


def install(app: FastAPI) -> None:
    """Add the two readers and have the application describe itself completely."""
    app.router.routes.append(Route("/docs", _swagger, include_in_schema=False))
    app.router.routes.append(Route("/redoc", _redoc, include_in_schema=False))
    app.mount("/docs/static", _Assets(directory=STATIC), name="docs-static")
    app.state.written = _Written()
    app.router.routes.append(Route("/openapi.json", _openapi, include_in_schema=False))
    app.router.routes.append(Route("/openapi/{contract}.json", _contract, include_in_schema=False))
    app.router.routes.append(Route("/asyncapi.json", _asyncapi, include_in_schema=False))
    app.openapi = lambda: openapi.describe(app)  # type: ignore[method-assign]  # the framework's own way to change it


_KEEP_AND_ASK = {"cache-control": "public, no-cache"}
"""A document changes with the server only, but nobody can tell when that is."""


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


class _Written:
    """Documents as they are sent. Writing one takes a second: that is done once, away from the loop that trades."""

    def __init__(self) -> None:
        self._under_way: dict[str, asyncio.Task[tuple[bytes, str]]] = {}

    async def answer(self, name: str, describe: Callable[[], Any]) -> Response:
        """Give a document, written by whoever asks first; the others wait for the same."""
        if name not in self._under_way:
            self._under_way[name] = asyncio.create_task(asyncio.to_thread(_encoded, describe))
        text, tag = await asyncio.shield(self._under_way[name])
        return Response(text, headers={"etag": tag, **_KEEP_AND_ASK}, media_type="application/json")


def _encoded(describe: Callable[[], Any]) -> tuple[bytes, str]:
    text = json.dumps(describe(), ensure_ascii=False, separators=(",", ":")).encode()
    return text, tag_of(text)


def _written(request: Request) -> _Written:
    return cast("_Written", request.app.state.written)


async def _openapi(request: Request) -> Response:
    return await _written(request).answer("", partial(openapi.describe, request.app))


async def _contract(request: Request) -> Response:
    name = request.path_params["contract"]
    if name not in CONTRACTS:
        raise not_found("contract", name)
    return await _written(request).answer(name, partial(openapi.describe_contract, request.app, name))


async def _asyncapi(request: Request) -> Response:
    # It writes a specimen of every message; a start does without them.
    describe = import_module("openbell.api.asyncapi").describe
    return await _written(request).answer("/asyncapi", partial(describe, request.app.version))
