"""Records, once a request, what changes something and is no command to the core: sign-ins, users, keys, data and so on.

One place for every contract. The answer leaves after its entry is durable. Secrets are withheld by the name of their
field, wherever in the body it stands.
"""

import re
from base64 import urlsafe_b64decode
from functools import lru_cache
from typing import Any

import msgspec
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from openbell.api.exchange import exchange_of, template_of
from openbell.services.audit import CURRENT, Audit, Origin
from openbell.services.audit_detail import TEXT_MAX

CHANGING = frozenset({"POST", "PUT", "PATCH", "DELETE"})
BODY_BYTES_MAX = 16 * 1024
"""Of a request or an answer; what is longer is not looked into."""

_NAMES = {
    ("POST", "auth/login"): "auth.login",
    ("POST", "auth/logout"): "auth.logout",
    ("POST", "auth/password"): "auth.password",
    ("POST", "auth/setup-mfa"): "mfa.setup",
    ("POST", "auth/verify-mfa"): "mfa.verify",
    ("POST", "users"): "user.create",
    ("PATCH", "users"): "user.update",
    ("DELETE", "users"): "user.delete",
    ("DELETE", "users/mfa"): "mfa.reset",
    ("POST", "keys"): "key.create",
    ("DELETE", "keys"): "key.revoke",
    ("DELETE", "sessions"): "session.end",
    ("POST", "catalog"): "data.import",
    ("PUT", "catalog"): "data.actions",
    ("DELETE", "catalog"): "data.delete",
    ("PATCH", "control/parameters"): "parameters.patch",
    ("POST", "controls/approvals"): "approval.request",
    ("POST", "controls/approvals/approve"): "approval.approve",
    ("POST", "controls/mode-transition"): "mode.transition",
    ("POST", "alerts/test"): "alert.test",
}
_VERSION = re.compile(r"^/(api/v1|api|v1)/")
_UNRECORDED = re.compile(r"/(auth/refresh|auth/ws-ticket|orders/preview|catalog/validations)$")
"""What only carries on with what was signed in for, or changes nothing."""
_OWN = re.compile(r"/(auth|users|keys|sessions|controls/approvals|controls/mode-transition)(/|$)")
"""Recorded here even where a command to the core was part of it."""
_SECRET = re.compile(r"pass|secret|token|code|otp|signature|api_key|private|authorization|cookie", re.IGNORECASE)
WITHHELD = "(withheld)"
REPLAYED = b"idempotent-replayed"


class Audited:
    """The layer between the edge and the routes."""

    def __init__(self, app: ASGIApp, *, audit: Audit | None) -> None:
        self._app = app
        self._audit = audit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request or a socket through, marked with where it comes from."""
        if self._audit is None or scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return
        exchange = exchange_of(scope)
        origin = Origin(
            contract=contract_of(scope["path"]),
            client_ip=exchange.client_ip,
            agent=_agent(scope),
            request_id=exchange.request_id,
            principal=exchange.principal,
        )
        token = CURRENT.set(origin)
        try:
            if scope["type"] == "http" and scope["method"] in CHANGING:
                await self._recorded(scope, receive, send, origin)
            else:
                await self._app(scope, receive, send)
        finally:
            CURRENT.reset(token)

    async def _recorded(self, scope: Scope, receive: Receive, send: Send, origin: Origin) -> None:
        asked, held = _Body(), _Held()

        async def heard() -> Message:
            message = await receive()
            asked.add(message.get("body", b""))
            return message

        await self._app(scope, heard, held.keep)
        if held.messages:
            await self._record(scope, origin, asked, held)
        for message in held.messages:
            await send(message)

    async def _record(self, scope: Scope, origin: Origin, body: "_Body", held: "_Held") -> None:
        template = template_of(scope)
        is_own, is_unrecorded, action = _kind_of(scope["method"], template)
        # A command to the core, such as an order, was recorded with what it caused: no document has to be read for it.
        is_ours = is_own or not origin.recorded
        is_known = origin.principal is not None or action == "auth.login"
        if is_unrecorded or not is_ours or not is_known:
            return
        # What was answered before was recorded then.
        if self._audit is None or held.status == 429 or held.is_replay:
            return
        is_done, asked, answer = held.status < 400, body.document(), held.body.document()
        detail = {"status": held.status, "request": withheld(asked)} if asked else {"status": held.status}
        await self._audit.record(
            action,
            subject=_subject(scope, asked, answer),
            outcome="done" if is_done else f"refused {_code(answer)}".strip(),
            detail=detail,
            actor_id=_signed_in(answer) if action == "auth.login" and is_done else "",
        )


def _agent(scope: Scope) -> str:
    """Give what the caller's program calls itself, as far as it can be shown."""
    text = exchange_of(scope).headers.get(b"user-agent", b"").decode("ascii", "replace")[:TEXT_MAX]
    return text if text.isprintable() else "".join(character for character in text if character.isprintable())


