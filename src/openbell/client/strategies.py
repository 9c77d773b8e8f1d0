"""Strategies: make, configure, start, pause, resume, stop, delete."""

from typing import Any

import msgspec

from openbell.client.call import Call, Repeat, body_of, data_of, place, query_of
from openbell.client.endpoint import AsyncResource, Endpoint, Resource
from openbell.client.models.strategies import NewStrategy, Strategy, StrategyKind

_kinds = data_of(list[StrategyKind])
_strategies = data_of(list[Strategy])
_strategy = data_of(Strategy)


def list_kinds() -> Call[list[StrategyKind]]:
    """List what strategies can be made from."""
    return Call(method="GET", path="/v1/strategy-kinds", read=_kinds)


def list_strategies(
    *, status: str | None = None, mode: str | None = None, scope: str | None = None
) -> Call[list[Strategy]]:
    """List strategies, oldest first; `status` is active, inactive or all."""
    query = query_of({"status": status, "mode": mode, "scope": scope})
    return Call(method="GET", path="/v1/strategies", query=query, read=_strategies)


def create_strategy(strategy: NewStrategy) -> Call[Strategy]:
    """Add a strategy and start it, unless its status is inactive."""
    body = body_of(msgspec.structs.asdict(strategy))
    return Call(method="POST", path="/v1/strategies", body=body, read=_strategy, is_keyed=True)


def get_strategy(strategy_id: str) -> Call[Strategy]:
    """Give one strategy with its configuration and performance."""
    return Call(method="GET", path=place("v1", "strategies", strategy_id), read=_strategy)


def update_strategy(
    strategy_id: str,
    *,
    config: dict[str, Any] | None = None,
    name: str | None = None,
    description: str | None = None,
    status: str | None = None,
    expected_revision: int | None = None,
) -> Call[Strategy]:
    """Change settings, only those given. One wrong key and nothing changes."""
    body = body_of(
        {
            "config": config,
            "name": name,
            "description": description,
            "status": status,
            "expected_revision": expected_revision,
        }
    )
    return Call(method="PATCH", path=place("v1", "strategies", strategy_id), body=body, read=_strategy, is_keyed=True)


def start_strategy(strategy_id: str) -> Call[Strategy]:
    """Start a strategy."""
    return _move(strategy_id, "start")


def pause_strategy(strategy_id: str) -> Call[Strategy]:
    """Pause a strategy: it manages exits only."""
    return _move(strategy_id, "pause")


def resume_strategy(strategy_id: str) -> Call[Strategy]:
    """Let a paused strategy run again."""
    return _move(strategy_id, "resume")


def stop_strategy(strategy_id: str) -> Call[Strategy]:
    """Stop a strategy and cancel its working orders."""
    return _move(strategy_id, "stop")


def delete_strategy(strategy_id: str) -> Call[Strategy]:
    """Stop and remove a strategy; gives how it stood at the end."""
    path = place("v1", "strategies", strategy_id)
    # Asked twice, the second answer would be that there is no such strategy.
    return Call(method="DELETE", path=path, read=_strategy, repeat=Repeat.UNSENT)


def _move(strategy_id: str, where: str) -> Call[Strategy]:
    return Call(method="PUT", path=place("v1", "strategies", strategy_id, where), read=_strategy, is_keyed=True)


class StrategyMethods:
    """Everything about strategies."""

    kinds = Endpoint(list_kinds)
    list = Endpoint(list_strategies)
    create = Endpoint(create_strategy)
    get = Endpoint(get_strategy)
    update = Endpoint(update_strategy)
    start = Endpoint(start_strategy)
    pause = Endpoint(pause_strategy)
    resume = Endpoint(resume_strategy)
    stop = Endpoint(stop_strategy)
    delete = Endpoint(delete_strategy)


class Strategies(StrategyMethods, Resource):
    """Strategies, blocking."""


class AsyncStrategies(StrategyMethods, AsyncResource):
    """Strategies, awaited."""
