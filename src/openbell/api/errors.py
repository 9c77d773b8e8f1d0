"""The one error shape of all contracts, and the one table from reasons to HTTP status codes.

The table, in words: what is wrong in the request itself is 400, and so is an order that is too large or too dear; a
thing that is not there, or is not the caller's, is 404; a request that is right but does not fit the state of things
now (a filled order, a closed market, a kill switch) is 409; a client order id used again for a different order is 422;
too many orders in a second is 429; trading that is halted as a whole is 503.
"""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

import msgspec
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from openbell.api.exchange import exchange_of
from openbell.api.values import timestamp
from openbell.domain.risk import Refusal, RefusalCode
from openbell.services.limiter import Verdict
from openbell.services.refused import AccessCode, AccessRefused, InvalidCursor, Unavailable

DETAILS_MAX = 50
RETRY_UNAVAILABLE_S = 1

_CODE = RefusalCode
STATUS_OF_REFUSAL: Mapping[RefusalCode, int] = {
    _CODE.UNKNOWN_SYMBOL: 400,
    _CODE.INVALID_QUANTITY: 400,
    _CODE.INVALID_PRICE: 400,
    _CODE.INVALID_ORDER: 400,
    _CODE.INVALID_PARAMETER: 400,
    _CODE.UNKNOWN_ACCOUNT: 404,
    _CODE.UNKNOWN_STRATEGY: 404,
    _CODE.UNKNOWN_ORDER: 404,
    _CODE.DUPLICATE_CLIENT_ORDER_ID: 422,
    _CODE.ORDER_NOT_OPEN: 409,
    _CODE.STALE_REVISION: 409,
    _CODE.MODIFY_PENDING: 409,
    _CODE.STRATEGY_EXISTS: 409,
    _CODE.STRATEGY_STATE: 409,
    _CODE.STRATEGY_HAS_ORDERS: 409,
    _CODE.ACCOUNT_EXISTS: 409,
    # An order that another size or price would have carried past the gate.
    _CODE.INSUFFICIENT_FUNDS: 400,
    _CODE.MAX_ORDER_QUANTITY: 400,
    _CODE.MAX_ORDER_NOTIONAL: 400,
    _CODE.MAX_POSITION_NOTIONAL: 400,
    _CODE.RISK_PER_TRADE: 400,
    _CODE.PRICE_COLLAR: 400,
    _CODE.REDUCE_ONLY: 400,
    # An order that is right in itself, at the wrong time.
    _CODE.MAX_POSITIONS: 409,
    _CODE.MAX_OPEN_ORDERS: 409,
    _CODE.DAILY_LOSS: 409,
    _CODE.DRAWDOWN: 409,
    _CODE.DUPLICATE_ORDER: 409,
    _CODE.MARKET_CLOSED: 409,
    _CODE.STALE_PRICE: 409,
    _CODE.NO_PRICE: 409,
    _CODE.KILL_SWITCH: 409,
    _CODE.STRATEGY_NOT_RUNNING: 409,
    _CODE.MODE_MISMATCH: 409,
    _CODE.OUTSIDE_SCHEDULE: 409,
    _CODE.ORDER_RATE: 429,
    _CODE.TRADING_HALTED: 503,
}

STATUS_OF_ACCESS: Mapping[AccessCode, int] = {
    AccessCode.INVALID_CREDENTIALS: 401,
    AccessCode.INVALID_TOKEN: 401,
    AccessCode.FORBIDDEN: 403,
    AccessCode.NOT_FOUND: 404,
    AccessCode.TAKEN: 409,
    AccessCode.LAST_ADMIN: 409,
    AccessCode.OWN_USER: 409,
    AccessCode.INVALID: 400,
    AccessCode.BUSY: 503,
    AccessCode.TIMESTAMP_OUT_OF_WINDOW: 401,
    AccessCode.NONCE_REUSED: 401,
    AccessCode.MFA_REQUIRED: 401,
    AccessCode.INVALID_MFA_TOKEN: 401,
    AccessCode.MFA_ENABLED: 409,
    AccessCode.MFA_NOT_BEGUN: 409,
    AccessCode.TOO_MANY_CODES: 429,
    AccessCode.SECRET_LOST: 409,
}

