"""Answers that may be given again, and how long each of them says what is so."""

import gzip
from collections.abc import Hashable
from typing import NamedTuple

import msgspec

from openbell.api.compression import LENGTH_MIN, LEVEL, takes_gzip
from openbell.api.edge_headers import Pairs
from openbell.api.exchange import Exchange
from openbell.domain import access
from openbell.domain.access import Role
from openbell.services.changes import LIFE_NS, Changes

ORDERS = frozenset({"/v1/orders", "/api/orders", "/api/v1/orders"})
"""What the caller's own account has on record, which no price changes."""
OWN = ORDERS | {
    "/v1/positions",
    "/v1/portfolio",
    "/v1/portfolio/positions",
    "/api/positions",
    "/api/v1/positions",
    "/api/v1/portfolio",
    "/api/v1/balances",
}
"""What the caller's own account holds."""
MARKET = frozenset({"/v1/instruments", "/api/instruments"})
MARKET_BELOW = ("/v1/instruments/", "/api/market-data/")
"""What is the same for everybody who may read."""
KEPT_MAX = 1_000
BYTES_MAX = 32 * 1024 * 1024
"""Answers kept, and their size; past either all are let go."""
QUERY_LENGTH_MAX = 256
"""Length of a query whose answer is kept: callers may make them as long as a head may be."""


class Ready(NamedTuple):
    """An answer as text: its header lines without the first, the date and the blank one, and its body."""

    lines: bytes
    body: bytes


class Kept(msgspec.Struct):
    """An answer as it left its route. `path` is what it is counted by."""

    version: Hashable
    path: str
    headers: Pairs
    body: bytes
    small: bytes = b""
    """Its body compressed, once somebody has asked for that."""
    forms: dict[Hashable, Ready] = {}
    """It as text, by what else that depends on."""

    def form(self, accepts: bytes) -> tuple[Pairs, bytes]:
        """Give headers and body for a caller who accepts such encodings."""
        if len(self.body) < LENGTH_MIN or not takes_gzip(accepts):
            return [*self.headers], self.body
        self.small = self.small or gzip.compress(self.body, LEVEL, mtime=0)
        headers = [pair for pair in self.headers if pair[0] != b"content-length"]
        headers += [
            (b"vary", b"Accept-Encoding"),
            (b"content-encoding", b"gzip"),
            (b"content-length", str(len(self.small)).encode()),
        ]
        return headers, self.small


class Place(msgspec.Struct, frozen=True):
    """Where an answer is kept: whose it is ('' for everybody), and the state of things it is made from."""

    key: Hashable
    version: Hashable


class Shelf:
    """The answers. Nothing on it is given to whoever may not have it, or for longer than what it says is so."""

    def __init__(self, changes: Changes | None) -> None:
        self._changes = changes
        self._kept: dict[Hashable, Kept] = {}
        self._bytes = 0

    def place(self, exchange: Exchange, path: str, query: bytes) -> Place | None:
        """Give where the answer to a read is kept; None where it is not to be given again.

        Ask before the answer is made: what changes while it is made makes it old at once.
        """
        who, changes = exchange.principal, self._changes
        if changes is None or who is None or len(query) > QUERY_LENGTH_MAX or not who.may(access.Scope.READ):
            return None
        if path in OWN:
            counted: Hashable
            if who.role is Role.ADMIN:
                counted = changes.of_all()
            elif path in ORDERS:
                counted = changes.of_record(who.account_id)
            else:
                counted = changes.of_account(who.account_id)
            return Place((who, path, query), (counted, exchange.received_ns // LIFE_NS))
        if path in MARKET or path.startswith(MARKET_BELOW):
            return Place(("", path, query), (changes.of_market(), exchange.received_ns // LIFE_NS))
        return None

    def find(self, place: Place) -> Kept | None:
        """Give the answer that is kept there, unless it is old."""
        found = self._kept.get(place.key)
        return found if found is not None and found.version == place.version else None

    def keep(self, key: Hashable, one: Kept) -> None:
        """Keep an answer in place of an older one."""
        before = self._kept.pop(key, None)
        self._bytes += len(one.body) - (len(before.body) if before else 0)
        if len(self._kept) >= KEPT_MAX or self._bytes > BYTES_MAX:
            self._kept.clear()
            self._bytes = len(one.body)
        self._kept[key] = one
