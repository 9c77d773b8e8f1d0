"""What both clients know of HTTP: how a request is made, and what a failure says about whether it was sent."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import httpx2

from openbell.client.core import Failed, Reply, Send

DEFAULT_URL = "http://127.0.0.1:8000"
CONNECT_TIMEOUT_S = 5.0
CONNECTIONS_MAX = 20

_NEVER_SENT = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout, httpx2.UnsupportedProtocol)


def server_of(url: str, environ: Mapping[str, str]) -> str:
    """Give the server's address, without a slash at its end. Raises ValueError where it is none."""
    address = (url or environ.get("OPENBELL_URL", "") or DEFAULT_URL).rstrip("/")
    if urlsplit(address).scheme not in ("http", "https") or not urlsplit(address).netloc:
        raise ValueError(f"{address} is not an http:// or https:// address")
    return address


def settings_of(url: str, timeout_s: float) -> dict[str, Any]:
    """Give the settings of a connection pool: a limit on every wait and on the number of connections."""
    return {
        "base_url": url,
        "timeout": httpx2.Timeout(timeout_s, connect=min(timeout_s, CONNECT_TIMEOUT_S)),
        "limits": httpx2.Limits(max_connections=CONNECTIONS_MAX, max_keepalive_connections=CONNECTIONS_MAX),
        "headers": {"user-agent": "openbell-client"},
        "follow_redirects": False,
    }


def request_of(step: Send) -> dict[str, Any]:
    """Give a request as the HTTP library takes it."""
    return {
        "method": step.method,
        "url": step.path,
        "params": dict(step.query) or None,
        "headers": dict(step.headers),
        "content": step.body,
    }


def reply_of(response: httpx2.Response) -> Reply:
    """Read a response."""
    return Reply(response.status_code, response.headers, response.content)


def failed(problem: httpx2.RequestError) -> Failed:
    """Say why there is no answer, and whether the request may have reached the server all the same."""
    return Failed(str(problem) or type(problem).__name__, is_sent=not isinstance(problem, _NEVER_SENT))
