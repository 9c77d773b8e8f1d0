"""Which web pages may call: an explicit list of origins, never a wildcard."""

from collections.abc import Collection

from starlette.responses import Response

_METHODS = "GET, POST, PUT, PATCH, DELETE"
# X-API-Key is not among them: a key has no business in a browser.
_REQUEST_HEADERS = "Authorization, Content-Type, Idempotency-Key, If-Match, X-Request-ID"
_ANSWER_HEADERS = (
    b"X-Request-ID, X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset, RateLimit, RateLimit-Policy, "
    b"Retry-After, ETag, Location, Idempotent-Replayed"
)
_PREFLIGHT_AGE_S = 600


def preflight(method: str, headers: dict[bytes, bytes], origins: Collection[str]) -> Response | None:
    """Answer a browser that asks before it calls; None for any other request."""
    if method != "OPTIONS" or b"origin" not in headers or b"access-control-request-method" not in headers:
        return None
    if headers[b"origin"].decode("latin-1") not in origins:
        return Response(status_code=403)
    return Response(
        status_code=204,
        headers={
            "access-control-allow-methods": _METHODS,
            "access-control-allow-headers": _REQUEST_HEADERS,
            "access-control-max-age": str(_PREFLIGHT_AGE_S),
        },
    )


def headers(origin: bytes | None, origins: Collection[str]) -> list[tuple[bytes, bytes]]:
    """Give what an answer says about the page that may read it."""
    if not origins:
        return []
    if origin is None or origin.decode("latin-1") not in origins:
        return [(b"vary", b"Origin")]
    return [
        (b"vary", b"Origin"),
        (b"access-control-allow-origin", origin),
        (b"access-control-allow-credentials", b"true"),
        (b"access-control-expose-headers", _ANSWER_HEADERS),
    ]
