"""The web application: every contract's routes behind one edge."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

from fastapi import APIRouter, FastAPI

from openbell import __version__
from openbell.api import docs, errors, stream, terminal
from openbell.api.access_log import Records
from openbell.api.at_once import AtOnce
from openbell.api.audited import Audited
from openbell.api.conditional import Conditional, Tagged
from openbell.api.deps import Services
from openbell.api.desk import auth as desk_auth
from openbell.api.desk import health as desk_health
from openbell.api.desk import instruments as desk_instruments
from openbell.api.desk import market_data, trading
from openbell.api.desk import orders as desk_orders
from openbell.api.desk import portfolio as desk_portfolio
from openbell.api.desk.hot import HOT_ROUTES as DESK_HOT
from openbell.api.doors import Doors
from openbell.api.hot import Hot
from openbell.api.kept_answers import KeptAnswers
from openbell.api.metrics import EdgeMetrics
from openbell.api.middleware import Edge
from openbell.api.pages import Pages
from openbell.api.platform import (
    alerts,
    audit,
    auth,
    catalog,
    controls,
    dead_man,
    health,
    instruments,
    keys,
    metrics,
    models,
    orders,
    performance,
    portfolio,
    positions,
    run_reports,
    runs,
    sessions,
    strategies,
    transitions,
    uploads,
    users,
)
from openbell.api.platform import stream as private_stream
from openbell.api.platform.hot import HOT_ROUTES as PLATFORM_HOT
from openbell.api.settings import ApiSettings
from openbell.api.shelf import Shelf
from openbell.api.telemetry import control as telemetry_control
from openbell.api.telemetry import stream as telemetry_stream
from openbell.api.terminal.hot import HOT_ROUTES as TERMINAL_HOT

Lifespan = Callable[[Any], AbstractAsyncContextManager[None]]

ROUTERS: tuple[APIRouter, ...] = (
    health.router,
    auth.router,
    users.router,
    keys.router,
    sessions.router,
    orders.router,
    positions.router,
    portfolio.router,
    metrics.router,
    performance.router,
    strategies.router,
    run_reports.router,
    runs.router,
    models.router,
    alerts.router,
    controls.router,
    dead_man.router,
    transitions.router,
    transitions.transition_router,
    audit.router,
    catalog.router,
    uploads.router,
    instruments.router,
    stream.router,
    private_stream.router,
    telemetry_control.router,
    telemetry_stream.router,
    desk_health.router,
    desk_auth.router,
    desk_orders.router,
    desk_portfolio.router,
    desk_instruments.router,
    market_data.router,
    trading.router,
    *terminal.ROUTERS,
)
"""All routes, in the order in which they are tried."""


HOT_ROUTES = {(route.method, route.path): route for route in (*PLATFORM_HOT, *DESK_HOT, *TERMINAL_HOT)}
"""What is asked most, found without the router."""


def create_app(services: Services, settings: ApiSettings, *, lifespan: Lifespan | None = None) -> FastAPI:
    """Put routes, edge and documentation together. Starting and stopping the system is the lifespan's, from outside."""
    app = _with_routes(settings.version, lifespan)
    app.state.services = services
    app.state.settings = settings
    if settings.pages is not None:
        app.router.default = Pages(app.router.default, built=settings.pages)
    app.router.middleware_stack = Doors(app.router.middleware_stack, ROUTERS)
    app.add_middleware(Hot, services=services, routes=HOT_ROUTES)
    app.add_middleware(Audited, audit=services.audit)
    shelf, records = (
        Shelf(services.changes),
        Records(EdgeMetrics(settings.registry, now_ns=settings.now_ns), write=settings.write_access),
    )
    app.add_middleware(Tagged)
    app.add_middleware(KeptAnswers, shelf=shelf)
    app.add_middleware(Conditional)
    app.add_middleware(Edge, services=services, settings=settings, records=records)
    app.state.at_once = AtOnce(services, settings=settings, shelf=shelf, records=records, routes=HOT_ROUTES)
    return app


def describe_only() -> FastAPI:
    """Give an application that has all routes and can describe them, and no system behind it."""
    return _with_routes(__version__, None)


def _with_routes(version: str, lifespan: Lifespan | None) -> FastAPI:
    app = FastAPI(
        title="Openbell",
        version=version,
        description="A self-hosted quantitative trading backend.",
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        separate_input_output_schemas=False,
        redirect_slashes=False,
        lifespan=lifespan,
        telemetry={"tracing": False, "metrics": False, "logs": False, "operation_spans": False},
    )
    errors.install(app)
    docs.install(app)
    for router in ROUTERS:
        app.include_router(router)
    return app
