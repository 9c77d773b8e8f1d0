"""What the documents say about one socket."""

from typing import Any, NamedTuple

from openbell.streaming.specimen_messages import Message

EVERY_WAY_IN = ("token", "ticket", "bearer", "api_key")


class SocketPage(NamedTuple):
    """One socket: where it is, who may open it, and every kind of message."""

    name: str
    address: str
    title: str
    description: str
    security: tuple[str, ...]
    query: dict[str, str]
    """Query parameters and what they mean."""
    from_client: tuple[Message, ...]
    from_server: tuple[Message, ...]
    protocol: str = "ws"
    """`http` where messages are server-sent events."""

    def query_schema(self) -> dict[str, Any]:
        """Give the query parameters as a JSON schema."""
        properties = {name: {"type": "string", "description": text} for name, text in self.query.items()}
        return {"type": "object", "properties": properties}


RESUME_TOKEN = "187d0d5c2f0b7a80.9f86d081884c7d65.2c26b46b68ffc68ff99b453c1d304134"  # noqa: S105 - shows its form
CREDENTIALS = {
    "token": "An access token, or an API key; a header is better where one can be sent.",
    "ticket": "A ticket of POST /v1/auth/ws-ticket, good once and for 30 seconds.",
    "resume_token": "What the greeting of a connection that broke off gave: coming back with it counts as no new one.",
}
