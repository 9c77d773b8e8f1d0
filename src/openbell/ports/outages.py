"""Everything outside may fail: how that is said."""


class Unavailable(Exception):
    """An outage of something behind a port: retried and alerted, shown to callers as 503."""


class JournalFailed(Unavailable):
    """A commit did not become durable. Trading stops; nothing is retried as if nothing had happened."""


class InvalidCursor(ValueError):
    """Text given as the cursor of a page is none that a page gave."""
