"""What is logged and counted of a request is what the usual log and the library's own counters would say."""

import asyncio
import io
import json

import structlog
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest

from openbell.api.access_log import Entry, Records
from openbell.api.exchange import Exchange
from openbell.api.metrics import _SECONDS, EdgeMetrics
from openbell.bootstrap.log import AccessLog

NOW_NS = 1_769_380_200_123_456_000
ENTRY = Entry(
    request_id='odd"id', user=None, client="::1", method="GET", route="/v1/x/{id}", status=200, duration_ms=0.078
)


def usual_line(entry, monkeypatch):
    """Give what the usual log writes."""
    out = io.BytesIO()
    stamp = structlog.processors.TimeStamper(fmt="iso", utc=True)
    renderer = structlog.processors.JSONRenderer(serializer=lambda entry, **_: json.dumps(entry, separators=(",", ":")))
    log = structlog.wrap_logger(
        structlog.BytesLogger(out),
        wrapper_class=structlog.make_filtering_bound_logger(20),
        processors=[structlog.processors.add_log_level, stamp, renderer, lambda *given: given[-1].encode()],
    )
    monkeypatch.setattr(structlog, "get_logger", lambda *_: log)
    registry = CollectorRegistry()
    records = Records(EdgeMetrics(registry, now_ns=lambda: NOW_NS))
    exchange = Exchange(request_id=entry.request_id, received_ns=NOW_NS, client_ip=entry.client)
    records.keep(
        exchange, method=entry.method, route=entry.route, status=entry.status, seconds=entry.duration_ms / 1_000
    )
    return json.loads(out.getvalue())


async def test_a_line_says_what_the_usual_log_says(monkeypatch):
    out = io.BytesIO()
    AccessLog(out, now_ns=lambda: NOW_NS).write(ENTRY)
    await asyncio.sleep(0)
    mine, usual = json.loads(out.getvalue()), usual_line(ENTRY, monkeypatch)
    assert list(mine) == list(usual)
    assert mine | {"timestamp": ""} == usual | {"timestamp": ""}
    assert mine["timestamp"] == "2026-01-25T22:30:00.123456Z"


async def test_lines_of_one_turn_of_the_loop_leave_together():
    writes = []

    class Out(io.BytesIO):
        def write(self, data):
            writes.append(data)
            return len(data)

    log = AccessLog(Out(), now_ns=lambda: NOW_NS)
    for _ in range(3):
        log.write(ENTRY)
    assert not writes
    await asyncio.sleep(0)
    log.write(ENTRY)
    await asyncio.sleep(0)
    assert [data.count(b"\n") for data in writes] == [3, 1]


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["GET", "POST"]),
            st.sampled_from(["/v1/orders", '/odd"route\\']),
            st.sampled_from([200, 404]),
            st.sampled_from([*_SECONDS, 0.0, 0.0011, 3.0]) | st.floats(0, 5),
        ),
        max_size=30,
    )
)
def test_counts_are_written_as_the_library_writes_its_own(answers):
    mine, theirs = CollectorRegistry(), CollectorRegistry()
    metrics = EdgeMetrics(mine, now_ns=lambda: NOW_NS)
    requests = Counter("openbell_http_requests_total", "HTTP requests.", ("method", "route", "status"), registry=theirs)
    seconds = Histogram(
        "openbell_http_request_seconds",
        "Time to answer, in seconds.",
        ("method", "route"),
        registry=theirs,
        buckets=_SECONDS,
    )
    for method, route, status, took in answers:
        metrics.count(method=method, route=route, status=status, seconds=took)
        requests.labels(method, route, str(status)).inc()
        seconds.labels(method, route).observe(took)
    assert lines_of(mine) == lines_of(theirs)


def lines_of(registry):
    """Give what Prometheus is given, without the instants at which series began, in any order."""
    lines = generate_latest(registry).decode().splitlines()
    return sorted(line.rpartition(" ")[0] if "_created{" in line else line for line in lines)