class _Body:
    """The start of a body, as far as it is looked into."""

    def __init__(self) -> None:
        self._bytes = b""

    def add(self, more: bytes) -> None:
        if len(self._bytes) <= BODY_BYTES_MAX:
            self._bytes += more

    def document(self) -> Any:
        if not self._bytes or len(self._bytes) > BODY_BYTES_MAX:
            return {}
        try:
            return msgspec.json.decode(self._bytes)
        except (msgspec.DecodeError, UnicodeError):
            return {}


class _Held:
    """An answer that waits for its entry."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.status = 0
        self.is_replay = False
        self.body = _Body()

    async def keep(self, message: Message) -> None:
        self.messages.append(message)
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.is_replay = any(name.lower() == REPLAYED for name, _ in message.get("headers", ()))
        self.body.add(message.get("body", b""))


def contract_of(path: str) -> str:
    """Name the contract that a path belongs to."""
    if path.startswith(("/api/v1/control", "/api/v1/ws/stream")):
        return "telemetry"
    if path.startswith(("/api/v1", "/ws/")):
        return "desk"
    return "terminal" if path.startswith(("/api/", "/ws")) else "platform"


@lru_cache(maxsize=1_024)
def _kind_of(method: str, template: str) -> tuple[bool, bool, str]:
    """Tell whether a route is recorded here in any case, whether it never is, and what it does."""
    is_unrecorded = template == "unmatched" or _UNRECORDED.search(template) is not None
    return _OWN.search(template) is not None, is_unrecorded, action_of(method, template)


def action_of(method: str, template: str) -> str:
    """Name what a request does: one name for the same thing in every contract."""
    steps = [step for step in _VERSION.sub("", template).strip("/").split("/") if not step.startswith("{")]
    path = "/".join(steps)
    known = _NAMES.get((method, path)) or _NAMES.get((method, steps[0] if steps else ""))
    return known or f"{'.'.join(steps)}.{method.lower()}"


def withheld(document: Any) -> Any:
    """Give a document without the values of fields that hold secrets, texts cut short."""
    if isinstance(document, dict):
        return {
            str(name)[:64]: WITHHELD if _SECRET.search(str(name)) else withheld(value)
            for name, value in document.items()
        }
    if isinstance(document, list):
        return [withheld(value) for value in document[:20]]
    return document[:TEXT_MAX] if isinstance(document, str) else document


def _subject(scope: Scope, asked: Any, answer: Any) -> str:
    """Name what it was about: by the path, else by the id the answer gives, else by the name signed in with."""
    named = [str(value) for value in scope.get("path_params", {}).values()]
    if named:
        return "/".join(named)
    data = answer.get("data") if isinstance(answer, dict) else None
    if isinstance(data, dict):
        found = next((value for name, value in data.items() if name.endswith("_id") and isinstance(value, str)), "")
        if found:
            return found
    given = asked if isinstance(asked, dict) else {}
    return next((str(given[name]) for name in ("email", "username", "strategy_id") if given.get(name)), "")


def _code(answer: Any) -> str:
    error = answer.get("error") if isinstance(answer, dict) else None
    return str(error.get("code", "")) if isinstance(error, dict) else ""


def _signed_in(answer: Any) -> str:
    """Give who signed in, from the token of ours that the answer carries."""
    for name in ("access_token", "token"):
        parts = str(answer.get(name, "")).split(".") if isinstance(answer, dict) else []
        if len(parts) == 3:
            try:
                claims = msgspec.json.decode(urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
            except ValueError:
                continue
            return str(claims.get("sub", ""))
    return ""
