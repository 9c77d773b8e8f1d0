"""Remote control: /api/v1/control changes parameters between two ticks, and stops everything."""

from typing import Annotated, Any

from fastapi import Body, Depends, Header, Query, Request
from starlette.responses import Response

from openbell.api.deps import Controller, Deps
from openbell.api.errors import ApiError, Detail, invalid, not_found, refused
from openbell.api.idempotency import IdempotentRoute
from openbell.api.limits import Router
from openbell.api.settings import ApiSettings
from openbell.api.telemetry.schemas import (
    ParametersAnswer,
    StopAnswer,
    StopAsk,
    parameters_body,
    settings_of,
    stop_body,
)
from openbell.api.transport import is_confidential
from openbell.domain.access import Principal
from openbell.domain.risk import Refusal, RefusalCode
from openbell.services.strategies import InvalidConfig
from openbell.services.tuning import Result, Stale, Tuned

router = Router(prefix="/api/v1/control", tag="telemetry")
router.route_class = IdempotentRoute

JSON = "application/json"
PARAMETERS_MAX = 100


async def _confidential(request: Request, principal: Controller) -> Principal:
    """Give the caller, unless the key came over plain HTTP from another machine: whoever listens has it now."""
    settings: ApiSettings = request.app.state.settings
    if not is_confidential(request, trust_proxy_tls=settings.trust_proxy_tls):
        text = "Control needs TLS, or a TLS proxy with TRUST_PROXY_TLS=true. Replace the key you sent: it was readable."
        raise ApiError(426, "TLS_REQUIRED", text, headers={"upgrade": "TLS/1.2, HTTP/1.1"})
    return principal


Confidential = Annotated[Principal, Depends(_confidential)]
"""A caller with the control scope whose key nobody on the way could read."""
Named = Annotated[str | None, Query(max_length=64, description="Strategy; by default the account's market maker.")]
IfMatch = Annotated[
    str | None, Header(pattern=r'^(\*|(W/)?"?\d{1,9}"?)$', description="Revision the change is meant for.")
]
Changes = Annotated[
    dict[str, Any],
    Body(
        description="Parameters to change, numbers or decimal text.", examples=[{"spread_bps": 12, "quote_size": 0.5}]
    ),
]


@router.get("/parameters", response_model=ParametersAnswer)
async def get_parameters(services: Deps, principal: Confidential, strategy_id: Named = None) -> Response:
    """Show the runtime parameters of a strategy and of telemetry, with their bounds and revision."""
    return _shown(services.tuning.present(principal, strategy_id), strategy_id, set())


@router.patch("/parameters", response_model=ParametersAnswer)
async def change_parameters(
    body: Changes, services: Deps, principal: Confidential, strategy_id: Named = None, if_match: IfMatch = None
) -> Response:
    """Change runtime parameters from the next tick on: all that are named, or none (422 tells which are wrong)."""
    if len(body) > PARAMETERS_MAX:
        raise invalid("", f"At most {PARAMETERS_MAX} parameters at once.")
    revision = _revision(if_match)
    result = await services.tuning.change(principal, strategy_id, settings_of(body), expected_revision=revision)
    return _shown(result, strategy_id, set(body))


@router.post("/emergency-stop", response_model=StopAnswer)
async def emergency_stop(services: Deps, principal: Confidential, body: StopAsk | None = None) -> Response:
    """Latch the kill switch, cancel every working order, flatten if asked, and say what became of each order."""
    asked = body or StopAsk()
    report = await services.emergency.stop(caller=principal, reason=asked.reason or "emergency stop")
    if isinstance(report, Refusal):
        raise refused(report)
    flattened = await services.emergency.flatten(caller=principal) if asked.flatten else []
    return Response(stop_body(report, flattened, asked=asked), media_type=JSON)


def _revision(if_match: str | None) -> int | None:
    if if_match is None or if_match == "*":
        return None
    return int(if_match.removeprefix("W/").strip('"'))


def _shown(result: Result, strategy_id: str | None, applied: set[str]) -> Response:
    """Give the set, or say why there is none."""
    match result:
        case Tuned():
            return Response(parameters_body(result, applied), headers={"ETag": f'"{result.revision}"'}, media_type=JSON)
        case None:
            raise not_found("strategy", strategy_id or "")
        case InvalidConfig(problems=problems):
            details = [Detail(name, said) for name, said in problems]
            raise ApiError(422, "VALIDATION_ERROR", "Nothing was changed.", details=details)
        case Stale(revision=revision):
            raise _stale(f"The parameters are at revision {revision}: read them again.", revision)
        case Refusal(code=RefusalCode.STALE_REVISION, message=message):
            raise _stale(message, None)
        case refusal:
            raise refused(refusal)


def _stale(message: str, revision: int | None) -> ApiError:
    headers = {} if revision is None else {"etag": f'"{revision}"'}
    return ApiError(412, "STALE_REVISION", message, headers=headers)
