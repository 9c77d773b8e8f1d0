"""Starting, serving and stopping a system."""

import asyncio
import contextlib
import os
import socket
import ssl
import sys
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from typing import Any

import structlog
import uvicorn
from fastapi import FastAPI

from openbell import __version__
from openbell.adapters.clock import ManualClock, SystemClock
from openbell.adapters.secrets import check_private
from openbell.api.access_log import Writer
from openbell.api.app import create_app
from openbell.api.pages import BUILT
from openbell.api.settings import ApiSettings
from openbell.bootstrap.garbage import Sweep
from openbell.bootstrap.http_protocol import http_protocol
from openbell.bootstrap.log import set_up_log
from openbell.bootstrap.patience import Patience
from openbell.bootstrap.sharing import socket_limits
from openbell.bootstrap.system import System, build
from openbell.config import ConfigError, Settings
from openbell.domain.strategy import RunState
from openbell.ports import Feed
from openbell.runtime.ingest import run_live, run_replay, run_timer
from openbell.services.demo import retire_demo
from openbell.streaming.protocol import stream_protocol

log = structlog.get_logger(__name__)

DEFAULT_ADMIN_EMAIL = "admin@openbell.local"
FRAME_BYTES_MAX = 128 * 1024
"""A frame that is longer is not even taken in. Conversations end themselves, with a reason, at half of that."""
GRACE_SECONDS = 5
"""Time given to requests under way when the server stops."""
GOODBYE_SECONDS = 0.05
"""Time in which the announcement of a stop gets to those who listen, before their connections are closed."""
SWITCH_SECONDS = 0.000_5
"""Longest time in which one thread keeps the interpreter from another: with the 5 ms that are usual, the thread that
writes waits longer for its turn than for the disk, and every order with it."""
STARTUP_FAILURE = 3
HOLD_SECONDS = 0.1
"""How often a held recording looks whether a strategy runs."""


def serve(settings: Settings) -> None:
    """Run the server until it is told to stop. Raises what `build` raises."""
    write_access = set_up_log(settings.log_level)
    _check_tls(settings)
    if not (settings.is_loopback or settings.has_tls or settings.trust_proxy_tls):
        log.warning("control_over_http_is_refused", host=settings.host, fix="TLS in front, TRUST_PROXY_TLS=true")
    # Whatever is written from here on is the owner's alone: journal, catalog, backups, keys.
    os.umask(0o077)
    system = build(settings)
    app = web_app(system, write_access=write_access)
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
        ws=stream_protocol(),
        ws_max_size=FRAME_BYTES_MAX,
        ws_per_message_deflate=False,
        loop="uvloop",
        # Behind a proxy the framework has to find out who is calling.
        http=Patience if settings.trusted_proxies else http_protocol(app.state.at_once),
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=list(settings.trusted_proxies),
        ssl_certfile=settings.tls_certificate_file,
        ssl_keyfile=settings.tls_key_file,
    )
    sys.setswitchinterval(SWITCH_SECONDS)
    sweep = Sweep()
    server = _Server(
        config, say_goodbye=lambda: system.hub.close(now_ns=system.followed.clock.now_ns()), on_started=sweep.watch
    )
    sweep.begin()
    with contextlib.suppress(KeyboardInterrupt):
        server.run(sockets=_listening(settings))
    if not server.started:
        sys.exit(STARTUP_FAILURE)


def _check_tls(settings: Settings) -> None:
    """Look at the certificate before anything is opened. Raises ConfigError, or UnsafeKey for a key others can read."""
    if settings.tls_certificate_file is None or settings.tls_key_file is None:
        return
    try:
        check_private(settings.tls_key_file)
        ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(
            settings.tls_certificate_file, settings.tls_key_file
        )
    except OSError as problem:
        raise ConfigError(f"tls_certificate_file, tls_key_file: cannot be used: {problem}") from problem


def _listening(settings: Settings) -> list[socket.socket] | None:
    """Bind every address that is to be listened on; None leaves the one there usually is to the web server.

    Raises ConfigError for an address that cannot be had.
    """
    if not settings.extra_listeners:
        return None
    bound = []
    for host, port in ((settings.host, settings.port), *settings.extra_listeners):
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        one = socket.socket(family)
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            one.bind((host, port))
        except OSError as problem:
            raise ConfigError(f"extra_listeners: {host}:{port} cannot be listened on: {problem.strerror}") from problem
        bound.append(one)
    return bound


class _Server(uvicorn.Server):
    """A web server that tells those who listen to a stream that it stops, while they can still be told."""

    def __init__(
        self, config: uvicorn.Config, *, say_goodbye: Callable[[], None], on_started: Callable[[], None]
    ) -> None:
        super().__init__(config)
        self._say_goodbye = say_goodbye
        self._on_started = on_started

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, and begin what is done while it serves."""
        await super().startup(sockets)
        self._on_started()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop. Without the goodbye streams of events would hold up the stop until they are cut off."""
        self._say_goodbye()
        await asyncio.sleep(GOODBYE_SECONDS)
        await super().shutdown(sockets)


