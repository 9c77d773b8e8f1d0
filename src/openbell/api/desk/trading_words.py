"""What a client may say on /ws/trading, read as strictly as a request body."""

from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec
from pydantic import BaseModel, Field, ValidationError

from openbell.api.asking import Ask
from openbell.api.desk.auth import Signature
from openbell.api.desk.schemas import OrderChange, OrderRequest
from openbell.api.errors import invalid, invalid_fields
from openbell.api.limits import NotJson, read_json
from openbell.domain.access import Scope

SCOPES: Mapping[str, Scope | None] = {
    "authenticate": None,
    "ping": None,
    "pong": None,
    "order": Scope.TRADE,
    "modify_order": Scope.TRADE,
    "cancel_order": Scope.TRADE,
}
"""What a caller must hold for each message; None is open to all. What is not here is no message."""
TYPES = ("authenticate", "auth", "order", "cancel_order", "modify_order", "ping")
_ALIASES = {"auth": "authenticate", "modify": "modify_order", "cancel": "cancel_order"}
_ID_LENGTH_MAX = 128

Model = TypeVar("Model", bound=BaseModel)


class Token(Ask):
    """An access token or bearer key in place of a signature."""

    token: str = Field(min_length=1, max_length=4_096)


class Options(Ask):
    """How the private stream is wanted."""

    from_seq: int | None = Field(None, ge=0, lt=10**18)
    cancel_on_disconnect: bool = Field(default=False, strict=True)


class Said(msgspec.Struct, frozen=True):
    """One message: its canonical type, the id to answer to, and the rest."""

    kind: str
    reply_to: str | int | None
    body: dict[str, Any]


class Authenticate(msgspec.Struct, frozen=True):
    """Who somebody says they are: by a token or by a signature."""

    token: str
    signature: Signature | None
    options: Options


def read_said(text: str | bytes) -> Said:
    """Read a message. Raises ApiError 400."""
    try:
        document = read_json(text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass"))
    except NotJson as problem:
        raise invalid("", str(problem)) from problem
    kind = document.pop("type", None) if isinstance(document, dict) else None
    if not isinstance(kind, str):
        raise invalid("type", f"Expected a JSON object whose type is one of {', '.join(TYPES)}.")
    reply_to = document.pop("id", None)
    if not _is_id(reply_to):
        raise invalid("id", f"Expected a whole number or a text of at most {_ID_LENGTH_MAX} characters.")
    return Said(_ALIASES.get(kind, kind), reply_to, document)


def read_authenticate(body: dict[str, Any]) -> Authenticate:
    """Read who somebody says they are. Raises ApiError 400."""
    body = dict(body)
    options = {name: body.pop(name) for name in Options.model_fields if name in body}
    try:
        further = Options.model_validate(options)
        if "token" in body:
            return Authenticate(Token.model_validate(body).token, None, further)
        return Authenticate("", Signature.model_validate(body), further)
    except ValidationError as problem:
        raise invalid_fields(problem) from problem


def read_order(body: dict[str, Any]) -> OrderRequest:
    """Read an order: inside `order` or `data`, or beside the message's type and then with `order_type`.

    Raises ApiError 400.
    """
    for name in ("order", "data"):
        if isinstance(body.get(name), dict) and len(body) == 1:
            return _valid(OrderRequest, body[name])
    if "order_type" in body and "type" not in body:
        body = {**body, "type": body["order_type"]}
        del body["order_type"]
    return _valid(OrderRequest, body)


def read_change(body: dict[str, Any]) -> tuple[str, OrderChange]:
    """Read which order is to change, and how. Raises ApiError 400."""
    body = dict(body)
    order_id = _order_id(body)
    return order_id, _valid(OrderChange, body)


def read_cancel(body: dict[str, Any]) -> str:
    """Read which order is to be cancelled. Raises ApiError 400."""
    body = dict(body)
    order_id = _order_id(body)
    if body:
        raise invalid(next(iter(body))[:64], "No such field; check its spelling or leave it out.")
    return order_id


def _order_id(body: dict[str, Any]) -> str:
    order_id = body.pop("order_id", None)
    if not isinstance(order_id, str) or not 1 <= len(order_id) <= _ID_LENGTH_MAX:
        raise invalid("order_id", "This field is required: the id of one of your orders.")
    return order_id


def _valid(kind: type[Model], body: dict[str, Any]) -> Model:
    try:
        return kind.model_validate(body)
    except ValidationError as problem:
        raise invalid_fields(problem) from problem


def _is_id(given: object) -> bool:
    if isinstance(given, str):
        return len(given) <= _ID_LENGTH_MAX
    return given is None or (isinstance(given, int) and not isinstance(given, bool))
