"""Whether a request with a client order id asks for the order that carries it already."""

from openbell.domain.order import Instruction, Order


def differences(earlier: Order, wanted: Instruction, strategy_id: str) -> tuple[str, ...]:
    """Name the fields in which a request differs from the order that carries its client order id."""
    pairs = {
        "symbol": (earlier.symbol, wanted.symbol),
        "side": (earlier.side, wanted.side),
        "order_type": (earlier.order_type, wanted.order_type),
        "post_only": (earlier.post_only, wanted.post_only),
        "reduce_only": (earlier.reduce_only, wanted.reduce_only),
        "strategy_id": (earlier.strategy_id, strategy_id),
    }
    if wanted.time_in_force is not None:
        pairs["time_in_force"] = (earlier.time_in_force, wanted.time_in_force)
    if earlier.revision == 1:
        # After a change the order no longer shows what was first asked for.
        pairs |= {
            "quantity": (earlier.quantity, wanted.quantity),
            "limit_price": (earlier.limit_price, wanted.limit_price),
            "stop_price": (earlier.stop_price, wanted.stop_price),
        }
    return tuple(name for name, (had, has) in pairs.items() if had != has)
