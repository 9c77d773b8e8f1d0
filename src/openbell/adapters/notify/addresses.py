"""Where a webhook may go: to public addresses only, however a private one is spelled or a name resolves."""

import asyncio
import ipaddress
import re
import socket
from urllib.parse import SplitResult, urlsplit

import msgspec

from openbell.ports import NotDelivered

PORTS = {"https": 443, "http": 80}
URL_LENGTH_MAX = 2_048

_HOST = re.compile(r"[A-Za-z0-9._-]{1,253}|[0-9A-Fa-f:.]{2,45}", re.ASCII)
# Ranges that wrap an IPv4 address, or that the standard library of some release still calls global.
_REFUSED = tuple(
    ipaddress.ip_network(text)
    for text in (
        *("0.0.0.0/8", "100.64.0.0/10", "168.63.129.16/32", "192.0.0.0/24", "192.88.99.0/24", "198.18.0.0/15"),
        *("::/8", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2002::/16", "3fff::/20", "5f00::/16"),
        *("fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8"),
    )
)


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """A URL taken apart: the name to greet with, where to connect, and the path to ask for."""

    is_secure: bool
    host: str
    port: int
    path: str


def read_url(url: str, *, allow_private: bool) -> Target:
    """Take a URL apart. Raises ValueError for anything that is not a plain https address."""
    parts = _split(url)
    schemes = ("https", "http") if allow_private else ("https",)
    if parts.scheme not in schemes:
        raise ValueError(f"a webhook goes over {' or '.join(schemes)}")
    if "@" in parts.netloc:
        raise ValueError("a webhook's address holds no user or password")
    host = parts.hostname or ""
    if not _HOST.fullmatch(host):
        raise ValueError("a webhook's host is a name or an address in plain letters and digits")
    path = parts.path or "/"
    return Target(
        is_secure=parts.scheme == "https",
        host=host,
        port=parts.port or PORTS[parts.scheme],
        path=f"{path}?{parts.query}" if parts.query else path,
    )


def _split(url: str) -> SplitResult:
    if len(url) > URL_LENGTH_MAX or not url.isascii() or not url.isprintable() or set(url) & set(" \\<>\"'`{}|^%"):
        raise ValueError("a webhook's address is plain ASCII without spaces, quotes, backslashes and escapes")
    return urlsplit(url)


async def addresses_of(target: Target, *, allow_private: bool) -> list[str]:
    """Resolve a host once and give its addresses. Raises NotDelivered when even one of them is not public."""
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as problem:
        raise NotDelivered(f"{target.host} cannot be resolved: {problem}") from problem
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    wrong = [] if allow_private else [address for address in addresses if not is_public(address)]
    if wrong or not addresses:
        raise NotDelivered(f"{target.host} leads to an address that is not public", is_final=True)
    return addresses


def is_public(text: str) -> bool:
    """Tell whether an address belongs to the public internet, in itself and in whatever address it wraps."""
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return False
    if any(address in network for network in _REFUSED if network.version == address.version):
        return False
    return address.is_global and not (address.is_multicast or address.is_reserved or address.is_unspecified)