_CODE_OF_STATUS = {
    400: "BAD_REQUEST",
    401: "UNAUTHORIZED",
    403: "FORBIDDEN",
    404: "NOT_FOUND",
    405: "METHOD_NOT_ALLOWED",
    413: "PAYLOAD_TOO_LARGE",
    415: "UNSUPPORTED_MEDIA_TYPE",
    429: "RATE_LIMIT_EXCEEDED",
    500: "INTERNAL_ERROR",
    503: "SERVICE_UNAVAILABLE",
}


class Detail(msgspec.Struct, frozen=True):
    """One thing that is wrong: the field by its path in the request ('' for the whole), and what to do about it."""

    field: str
    message: str


class ApiError(HTTPException):
    """An answer that is an error. `code` is stable; `message` is a sentence for people.

    `beside` holds keys that a document wants next to `error`, as the platform's `detail` on a refused sign-in.
    """

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        details: Sequence[Detail] = (),
        retry_after_s: int | None = None,
        headers: Mapping[str, str] | None = None,
        beside: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(status, message, dict(headers or {}))
        self.code = code
        self.details = details
        self.retry_after_s = retry_after_s
        self.beside = beside or {}


def refused(refusal: Refusal) -> ApiError:
    """Say a refusal of the core as an error answer."""
    status = STATUS_OF_REFUSAL[refusal.code]
    details = [Detail(refusal.field, refusal.message)] if refusal.field else []
    retry = RETRY_UNAVAILABLE_S if status in {429, 503} else None
    return ApiError(status, refusal.code, refusal.message, details=details, retry_after_s=retry)


def not_found(noun: str, identity: str) -> ApiError:
    """Say that a thing is not there; also said of things that belong to somebody else."""
    return ApiError(404, "NOT_FOUND", f"No {noun} {identity[:64]!r} is known to you.")


def invalid(field: str, message: str) -> ApiError:
    """Say that one field of the request is wrong."""
    return ApiError(400, "VALIDATION_ERROR", "Invalid request parameters", details=[Detail(field, message)])


def invalid_fields(problem: ValidationError) -> ApiError:
    """Say which fields of a message are wrong, where no framework has read it."""
    found = [{**one, "loc": ("message", *one["loc"])} for one in problem.errors(include_url=False)]
    details = _details_of(RequestValidationError(found))
    return ApiError(400, "VALIDATION_ERROR", "Invalid request parameters", details=details)


def access_refused(error: AccessRefused) -> ApiError:
    """Say a refusal of the access services as an error answer."""
    status = STATUS_OF_ACCESS[error.code]
    code = "VALIDATION_ERROR" if error.code is AccessCode.INVALID else str(error.code)
    return ApiError(
        status,
        code,
        error.message,
        details=[Detail(error.field, error.message)] if error.field else [],
        headers={"www-authenticate": "Bearer"} if status == 401 else None,
        retry_after_s=RETRY_UNAVAILABLE_S if status == 503 else error.retry_after_s,
        beside={"detail": error.message} if error.code is AccessCode.INVALID_CREDENTIALS else None,
    )


def too_many(verdict: Verdict) -> ApiError:
    """Say that a quota is used up."""
    wait_s = verdict.retry_after_s
    return ApiError(
        429,
        "RATE_LIMIT_EXCEEDED",
        f"Too many requests. Try again in {wait_s} second{'' if wait_s == 1 else 's'}.",
        retry_after_s=wait_s,
    )


def unavailable() -> ApiError:
    """Say that something this needs is out of order for now."""
    return ApiError(
        503, "SERVICE_UNAVAILABLE", "The service cannot do this now; try again.", retry_after_s=RETRY_UNAVAILABLE_S
    )


