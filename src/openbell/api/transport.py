"""How a request came: from this machine, or over TLS, or in a way that anybody could have read."""

import ipaddress

from starlette.requests import HTTPConnection


def is_local(connection: HTTPConnection) -> bool:
    """Tell whether the caller is on this machine."""
    # Behind a proxy on this machine every address is local, so what it forwards is not.
    if "x-forwarded-for" in connection.headers or "forwarded" in connection.headers or connection.client is None:
        return False
    try:
        return ipaddress.ip_address(connection.client.host).is_loopback
    except ValueError:
        return False


def is_confidential(connection: HTTPConnection, *, trust_proxy_tls: bool) -> bool:
    """Tell whether nobody on the way could read a key: TLS, this machine, or a proxy that is trusted to speak TLS."""
    if connection.url.scheme in ("https", "wss") or is_local(connection):
        return True
    return trust_proxy_tls and connection.headers.get("x-forwarded-proto", "https") == "https"
