"""Reports of runs: /v1/runs/{run_id}/report.html, .png and .json, and several runs on one page."""

from typing import Annotated, Any, Literal

from fastapi import Path, Query
from pydantic import Field
from starlette.responses import HTMLResponse, Response

from openbell.api.deps import CurrentExchange, Deps, Reader, Services
from openbell.api.errors import ApiError, invalid, not_found
from openbell.api.exchange import Exchange
from openbell.api.limits import Router
from openbell.api.platform.schemas import Answer
from openbell.api.values import timestamp
from openbell.domain.run import Run
from openbell.services.tear_sheets import PAGE_POLICY, RUNS_MAX, PicturesUnavailable, UnknownBenchmark

router = Router(prefix="/v1/runs", tag="runs")

REPORT_HEADERS = {"content-security-policy": PAGE_POLICY}
# Nothing but letters, digits and what ids are joined by gets into an address.
Ids = Annotated[str, Query(max_length=800, description=f"Ids of 2 to {RUNS_MAX} completed runs, comma-separated.")]
IdsInPath = Annotated[str, Path(max_length=800, description="Ids of completed runs, comma-separated.")]
Expires = Annotated[int, Query(ge=0, le=2**40, description="From the signed link.")]
Signature = Annotated[str, Query(max_length=128, pattern="^[0-9a-f]*$", description="From the signed link.")]
BenchmarkFilter = Annotated[
    str | None,
    Query(min_length=1, max_length=128, description="In place of the traded instrument, held; needs a sign-in."),
]


class ReportLinks(Answer):
    """Addresses that open without a login for 24 hours."""

    html: str
    png: str


class ReportMeta(Answer):
    """Where else the report is."""

    links: ReportLinks
    as_of: str


class ReportAnswer(Answer):
    """A tear sheet as data."""

    data: dict[str, Any]
    meta: ReportMeta


class ComparisonMeta(Answer):
    """Where the page is that shows it."""

    report_url: str = Field(description="Opens without a login, for 24 hours.")
    as_of: str


class ComparisonAnswer(Answer):
    """Runs side by side: `metrics[].values` in the order of `runs`."""

    data: dict[str, Any]
    meta: ComparisonMeta


@router.get("/compare")
async def compare_runs(ids: Ids, services: Deps, principal: Reader, exchange: CurrentExchange) -> ComparisonAnswer:
    """Set the figures of several runs of yours side by side."""
    runs = await _runs(services, ids, principal.user_id)
    url = services.links.sign(_comparison_path(",".join(run.run_id for run in runs)), now_ns=exchange.received_ns)
    data = await services.tear_sheets.comparison_data(runs)
    return ComparisonAnswer(data=data, meta=ComparisonMeta(report_url=url, as_of=timestamp(exchange.received_ns)))


@router.get("/compare/{ids}/report.html", response_class=HTMLResponse)
async def get_comparison(
    ids: IdsInPath, services: Deps, exchange: CurrentExchange, expires: Expires = 0, signature: Signature = ""
) -> HTMLResponse:
    """Give several runs on one page: to their owner, or to whoever holds the signed link of `report_url`."""
    owner = _owner(services, exchange, _comparison_path(ids), expires, signature)
    page = await services.tear_sheets.comparison(await _runs(services, ids, owner))
    return HTMLResponse(page, headers=REPORT_HEADERS)


@router.get("/{run_id}/report.html", response_class=HTMLResponse)
async def get_report(
    *,
    run_id: str,
    services: Deps,
    exchange: CurrentExchange,
    expires: Expires = 0,
    signature: Signature = "",
    benchmark: BenchmarkFilter = None,
) -> HTMLResponse:
    """Give the tear sheet: to its owner, or to whoever holds the signed link of `report_url`."""
    owner = _owner(services, exchange, report_path(run_id), expires, signature)
    if benchmark is not None and owner is None:
        raise ApiError(401, "UNAUTHORIZED", "Sign in to choose a benchmark: the link opens the report as it is.")
    run = await services.runs.get(run_id, owner_id=owner)
    page = None if run is None else await services.tear_sheets.page(run, benchmark=benchmark)
    if page is None:
        raise not_found("report of a completed run", run_id)
    if isinstance(page, UnknownBenchmark):
        raise invalid("benchmark", f"nothing is known of {page.wanted[:64]!r}; there are {', '.join(page.known[:20])}")
    return HTMLResponse(page, headers=REPORT_HEADERS)


@router.get("/{run_id}/report.png", response_class=Response, responses={200: {"content": {"image/png": {}}}})
async def get_picture(
    *,
    run_id: str,
    services: Deps,
    exchange: CurrentExchange,
    expires: Expires = 0,
    signature: Signature = "",
    theme: Annotated[Literal["light", "dark"], Query(description="Colours.")] = "light",
) -> Response:
    """Give the tear sheet as one picture, where the server has the extra `png`."""
    owner = _owner(services, exchange, picture_path(run_id), expires, signature)
    run = await services.runs.get(run_id, owner_id=owner)
    try:
        drawn = None if run is None else await services.tear_sheets.picture(run, theme=theme)
    except PicturesUnavailable as problem:
        raise ApiError(503, "PICTURES_UNAVAILABLE", str(problem)) from problem
    if drawn is None:
        raise not_found("report of a completed run", run_id)
    return Response(drawn, media_type="image/png")


@router.get("/{run_id}/report.json")
async def get_report_data(run_id: str, services: Deps, principal: Reader, exchange: CurrentExchange) -> ReportAnswer:
    """Give the tear sheet as data, with links to the page and the picture."""
    run = await services.runs.get(run_id, owner_id=principal.user_id)
    data = None if run is None else await services.tear_sheets.data(run)
    if data is None:
        raise not_found("report of a completed run", run_id)
    html, png = (
        services.links.sign(path, now_ns=exchange.received_ns) for path in (report_path(run_id), picture_path(run_id))
    )
    meta = ReportMeta(links=ReportLinks(html=html, png=png), as_of=timestamp(exchange.received_ns))
    return ReportAnswer(data=data, meta=meta)


def report_path(run_id: str) -> str:
    """Give the path of a run's tear sheet."""
    return f"/v1/runs/{run_id}/report.html"


def picture_path(run_id: str) -> str:
    """Give the path of a run's tear sheet as a picture."""
    return f"/v1/runs/{run_id}/report.png"


def _comparison_path(ids: str) -> str:
    return f"/v1/runs/compare/{ids}/report.html"


def _owner(services: Services, exchange: Exchange, path: str, expires: int, signature: str) -> str | None:
    """Give whose run it must be: None for the holder of a good link. Raises ApiError 401."""
    if services.links.holds(path, expires=expires, signature=signature, now_ns=exchange.received_ns):
        return None
    if exchange.principal is None:
        raise ApiError(401, "UNAUTHORIZED", "Sign in, or take the link from `report_url` of the run.")
    return exchange.principal.user_id


async def _runs(services: Services, ids: str, owner_id: str | None) -> list[Run]:
    wanted = list(dict.fromkeys(one for one in ids.split(",") if one))
    if not 2 <= len(wanted) <= RUNS_MAX:
        raise invalid("ids", f"Name 2 to {RUNS_MAX} runs, comma-separated.")
    runs = []
    for run_id in wanted:
        run = await services.runs.get(run_id, owner_id=owner_id)
        if run is None or run.result is None:
            raise not_found("completed run", run_id)
        runs.append(run)
    return runs
