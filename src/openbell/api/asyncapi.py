"""The AsyncAPI 3 document of the sockets, worked out from messages that the server's own code writes."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from openbell.api.socket_page import SocketPage
from openbell.api.socket_pages import sockets
from openbell.streaming.specimen_messages import Message

VERSION = "3.0.0"
_HOST = "127.0.0.1:8000"


def describe(version: str) -> dict[str, Any]:
    """Give the document of all sockets."""
    channels = {page.name: _channel(page) for page in sockets()}
    operations = {name: operation for page in sockets() for name, operation in _operations(page).items()}
    messages = {
        _key(page, direction, message): _message(message)
        for page in sockets()
        for direction, listed in _sides(page)
        for message in listed
    }
    return {
        "asyncapi": VERSION,
        "info": {
            "title": "Openbell sockets",
            "version": version,
            "description": "Every stream of the server. A message is one JSON object, a text frame or an event's data.",
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/json",
        "servers": {
            name: {"host": _HOST, "protocol": name, "description": "A server started with its defaults."}
            for name in ("ws", "http")
        },
        "channels": channels,
        "operations": operations,
        "components": {"messages": messages, "securitySchemes": _SECURITY_SCHEMES},
    }


_SECURITY_SCHEMES = {
    "token": {"type": "httpApiKey", "in": "query", "name": "token", "description": "An access token, or an API key."},
    "ticket": {"type": "httpApiKey", "in": "query", "name": "ticket", "description": "From POST /v1/auth/ws-ticket."},
    "bearer": {"type": "http", "scheme": "bearer", "description": "An access token, or an API key."},
    "api_key": {"type": "httpApiKey", "in": "header", "name": "X-API-Key", "description": "An API key."},
}


_MAPPINGS = frozenset({"context", "inventory", "seq"})


class _Field(NamedTuple):
    """A field of a message as the tables of the documents show it."""

    name: str
    kind: str
    is_always: bool
    example: Any


def fields(message: Message) -> list[_Field]:
    """List the fields of a message by path, such as data.price, with type and example."""
    schema = shape([json.loads(one) for one in message.specimens])
    return _listed(schema, [json.loads(one) for one in message.specimens], "")


def shape(specimens: Sequence[Any]) -> dict[str, Any]:
    """Work out the JSON schema that all specimens of one message keep.

    >>> shape([{"a": 1}, {"a": None, "b": "x"}])["required"]
    ['a']
    """
    kinds = sorted({_kind(one) for one in specimens})
    if kinds == ["integer", "number"]:
        kinds = ["number"]
    schema: dict[str, Any] = {"type": kinds[0] if len(kinds) == 1 else kinds}
    objects = [one for one in specimens if isinstance(one, dict)]
    if objects:
        names = list(dict.fromkeys(name for one in objects for name in one))
        schema["properties"] = {name: _member(name, [one[name] for one in objects if name in one]) for name in names}
        schema["required"] = [name for name in names if all(name in one for one in objects)]
    items = [item for one in specimens if isinstance(one, list) for item in one]
    if items:
        schema["items"] = shape(items)
    return schema


def _member(name: str, values: Sequence[Any]) -> dict[str, Any]:
    """Work out the schema of one member; one whose keys are data, such as symbols, has no named members itself."""
    if name in _MAPPINGS and all(isinstance(one, dict) for one in values):
        inner = [value for one in values for value in one.values()]
        return {"type": "object", **({"additionalProperties": shape(inner)} if inner else {})}
    return shape(values)


def _kind(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    names = {int: "integer", float: "number", str: "string", dict: "object", list: "array"}
    return names[type(value)]


def _listed(schema: Mapping[str, Any], specimens: Sequence[Any], path: str) -> list[_Field]:
    found: list[_Field] = []
    for name, inner in schema.get("properties", {}).items():
        values = [one[name] for one in specimens if isinstance(one, dict) and name in one]
        kind = inner["type"] if isinstance(inner["type"], str) else " or ".join(inner["type"])
        place, is_always = f"{path}{name}", name in schema["required"]
        if "properties" in inner:
            found += [_Field(place, kind, is_always, None), *_listed(inner, values, f"{place}.")]
        elif "properties" in inner.get("items", {}):
            items = [item for value in values if isinstance(value, list) for item in value]
            found += [_Field(place, "array", is_always, None), *_listed(inner["items"], items, f"{place}[].")]
        else:
            shown = next((value for value in values if value is not None), None)
            found.append(_Field(place, kind, is_always, shown))
    return found


def _sides(page: SocketPage) -> list[tuple[str, tuple[Message, ...]]]:
    return [("send", page.from_client), ("receive", page.from_server)]


def _key(page: SocketPage, direction: str, message: Message) -> str:
    return f"{page.name}.{direction}.{message.name}"


def _channel(page: SocketPage) -> dict[str, Any]:
    keys = [_key(page, direction, message) for direction, listed in _sides(page) for message in listed]
    return {
        "address": page.address,
        "title": page.title,
        "description": page.description,
        "servers": [{"$ref": f"#/servers/{page.protocol}"}],
        "messages": {key: {"$ref": f"#/components/messages/{key}"} for key in keys},
        **({"bindings": {"ws": _binding(page, "0.1.0")}} if page.protocol == "ws" else {}),
    }


def _binding(page: SocketPage, version: str) -> dict[str, Any]:
    return {"method": "GET", "query": page.query_schema(), "bindingVersion": version}


def _operations(page: SocketPage) -> dict[str, Any]:
    """Give the operations as the server sees them: it receives what a client says, and sends the rest."""
    schemes = [{"$ref": f"#/components/securitySchemes/{name}"} for name in page.security]
    made = {}
    for direction, listed in _sides(page):
        if not listed:
            continue
        made[f"{page.name}.{direction}"] = {
            "action": "receive" if direction == "send" else "send",
            "channel": {"$ref": f"#/channels/{page.name}"},
            "title": "What a client may say" if direction == "send" else "What a client hears",
            "messages": [{"$ref": f"#/channels/{page.name}/messages/{_key(page, direction, one)}"} for one in listed],
            **({"security": schemes} if schemes else {}),
            **({"bindings": {"http": _binding(page, "0.3.0")}} if page.protocol == "http" else {}),
        }
    return made


def _message(message: Message) -> dict[str, Any]:
    specimens = [json.loads(one) for one in message.specimens]
    payload = shape(specimens)
    if "type" in payload.get("properties", {}):
        payload["properties"]["type"] = {"const": message.name}
    return {
        "name": message.name,
        "title": message.name,
        "summary": message.summary,
        "contentType": "application/json",
        "payload": payload,
        "examples": [{"payload": one} for one in _apart(specimens)],
    }


def _apart(specimens: Sequence[Any]) -> list[Any]:
    """Leave out specimens that show nothing new: those with the same keys as one before."""
    seen: dict[str, Any] = {}
    for one in specimens:
        seen.setdefault(json.dumps(shape([one])), one)
    return list(seen.values())
