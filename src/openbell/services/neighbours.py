"""Whom an address is counted as: an IPv6 host chooses among 2^64 addresses of its own, so its network is counted."""

import ipaddress

HOST_BITS = 64
"""Bits of an IPv6 address that whoever has a network chooses freely (RFC 4291, section 2.5.1)."""


def neighbourhood(client_ip: str) -> str:
    """Give what an address is counted by: itself, or the /64 network that an IPv6 address lies in.

    >>> neighbourhood("203.0.113.9"), neighbourhood("2001:db8:1:2::3"), neighbourhood("::ffff:203.0.113.9")
    ('203.0.113.9', '2001:db8:1:2::/64', '203.0.113.9')
    """
    if ":" not in client_ip:
        return client_ip
    try:
        address = ipaddress.IPv6Address(client_ip.partition("%")[0])
    except ValueError:
        return client_ip
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(ipaddress.IPv6Network((int(address) >> HOST_BITS << HOST_BITS, 128 - HOST_BITS)))
