"""What became of a request to a service: the thing that stands, or the error answer that says why there is none."""

from openbell.api.errors import ApiError, Detail, invalid, not_found, refused
from openbell.domain.order import Order
from openbell.domain.risk import Refusal
from openbell.domain.run import Run
from openbell.domain.strategy import Strategy
from openbell.services.backtests import QueueFull, Started, UnknownDataset
from openbell.services.orders import Changed, OrderConflict, OrderInFlight, Placed
from openbell.services.strategies import InvalidConfig, Result

RETRY_RUN_S = 10
"""Time after which it is worth asking whether a run has ended."""


def placed_order(placed: Placed | OrderConflict | OrderInFlight | Refusal) -> Placed:
    """Give the placed order that passed the risk checks. Raises ApiError."""
    match placed:
        case OrderInFlight():
            raise ApiError(
                409, "REQUEST_IN_PROGRESS", "The first request with this client_order_id is under way.", retry_after_s=1
            )
        case OrderConflict(fields=fields):
            details = [Detail(name, "The order with this client_order_id has another value.") for name in fields]
            text = "This client_order_id belongs to another order."
            raise ApiError(422, "CLIENT_ORDER_ID_REUSED", text, details=details)
        case Placed(refusal=None):
            return placed
        case Placed(order=order, refusal=Refusal() as refusal):
            denied = refused(refusal)
            denied.details = [*denied.details, Detail("order_id", order.order_id)]
            raise denied
        case Refusal() as refusal:
            raise refused(refusal)
        case _:
            raise AssertionError(placed)


def changed_order(changed: Changed | Refusal | None, order_id: str) -> Order:
    """Give the order after a change or cancel. Raises ApiError."""
    match changed:
        case Changed(order=order):
            return order
        case None:
            raise not_found("order", order_id)
        case refusal:
            raise refused(refusal)


def present_strategy(result: Result, strategy_id: str) -> Strategy:
    """Give the strategy. Raises ApiError."""
    match result:
        case Strategy():
            return result
        case None:
            raise not_found("strategy", strategy_id)
        case InvalidConfig() as wrong:
            raise invalid_config(wrong, "Invalid strategy configuration")
        case refusal:
            raise refused(refusal)


def started_run(run: Started, strategy_id: str) -> Run:
    """Give the run that has been taken on. Raises ApiError."""
    match run:
        case Run():
            return run
        case None:
            raise not_found("strategy", strategy_id)
        case InvalidConfig() as wrong:
            raise invalid_config(wrong, "Invalid request parameters")
        case UnknownDataset(wanted=wanted, known=known):
            raise invalid("dataset_id", f"no recorded data for {wanted[:64]!r}; there are {', '.join(known[:20])}")
        case QueueFull() as full:
            raise queue_full(full)


def queue_full(full: QueueFull) -> ApiError:
    """Say that somebody has to wait for runs of their own."""
    text = f"You have {full.limit} runs queued or under way, the most there may be; wait for one or cancel one."
    return ApiError(429, "RUN_QUEUE_FULL", text, retry_after_s=RETRY_RUN_S)


def invalid_config(wrong: InvalidConfig, message: str) -> ApiError:
    """Say which keys of a configuration are wrong."""
    details = [Detail(name, said) for name, said in wrong.problems]
    return ApiError(400, "VALIDATION_ERROR", message, details=details)
