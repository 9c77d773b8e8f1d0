"""The sections of the performance page: which there are, how long each may take, and what is said about each."""

import msgspec


class About(msgspec.Struct, frozen=True):
    """One section: its heading, the seconds it is expected to take in full, and what its table is to be read with."""

    title: str
    seconds: int
    note: str


# By these all of them together take 20 minutes on a machine that does nothing else.
SECTIONS = {
    "core": About(
        "Orders in the core",
        35,
        "Targets: at most 5 µs for an order's way through gate, ledger and events, and at most 15 µs with matching.",
    ),
    "market": About(
        "Candles, books and the simulated venue",
        30,
        "Targets: at most 1 µs from a tick to seven candles; at least a million operations a second on a book.",
    ),
    "catalog": About(
        "Recorded data",
        30,
        "A million bars of a minute. Targets: loaded within 50 ms, joined into hours within 20 ms, the latest 500"
        " within 1 ms. The peers do the same work, and the run fails unless all give the same bars.",
    ),
    "backtest": About(
        "Backtests",
        200,
        "The 10/30 crossover, market orders at the next open, 0.1 % fee. By events every order passes gate, venue and"
        " ledger, whichever way the bars come: stepped one by one as on paper, replayed from columns, or only those"
        " that the strategy asks to be woken for. Compiled columns play the same targets as machine code (the first run"
        " compiles, and is not counted). The limit computes the same trades with NumPy. The run fails unless fills and"
        " equity of all ways agree to the last step, and unless the packaged GOOG file gives its known answer. Other"
        " libraries run in an environment of their own; they are given the averages and have to make the same trades,"
        " and what is timed is the run alone, without imports and without the loading of the bars. On a walk like"
        " this the averages cross every 26 bars, so that nearly all of the time goes into orders: the rows with few"
        " fills show what bars cost. `benchmarks/long_stream.py --bars 100000000 --slow 3000` streams a hundred million"
        " bars and says how much memory that takes: 187 MiB.",
    ),
    "runs": About(
        "Runs beside the server",
        20,
        "A run is taken on, other requests answered and a sweep cancelled while a run is under way.",
    ),
    "orders": About(
        "Orders acknowledged durably",
        100,
        "Market orders that fill: four events each, two of them durable before the answer. Targets: at least 25,000 a"
        " second with p99 under 5 ms over WebSocket with 50 clients, and against 64 callers in one process; at least"
        " 8,000 a second over HTTP with 32 clients. One caller alone can have no more orders a second than the disk has"
        " commits. Over a socket an order is answered by `order_ack` once it is durable.",
    ),
    "stopping": About(
        "The kill switch",
        20,
        "An account with a thousand working orders is stopped: the time until whatever is decided next is denied, until"
        " the switch is durable with its thousand cancels, and until the last of them has gone to the simulated venue."
        " Targets: 100 ms until no order passes, one second until all is sent.",
    ),
    "edge": About(
        "Requests",
        115,
        "32 kept connections, each asking again when it is answered; authentication, rate limits, request log, metrics"
        " and audit are on. Requests a second follow from the processor time: both programs share the machine with the"
        " client. Peers answer with documents of about the same size: nginx from files, raw ASGI from bytes, FastAPI"
        " from a list of models, Litestar from structs. A preview is an order validated and asked of the gate, and not"
        " placed."
        " Targets: at least 12,000 hot reads and 4,000 answers of candles a second of processor time, each at most 4"
        " times nginx's; what a hot read costs more than raw ASGI of the same size, at most 40 µs.",
    ),
    "streaming": About(
        "Streaming",
        145,
        "Each tick goes to 500 clients; the product's messages are a little longer than the 154 bytes of the others."
        " Targets: sent at once, at most 1.5 times what the C program takes in the same run; joined, at most 1.2 times"
        " what it takes with the same rule; 3,000,000 delivered a second; 2,000 clients with 99 % within 20 ms. Servers"
        " that cannot keep up are asked for more than they can do, on purpose. No figure of a loop of sends says what"
        " happens when one client stops reading: it stops for all.",
    ),
    "crowd": About(
        "Crowds",
        100,
        "One client of 50 stops reading: what the others' messages cost then, and how many reach them, compared with"
        " before, in the same run. Then 2,000 clients lose their connections at once and come back at once, each with"
        " its credentials: the time until each has its first tick again. Targets: under 5 %, and under 3 s.",
    ),
    "load": About(
        "A whole desk at work",
        30,
        "The load test: 10 clients trade and read over HTTP while 50 sockets listen to 100 ticks a second each, all at"
        " once, against one server with everything on.",
    ),
    "scale": About(
        "Scale",
        240,
        "What one unit costs as there are more of them: flat is good. Connections share 10,000 messages a second."
        " Instruments and open orders are measured in the core and its board, history in the store, which is filled"
        " with the events of real orders.",
    ),
    "startup": About(
        "Start and footprint",
        70,
        "Targets: `openbell --help` within 150 ms, healthy within 2 s, at most 150 MB when idle.",
    ),
}
