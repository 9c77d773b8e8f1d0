"""The dashboard as it is served: built files from memory, one page for all its addresses, nothing in the API's way.

It answers only what no route knows, so that every 404 and 405 of the API stays one.
"""

import gzip
import hashlib
import mimetypes
import re
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from openbell.api.compression import takes_gzip

BUILT = Path(__file__).parent / "web"
"""Where the build puts the dashboard."""
OF_THE_API = re.compile(r"/(v1|api|ws|docs|redoc|openapi|health|ready|metrics)(/|$)|/(openapi|asyncapi)\.json$")
"""Addresses at which a page never stands in for an answer."""

_INDEX = "index.html"
_HASHED = re.compile(r"^assets/.+-[\w-]{8,}\.\w+$")
_FOR_EVER = "public, max-age=31536000, immutable"
_ASK_FIRST = "no-cache"
_SMALL = 1024
"""Bytes below which compression is not worth it."""
_TEXT = ("text/", "application/json", "application/manifest+json", "image/svg+xml")

# Charts and virtual lists set styles from scripts. Sockets of the own origin are named for browsers that need it.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
    "font-src 'self'; connect-src 'self' {sockets}; manifest-src 'self'; worker-src 'self'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'"
)
_NOT_BUILT = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Openbell</title>
</head>
<body>
<h1>The dashboard is not built</h1>
<p>The server itself works; its API is described at <a href="/docs">/docs</a>.</p>
<p>In a source checkout <code>make setup</code> builds the dashboard. It takes Node 20.19 or newer, or fetches one.
<code>OPENBELL_WEB_UI=off</code> switches this page off.</p>
</body>
</html>
"""


class _File:
    """One built file."""

    def __init__(self, name: str, body: bytes) -> None:
        self.body = body
        self.kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
        self.caching = _FOR_EVER if _HASHED.match(name) else _ASK_FIRST
        self.tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'

    @cached_property
    def small(self) -> bytes | None:
        """The body compressed, where that is worth it."""
        is_text = self.kind.startswith(_TEXT) or self.kind.endswith("javascript")
        return gzip.compress(self.body, 9, mtime=0) if is_text and len(self.body) >= _SMALL else None


class Pages:
    """What answers when no route does: a file, the page, or whoever answered before."""

    def __init__(self, otherwise: ASGIApp, *, built: Path) -> None:
        self._otherwise = otherwise
        self._files = {name: _File(name, body) for name, body in _contents(built)}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer."""
        answer = self._answer(Request(scope)) if scope["type"] == "http" else None
        await (answer or self._otherwise)(scope, receive, send)

    def _answer(self, request: Request) -> Response | None:
        path = request.scope["path"]
        if request.method not in {"GET", "HEAD"} or OF_THE_API.match(path):
            return None
        found = self._files.get(path[1:])
        if found is not None and path[1:] != _INDEX:
            return _sent(found, request)
        if path != "/" and not _is_navigation(request):
            return None
        index = self._files.get(_INDEX)
        if index is None:
            return HTMLResponse(_NOT_BUILT, 503, headers=_page_headers(request))
        return _sent(index, request, _page_headers(request))


def _contents(built: Path) -> Iterator[tuple[str, bytes]]:
    for path in sorted(built.rglob("*")):
        if path.is_file() and not path.name.startswith("."):
            yield path.relative_to(built).as_posix(), path.read_bytes()


def _is_navigation(request: Request) -> bool:
    """Tell whether a browser wants to show a page, at an address that is no file's."""
    last = request.scope["path"].rpartition("/")[2]
    return "text/html" in request.headers.get("accept", "") and "." not in last


def _page_headers(request: Request) -> dict[str, str]:
    host = request.headers.get("host", "")
    is_plain = re.fullmatch(r"[\w.:\[\]-]{1,255}", host, re.ASCII) is not None
    sockets = f"ws://{host} wss://{host}" if is_plain else ""
    return {"content-security-policy": _POLICY.format(sockets=sockets)}


def _sent(file: _File, request: Request, headers: dict[str, str] | None = None) -> Response:
    caching = {"cache-control": file.caching, "etag": file.tag, "vary": "Accept-Encoding", **(headers or {})}
    if file.tag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=caching)
    small = file.small if takes_gzip(request.headers.get("accept-encoding", "").encode("latin-1")) else None
    if small is None:
        return Response(file.body, headers=caching, media_type=file.kind)
    return Response(small, headers={**caching, "content-encoding": "gzip"}, media_type=file.kind)
