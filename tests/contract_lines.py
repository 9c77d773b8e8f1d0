"""The lines of the published contracts by number: a short name for each, and what its tests do not show yet.

A line with tests and nothing missing is held. Who adds the missing test takes the remark away; the page that is made
from this file and from the marks on the tests is docs/api/conformance.md.
"""

from typing import NamedTuple


class Line(NamedTuple):
    """One promise."""

    name: str
    missing: str = ""


LINES: dict[str, Line] = {
    # Telemetry and control.
    "T1": Line("public sign of life"),
    "T2": Line("telemetry stream: its frames, its manners, its limits"),
    "T3": Line("volatility state with hysteresis"),
    "T4": Line("changing a running strategy's parameters by key"),
    "T5": Line("emergency stop that knows what became of each order"),
    "T6": Line("who may use the control routes"),
    "T7": Line("one warning for each episode of slow data"),
    "T8": Line("the key stays behind the front end's own server"),
    "T9": Line("burn-in on the simulated market"),
    "T10": Line("port as a setting, safe secrets in production"),
    # Platform.
    "P1": Line("sign-in with a password"),
    "P2": Line("refresh tokens that rotate"),
    "P3": Line("credentials on every other route"),
    "P4": Line("summary of metrics", "each period and mode by itself; the cache's end after five seconds"),
    "P5": Line("strategies: list, detail, change", "filters of the list by status and mode"),
    "P6": Line("positions, with the worked example"),
    "P7": Line("orders, newest first, filtered", "filters other than status"),
    "P8": Line("backtest runs and their reports", "progress heard on the socket; how good the estimate is"),
    "P9": Line("alerts; drawdown trips the switch", "filters; the CRITICAL alert seen over HTTP"),
    "P10": Line("kill switch"),
    "P11": Line("change of mode with an approval"),
    "P12": Line("health of the whole and of each part", "Redis where it is configured"),
    "P13": Line("one shape for errors, request ids, listed statuses"),
    "P14": Line("rate limits of the document and their headers"),
    "P15": Line("decimal text, snake case, UTC"),
    "P16": Line("strategy with a trained model"),
    "P17": Line("OpenAPI, Swagger UI and ReDoc without internet"),
    "P18": Line(
        "answers to the document's open questions", "indexes, audit log of admin actions, metrics instead of polling"
    ),
    # Terminal.
    "R1": Line("sign-in, profile, second factor"),
    "R2": Line("strategies, configuration, schedules"),
    "R3": Line("instruments and market data"),
    "R4": Line("orders, positions, trades"),
    "R5": Line("risk figures, limits, emergency stop"),
    "R6": Line("the terminal's socket", "books as deep as asked; what belongs to others"),
    "R7": Line(
        "limits of requests, connections, subscriptions",
        "the terminal's own routes; idle time and heartbeat",
    ),
    "R8": Line("error shape; numbers as JSON numbers"),
    # Execution and monitoring.
    "E1": Line("life of a strategy", "strategies from submitted source"),
    "E2": Line("portfolio, positions, history", "date range, resolutions and pages of the history"),
    "E3": Line("orders: validated, placed once, changed, cancelled", "market hours over HTTP"),
    "E4": Line("performance and its metrics"),
    "E5": Line("catalog of datasets"),
    "E6": Line("monitoring socket and its channels", "the three channels over a real connection; fifty clients"),
    "E7": Line("users, keys, roles"),
    "E8": Line("rate limits by user and endpoint, kept over a restart", "changed without code"),
    "E9": Line("CORS, request log, structured errors, OpenAPI"),
    "E10": Line("load figures and deployment guide"),
    "E11": Line("example clients"),
    "E12": Line("the pages that the stories name"),
    # Integration guide.
    "D1": Line("signed sign-in, demo credentials"),
    "D2": Line("orders, portfolio, positions, balances"),
    "D3": Line("market data socket"),
    "D4": Line("trading socket"),
    "D5": Line("TypeScript client"),
    "D6": Line("React hooks and development UI"),
    "D7": Line("batches, selection, caching, pages, compression"),
    "D8": Line("three replicas"),
    "D9": Line("settings under the guide's names"),
    "D10": Line("the guide's wscat line"),
    # Resolutions.
    "C1": Line("one socket for two documents"),
    "C2": Line("public and private health", "/api/v1/health"),
    "C3": Line("one envelope under /v1", "every answer looked at"),
    "C4": Line("words of another contract are refused by name"),
    "C5": Line("one symbol master with aliases", "odd spellings that must be refused"),
    "C6": Line("spellings of a cancelled order", "the integration guide's words"),
    "C7": Line("order types and default time in force"),
    "C8": Line("numbers exact in both spellings", "numbers as JSON numbers"),
    "C9": Line("one superset of errors"),
    "C10": Line("three ways to sign in, one user table", "one lock-out over all ways"),
    "C11": Line("refresh tokens where documents are silent"),
    "C12": Line("tokens that end with their session"),
    "C13": Line("steps of the second factor"),
    "C14": Line("keys that sign and keys that are hashed"),
    "C15": Line("timestamps, demo credentials, string to sign"),
    "C16": Line("frames of the trading socket"),
    "C17": Line("acknowledgements, heartbeats, resume"),
    "C18": Line("order book events are whole", "depth and deltas"),
    "C19": Line("shapes of the terminal's lists"),
    "C20": Line("mode of an order against mode of its strategy"),
    "C21": Line("approvals: issued, bound, used once"),
    "C22": Line("names of roles"),
    "C23": Line("states of a strategy in each contract", "the terminal's words"),
    "C24": Line("submitted source is off by default"),
    "C25": Line("one latch for all kill switches", "the terminal's and the telemetry's stops"),
    "C26": Line("one table of limits, a ceiling over all contracts", "the core's ceiling over all contracts at once"),
    "C27": Line("limits of sockets, reconnects", "five new connections a minute; reconnects that do not count"),
    "C28": Line("a silent reader is not idle"),
    "C29": Line("pages and cursors"),
    "C30": Line("percent and fraction"),
    "C31": Line("one month and one minute"),
    "C32": Line("candles: open time, half-open range"),
    "C33": Line("what public telemetry may show"),
    "C34": Line("control by key over a safe line"),
    "C35": Line("explicit origins, no key from a browser"),
    "C36": Line("own data only"),
    "C37": Line("statuses of a run, signed report links"),
    "C38": Line("one process for one data directory"),
    "C39": Line("answers say how old they are", "the end of the cache after five seconds"),
    "C40": Line("the files the guide promises; one port"),
}
