"""What the edge knows about the request in hand, kept in one slot of the ASGI scope."""

from collections.abc import Mapping
from typing import Any, cast

import msgspec

from openbell.domain.access import Principal
from openbell.domain.values import Nanos
from openbell.services.limiter import Verdict

SLOT = "openbell"
WAY_OUT = "openbell.way_out"
"""Where in a scope the web server says how a whole answer is written at once (compression.WayOut), if it does."""


class Exchange(msgspec.Struct, kw_only=True):
    """One request and its answer: who asked, when, from where, and how much of their quota is left."""

    request_id: str
    received_ns: Nanos
    client_ip: str
    headers: Mapping[bytes, bytes] = {}
    principal: Principal | None = None
    quota: Verdict | None = None


def exchange_of(scope: Any) -> Exchange:
    """Give the exchange the middleware began for this scope."""
    return cast("Exchange", scope[SLOT])


def template_of(scope: Any) -> str:
    """Give the path a route was declared with, or `unmatched`."""
    context: Any = scope.get("fastapi", {}).get("effective_route_context") or scope.get("route")
    path = getattr(context, "path", None)
    return path if isinstance(path, str) else "unmatched"