def broken() -> ApiError:
    """Say that we have a bug, and nothing more about it."""
    return ApiError(500, "INTERNAL_ERROR", "Something went wrong on our side; it has been recorded.")


def render(scope: Any, error: ApiError) -> Response:
    """Write an error for one request, as problem+json (RFC 9457) where that is asked for."""
    exchange = exchange_of(scope)
    headers = dict(error.headers or {})
    if error.retry_after_s is not None:
        headers["retry-after"] = str(error.retry_after_s)
    details = [msgspec.to_builtins(detail) for detail in error.details[:DETAILS_MAX]]
    when = timestamp(exchange.received_ns)
    if _wants_problem(scope):
        body = {
            "type": "about:blank",
            "title": HTTPStatus(error.status_code).phrase,
            "status": error.status_code,
            "detail": error.detail,
            "instance": f"urn:request:{exchange.request_id}",
            "code": error.code,
            "errors": details,
            "timestamp": when,
            "request_id": exchange.request_id,
        }
        media_type = "application/problem+json"
    else:
        said: dict[str, Any] = {"code": error.code, "message": error.detail, "details": details, "timestamp": when}
        if error.retry_after_s is not None:
            said["retry_after"] = error.retry_after_s
        body = {"error": said, "request_id": exchange.request_id, **error.beside}
        media_type = "application/json"
    return Response(msgspec.json.encode(body), error.status_code, headers, media_type)


def _wants_problem(scope: Any) -> bool:
    return any(name == b"accept" and b"application/problem+json" in value for name, value in scope["headers"])


def _details_of(error: RequestValidationError) -> list[Detail]:
    """Name each field by its path, without `body`, `query` and the like, and never repeat what was sent."""
    details = []
    for problem in error.errors()[:DETAILS_MAX]:
        place = [str(part)[:64] for part in problem["loc"][:8]]
        path = ".".join(place[1:]) or place[0]
        details.append(Detail(path, _advice(problem)))
    return details


def _advice(problem: Mapping[str, Any]) -> str:
    kind = problem["type"]
    if kind == "missing":
        return "This field is required."
    if kind in {"model_attributes_type", "dict_type"}:
        return "Expected a JSON object; send it with Content-Type: application/json."
    message = str(problem["msg"]).removeprefix("Value error, ")
    return message[:300]


async def _on_api_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, ApiError)  # noqa: S101 - registered for this type
    return render(request.scope, error)


async def _on_http_error(request: Request, error: Exception) -> Response:
    """Give what the framework itself refuses (unknown path, wrong method) our shape."""
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for this type
    code = _CODE_OF_STATUS.get(error.status_code, "ERROR")
    message = {404: "No such path.", 405: "This path does not take that method."}.get(error.status_code, error.detail)
    return render(request.scope, ApiError(error.status_code, code, message, headers=error.headers))


async def _on_invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for this type
    said = ApiError(400, "VALIDATION_ERROR", "Invalid request parameters", details=_details_of(error))
    return render(request.scope, said)


async def _on_access_refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, AccessRefused)  # noqa: S101 - registered for this type
    return render(request.scope, access_refused(error))


async def _on_invalid_cursor(request: Request, _: Exception) -> Response:
    return render(request.scope, invalid("cursor", "No page gave this cursor; start again without one."))


async def _on_unavailable(request: Request, _: Exception) -> Response:
    return render(request.scope, unavailable())


def install(app: FastAPI) -> None:
    """Have an application answer every error in the one shape."""
    app.add_exception_handler(ApiError, _on_api_error)
    app.add_exception_handler(HTTPException, _on_http_error)
    app.add_exception_handler(RequestValidationError, _on_invalid)
    app.add_exception_handler(AccessRefused, _on_access_refused)
    app.add_exception_handler(InvalidCursor, _on_invalid_cursor)
    app.add_exception_handler(Unavailable, _on_unavailable)
