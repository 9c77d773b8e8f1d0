"""One order in the words of every contract, and what each says of orders and positions in one set of words."""

from decimal import Decimal

SYMBOLS = {"AAPL": 105, "BTC/USD": 43_000, "ETH/USD": 3_000, "NIFTY": 24_000}
LOTS = {"BTC/USD": Decimal("0.001"), "ETH/USD": Decimal("0.01")}


def generated(random, number):
    """An order as plain facts: amounts are decimals, a fact that is not given is left out."""
    symbol = random.choice(list(SYMBOLS))
    kind = random.choice(["MARKET", "MARKET", "LIMIT", "LIMIT", "STOP", "STOP_LIMIT"])
    near = Decimal(SYMBOLS[symbol]) * random.randint(93, 107) / 100
    facts = {
        "symbol": symbol,
        "side": random.choice(["BUY", "SELL"]),
        "quantity": random.randint(1, 40) * LOTS.get(symbol, Decimal(1)),
        "type": kind,
        "client_order_id": f"o{number}",
    }
    if kind in ("LIMIT", "STOP_LIMIT"):
        facts["limit"] = near.quantize(Decimal("0.05"))
        facts["post_only"] = random.random() < 0.1
    if kind in ("STOP", "STOP_LIMIT"):
        facts["stop"] = (near + 1).quantize(Decimal("0.05"))
    if random.random() < 0.5:
        facts["time_in_force"] = random.choice(["DAY", "GTC", "IOC", "FOK"] if kind in ("MARKET", "LIMIT") else ["GTC"])
    facts["reduce_only"] = random.random() < 0.1
    return facts


def platform(facts):
    """The body of POST /v1/orders; amounts are text."""
    return _named(facts, {"limit": "limit_price", "stop": "stop_price", "type": "order_type"}, amount=str)


def terminal(facts):
    """The body of POST /api/orders; amounts are numbers."""
    names = {"symbol": "instrument", "side": "order_type", "type": "order_kind", "limit": "price", "stop": "stop_price"}
    kind = {"STOP": "STOP_LOSS"}.get(facts["type"], facts["type"])
    body = _named(facts | {"type": kind}, names, amount=float)
    return body | {"strategy_id": "manual", "execution_mode": "PAPER"}


def desk(facts):
    """The body of POST /api/v1/orders, and the order in a message on /ws/trading."""
    lower = {name: facts[name].lower() for name in ("side", "type")}
    return _named(facts | lower, {"limit": "price", "stop": "stop_price"}, amount=float)


def _named(facts, names, *, amount):
    return {
        names.get(name, name): amount(value) if isinstance(value, Decimal) else value for name, value in facts.items()
    }


P_NAMES = {"limit_price": "limit", "order_type": "type", "average_fill_price": "average"}
R_NAMES = {"instrument": "symbol", "price": "limit", "order_kind": "type", "average_price": "average"}
D_NAMES = {"price": "limit", "average_price": "average"}
FACTS = (
    *("order_id", "client_order_id", "strategy_id", "symbol", "side", "type", "quantity", "limit", "stop_price"),
    *("time_in_force", "status_detail", "reason", "in_doubt", "filled_quantity", "remaining_quantity", "average"),
    "revision",
)
HELD = ("position_id", "strategy_id", "symbol", "quantity", "entry", "price", "unrealized_pnl", "realized_pnl")


def order_facts(said, names):
    """What a contract says of an order, in one set of words: amounts as decimals, no value as None."""
    told = {names.get(name, name): value for name, value in said.items() if (name, names) != ("order_type", R_NAMES)}
    if names is R_NAMES:
        told.setdefault("side", said.get("order_type"))
    told["type"] = {"STOP_LOSS": "STOP"}.get(told["type"].upper(), told["type"].upper())
    told["side"] = told["side"].upper()
    return {name: _exact(name, told.get(name)) for name in FACTS}


def position_facts(said, names):
    """What a contract says of a position, in one set of words."""
    told = {names.get(name, name): value for name, value in said.items()}
    return {name: _exact(name, told.get(name)) for name in HELD}


def word_of(status, filled):
    """The word of each contract for a status of the core, by the table the contracts share."""
    ended = {"FILLED": "FILLED", "CANCELED": "CANCELLED", "EXPIRED": "CANCELLED", "DENIED": "REJECTED"}
    ended["REJECTED"] = "REJECTED"
    platform_word = "PENDING" if status == "NEW" else ended.get(status, "SUBMITTED")
    part = "PARTIALLY_FILLED" if filled and platform_word == "SUBMITTED" else platform_word
    desk_word = {"FILLED": "filled", "PENDING": "open", "SUBMITTED": "open"}.get(platform_word, "closed")
    return {"platform": platform_word, "terminal": part, "desk": desk_word}


def _exact(name, value):
    amounts = ("quantity", "limit", "average", "entry", "pnl", "price")
    return Decimal(value) if value is not None and any(word in name for word in amounts) else value
