"""The refresh token of a page: in a cookie that no script can read and no other site can make the browser send.

A page asks for it with a header of its own, `X-Openbell-Session: cookie`. Pages of other origins cannot send that
header: it is not among those that a preflight allows. So the header is at once the question and the protection against
forged requests, and whoever does not send it is served as if there were no cookie.
"""

from fastapi import Request, Response

HEADER = "x-openbell-session"
NAME = "openbell_session"
PATH = "/v1/auth"


def is_wanted(request: Request) -> bool:
    """Tell whether a page of ours asks."""
    return request.headers.get(HEADER) == "cookie"


def read(request: Request) -> str:
    """Give the refresh token in the cookie; '' without one, or where no page of ours asks."""
    return request.cookies.get(NAME, "") if is_wanted(request) else ""


def write(response: Response, token: str, *, request: Request, ttl_s: int) -> None:
    """Put a refresh token into the cookie; over TLS, or behind a proxy that speaks it, it is sent over TLS alone."""
    response.set_cookie(
        NAME,
        token,
        max_age=ttl_s,
        path=PATH,
        httponly=True,
        samesite="strict",
        secure=request.url.scheme == "https" or request.app.state.settings.trust_proxy_tls,
    )


def clear(response: Response) -> None:
    """Have the browser forget the cookie."""
    response.delete_cookie(NAME, path=PATH, httponly=True, samesite="strict")