def web_app(system: System, *, write_access: Writer | None = None) -> FastAPI:
    """Give the web application: starting it starts the system, stopping it stops the system."""
    settings = ApiSettings(
        version=__version__,
        cors_origins=frozenset(system.settings.cors_origins),
        body_bytes_max=system.settings.body_bytes_max,
        upload_bytes_max=system.settings.upload_bytes_max,
        trust_proxy_tls=system.settings.trust_proxy_tls,
        telemetry_require_key=system.settings.telemetry_require_key,
        pages=BUILT if system.settings.web_ui == "on" else None,
        sockets=socket_limits(system.settings),
        write_access=write_access,
    )

    @contextlib.asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        async with running(system):
            yield

    return create_app(system.services, settings, lifespan=lifespan)


@contextlib.asynccontextmanager
async def running(system: System) -> AsyncIterator[None]:
    """Run a system: settle with the venue, make sure of an admin, follow the market; on leaving, stop in order."""
    await system.limits.start()
    await system.keeper.restore_candles()
    system.engine.resume()
    await system.reconciler.settle()
    system.engine.start()
    system.bridge.open(system.engine)
    await system.services.runs.recover()
    await _welcome(system)
    await system.services.telemetry.start()
    tasks = [asyncio.get_running_loop().create_task(work) for work in _background(system)]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        system.hub.close(now_ns=system.followed.clock.now_ns())
        system.services.telemetry_fan.close()
        await system.services.runs.close()
        system.services.datasets.close()
        await system.bridge.close()
        await system.engine.stop()
        await system.broadcast.close()
        await system.keeper.keep_candles()
        system.keeper.keep_snapshot()
        await system.limits.stop()
        if system.cache is not None:
            await system.cache.close()
        await asyncio.to_thread(system.database.close)


def _background(system: System) -> Iterator[Coroutine[Any, Any, object]]:
    yield _watched(system.keeper.run(), "keeper")
    if system.limits.kept is not None:
        yield _watched(system.limits.kept.run(), "limits")
    yield _watched(system.reconciler.run(), "reconciliation")
    yield _watched(system.broadcast.run(), "telemetry")
    yield _watched(system.notices.run(), "notices")
    if system.recorder is not None:
        yield _watched(system.recorder.run(), "recorder")
    followed, engine = system.followed, system.engine
    feed = followed.open_feed(system.board.last_closes()) if followed.open_feed is not None else None
    if isinstance(followed.clock, ManualClock) and feed is not None:
        yield _watched(_replay(system, feed, followed.clock), "replay")
        return
    yield _watched(run_timer(engine, followed.clock), "timer")
    if feed is not None:
        yield _watched(run_live(feed, engine), "feed")


async def _replay(system: System, feed: Feed, clock: ManualClock) -> None:
    # What is waited for is a state that several events lead to: looking now and then is simplest.
    while system.settings.replay_start == "first_strategy" and not _is_trading(system):  # noqa: ASYNC110
        await asyncio.sleep(HOLD_SECONDS)
    await run_replay(feed, system.engine, move_clock=lambda now: clock.set(max(now, clock.now_ns())))
    system.replayed.set()


def _is_trading(system: System) -> bool:
    return any(strategy.state is RunState.RUNNING for strategy in system.views.strategies())


async def _watched(work: Coroutine[Any, Any, object], name: str) -> None:
    """Run background work; when it fails, say so loudly. Health shows what is missing."""
    try:
        await work
    except Exception:
        log.exception("background work failed", work=name)
        raise


async def _welcome(system: System) -> None:
    """Make the first admin where there is none, and say where to look and how to sign in."""
    settings = system.settings
    email = settings.admin_email or DEFAULT_ADMIN_EMAIL
    if not settings.has_demo:
        await retire_demo(system.database.access, clock=SystemClock())
    generated = await system.services.users.ensure_admin(email, settings.admin_password or None)
    url = f"{'https' if settings.has_tls else 'http'}://{settings.host}:{settings.port}"
    lines = [
        f"Openbell {__version__} trades on paper at {url}",
        *([f"  dashboard {url}"] if settings.web_ui == "on" else []),
        f"  API       {url}/docs",
        f"  data      {settings.data_dir}",
        f"  sign in   {email}",
    ]
    if generated is not None:
        lines.append(f"  password  {generated}   (shown this once; change it with: openbell users set-password)")
    print("\n".join(lines), flush=True)  # noqa: T201 - for the person at the terminal, not for the log
