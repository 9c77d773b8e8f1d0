"""The published contracts: what each is called, and which paths belong to it. A path may belong to two."""

from typing import NamedTuple


class Contract(NamedTuple):
    """One document of the API."""

    title: str
    description: str
    paths: tuple[str, ...]
    """Prefixes that belong to it; one ends at a slash or at the end of the path."""
    except_for: tuple[str, ...] = ()

    def covers(self, path: str) -> bool:
        """Tell whether a path belongs to it."""
        return _under(path, self.paths) and not _under(path, self.except_for)


CONTRACTS = {
    "platform": Contract(
        "Openbell platform API",
        "Strategies, orders, positions, portfolio, runs, alerts, controls, users and keys. Amounts are decimal text.",
        ("/v1", "/health", "/ready"),
    ),
    "terminal": Contract(
        "Openbell terminal API",
        "What a trading terminal shows and does. Amounts are JSON numbers, written exactly.",
        ("/api",),
        ("/api/v1",),
    ),
    "desk": Contract(
        "Openbell desk API",
        "For web clients: signed sign-in, orders, portfolio. Amounts are JSON numbers, written exactly.",
        ("/api/v1",),
        ("/api/v1/control", "/api/v1/ws"),
    ),
    "telemetry": Contract(
        "Openbell telemetry and control API",
        "The sign of life, and remote control of a running strategy by key.",
        ("/health", "/api/v1/control"),
    ),
}


def _under(path: str, prefixes: tuple[str, ...]) -> bool:
    return any(path == prefix or path.startswith(f"{prefix}/") for prefix in prefixes)
