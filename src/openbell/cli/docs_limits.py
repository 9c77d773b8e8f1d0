"""The table of limits in the documentation: each with its value, where it is enforced, and what who passes it gets."""

from collections.abc import Iterator

from openbell.adapters.notify import webhook
from openbell.adapters.sandbox import runner
from openbell.api import limits, middleware, paging, sockets
from openbell.api.desk import trading_talk
from openbell.api.terminal import schemas as terminal
from openbell.bootstrap import patience, serving
from openbell.config import Settings
from openbell.domain import values
from openbell.services import access, answers, keys, links, market, mfa, passwords, runs, signing, submissions, tokens
from openbell.streaming import line
from openbell.streaming.session import SessionLimits

HEAD = ["limit", "value", "unit", "enforced by", "past it"]
_S = values.NANOS_PER_SECOND


def limit_rows() -> Iterator[list[str]]:
    """Give every row: requests, then sockets, then credentials, then work."""
    for name, value, unit, where, outcome in (*_requests(), *_sockets(), *_credentials(), *_work()):
        yield [name, f"{value:,}", unit, f"`{where}`", outcome]


_Row = tuple[str, int, str, str, str]


def _requests() -> Iterator[_Row]:
    body, upload = _default("body_bytes_max"), _default("upload_bytes_max")
    yield "request body", body, "bytes", "api/middleware, setting body_bytes_max", "413 `PAYLOAD_TOO_LARGE`"
    yield "uploaded file", upload, "bytes", "api/middleware, setting upload_bytes_max", "413 `PAYLOAD_TOO_LARGE`"
    yield "nesting of a body", limits.DEPTH_MAX, "levels", "api/limits", "400 `VALIDATION_ERROR`"
    yield "number in a body", values.INPUT_LENGTH_MAX, "characters", "api/limits", "400 `VALIDATION_ERROR`"
    yield "head of a request", patience.HEAD_WITHIN_S, "seconds", "bootstrap/patience", "the connection is closed"
    yield "head of a request", patience.HEAD_BYTES_MAX, "bytes", "bootstrap/patience", "431, and it is closed"
    yield "query parameters", middleware.PARAMETERS_MAX, "", "api/middleware", "400 `VALIDATION_ERROR`"
    yield "rows of a page", paging.PER_PAGE_MAX, "rows", "api/paging", "400 `VALIDATION_ERROR`"
    yield "rows of a terminal list", terminal.LIST_MAX, "rows", "api/terminal", "400 `VALIDATION_ERROR`"
    yield "candles of an answer", market.CANDLES_MAX, "candles", "services/market", "400 `VALIDATION_ERROR`"
    yield "ticks of an answer", market.TRADES_MAX, "ticks", "services/market", "400 `VALIDATION_ERROR`"
    yield "levels of a book", market.DEPTH_MAX, "a side", "services/market", "400 `VALIDATION_ERROR`"
    yield "idempotency key kept", answers.KEPT_NS // _S, "seconds", "services/answers", "the request is a new one"


def _sockets() -> Iterator[_Row]:
    talk, defaults = SessionLimits(), "streaming/session"
    yield "frame taken in", serving.FRAME_BYTES_MAX, "bytes", "bootstrap/serving", "closed with 1009"
    yield "message", talk.message_bytes_max, "bytes", defaults, "closed with 1009, and why"
    yield (
        "messages",
        talk.messages_per_second,
        "a second",
        defaults,
        "`RATE_LIMITED`; again and again: closed with 4429",
    )
    yield "messages at once", talk.messages_burst, "messages", defaults, "as above"
    yield "subscriptions", _default("socket_subscriptions_max"), "a socket", defaults, "`INVALID_SUBSCRIPTION`"
    yield "connections", _default("socket_connections_max"), "a user and path", "streaming/turnstile", "429"
    yield "silence", _default("socket_idle_seconds"), "seconds", defaults, "closed with 1000"
    yield (
        "time to authenticate", trading_talk.AUTHENTICATE_WITHIN_NS // _S, "seconds", "api/desk/trading_talk",
        "closed with 4401",
    )  # fmt: skip
    yield "changes under way", trading_talk.UNDER_WAY_MAX, "a socket", "api/desk/trading_talk", "the socket waits"
    yield "reading of last words", int(line.CLOSE_TIMEOUT_S), "seconds", "streaming/line", "the connection is cut"


def _credentials() -> Iterator[_Row]:
    yield "credential", sockets.CREDENTIAL_LENGTH_MAX, "characters", "api/middleware", "401 `UNAUTHORIZED`"
    yield "password", passwords.LENGTH_MAX, "characters", "services/passwords", "400, or 401 to sign in"
    yield "passwords compared at once", passwords.WAITING_MAX, "waiting", "services/passwords", "503 `BUSY`"
    yield "access token", _default("access_token_seconds"), "seconds", "services/tokens", "401: refresh it"
    yield "access token", tokens.TOKEN_LENGTH_MAX, "characters", "services/tokens", "401"
    yield "refresh token", _default("refresh_token_days"), "days without use", "services/access", "401: sign in"
    yield "ticket for a socket", access.TICKET_TTL_S, "seconds, once", "services/access", "401"
    yield "sign-in half done", tokens.CHALLENGE_TTL_S, "seconds", "services/tokens", "401: sign in again"
    yield "codes tried", mfa.ATTEMPTS.requests, f"a user in {mfa.ATTEMPTS.period_s} s", "services/mfa", "429"
    yield "age of a signature", signing.RECV_WINDOW_MS_MAX, "milliseconds", "services/signing", "401"
    yield "keys", keys.KEYS_MAX, "a user", "services/keys", "400"
    yield "networks", keys.NETWORKS_MAX, "a key", "services/keys", "400 `VALIDATION_ERROR`"
    yield "signed link", links.LINK_TTL_S, "seconds", "services/links", "404"


def _work() -> Iterator[_Row]:
    yield "runs", _default("runs_per_user_max"), "a user", "services/runs", "429"
    yield "runs", runs.LIVE_RUNS_MAX, "in all", "services/runs", "429"
    yield "time of a run", _default("run_seconds_max"), "seconds", "adapters/compute", "the run fails"
    yield "submitted source", submissions.SOURCE_BYTES_MAX, "bytes", "services/submissions", "400 `VALIDATION_ERROR`"
    yield "memory of a strategy", runner.MEMORY_BYTES, "bytes", "adapters/sandbox", "the strategy ends in error"
    yield "catalog", _default("catalog_bytes_max"), "bytes", "adapters/catalog", "413"
    yield "answer of a webhook", webhook.ANSWER_BYTES_MAX, "bytes", "adapters/notify", "not delivered"


def _default(name: str) -> int:
    return int(Settings.model_fields[name].default)
