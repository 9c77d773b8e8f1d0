"""The report of a burn-in: what was measured, and a verdict on each measure, as JSON and as Markdown."""

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

UPTIME_MIN = 0.999
SILENCE_MAX_S = 5.0
GROWTH_MAX_MB_PER_HOUR = 5.0
GROWTH_MAX_MB = 16.0
"""What is still taken on, however short the time: pages of the database, larger events, prints, candles."""
GROWTH_JUDGED_S = 240.0
"""In a shorter time what the server keeps is not filled up first, and growth says nothing."""
DESCRIPTORS_GROWTH_MAX = 20
RESIDUAL_MAX = 1e-6


MEASURES = ("requests", "memory_mb", "memory_growth_mb_per_hour", "descriptors", "latency_ms", "vol_states")
"""Shown in a table of their own."""


class Sample(msgspec.Struct, frozen=True):
    """One look at the server process: seconds since the start, resident megabytes and open descriptors."""

    at_s: float
    memory_mb: float | None
    descriptors: int | None


class SocketTally(msgspec.Struct, kw_only=True):
    """What one socket went through."""

    name: str
    messages: int = 0
    connects: int = 0
    gaps: int = 0
    longest_silence_s: float = 0.0

    @property
    def reconnects(self) -> int:
        """Connections after the first."""
        return max(0, self.connects - 1)


class Measured(msgspec.Struct, kw_only=True):
    """Everything that was measured so far."""

    started_at: str
    ended_at: str = ""
    planned_s: float
    lasted_s: float = 0.0
    checks: int = 0
    checks_failed: int = 0
    restarts: int = 0
    requests: int = 0
    request_errors: Counter[str] = msgspec.field(default_factory=Counter)
    slowest_request_ms: float = 0.0
    sockets: list[SocketTally] = []
    samples: list[Sample] = []
    latencies_ms: Counter[int] = msgspec.field(default_factory=Counter)
    """Frames by latency in whole milliseconds."""
    vol_states: Counter[str] = msgspec.field(default_factory=Counter)
    last_frame: dict[str, Any] = {}
    alerts: Counter[str] = msgspec.field(default_factory=Counter)
    """Alerts by severity and first words."""


def growth_mb_per_hour(samples: Sequence[Sample]) -> float | None:
    """Give the slope of memory over time, by least squares, without the first tenth; None for too few samples."""
    points = [(one.at_s / 3_600, one.memory_mb) for one in samples[len(samples) // 10 :] if one.memory_mb is not None]
    if len(points) < 3:
        return None
    mean_x, mean_y = sum(x for x, _ in points) / len(points), sum(y for _, y in points) / len(points)
    spread = sum((x - mean_x) ** 2 for x, _ in points)
    return sum((x - mean_x) * (y - mean_y) for x, y in points) / spread if spread else None


def report_of(measured: Measured) -> dict[str, Any]:
    """Give the report as a document."""
    memory = [one.memory_mb for one in measured.samples if one.memory_mb is not None]
    descriptors = [one.descriptors for one in measured.samples if one.descriptors is not None]
    frame = measured.last_frame
    amounts = {name: frame.get(name, 0) for name in ("virtual_pnl", "gross_pnl", "fees", "slippage", "gas")}
    document: dict[str, Any] = {
        "started_at": measured.started_at,
        "ended_at": measured.ended_at,
        "planned_hours": round(measured.planned_s / 3_600, 4),
        "lasted_hours": round(measured.lasted_s / 3_600, 4),
        "uptime": 1 - measured.checks_failed / measured.checks if measured.checks else 0.0,
        "restarts": measured.restarts,
        "requests": {
            "count": measured.requests,
            "errors": dict(measured.request_errors),
            "slowest_ms": round(measured.slowest_request_ms, 1),
        },
        "sockets": [msgspec.to_builtins(one) | {"reconnects": one.reconnects} for one in measured.sockets],
        "reconnects": sum(one.reconnects for one in measured.sockets),
        "gaps": sum(one.gaps for one in measured.sockets),
        "memory_mb": _span(memory),
        "memory_growth_mb_per_hour": growth_mb_per_hour(measured.samples),
        "descriptors": _span(descriptors),
        "latency_ms": {f"p{part}": _percentile(measured.latencies_ms, part) for part in (50, 99, 100)},
        "vol_states": dict(measured.vol_states),
        "pnl": amounts | {"leakage": amounts["fees"] + amounts["slippage"] + amounts["gas"]},
        "alerts": dict(measured.alerts),
    }
    document["verdicts"] = verdicts_of(document)
    document["passed"] = all(one["passed"] for one in document["verdicts"])
    return document


def verdicts_of(report: dict[str, Any]) -> list[dict[str, Any]]:
    """Judge each measure: name, whether it passed, and what was seen."""
    pnl, growth = report["pnl"], report["memory_growth_mb_per_hour"]
    residual = abs(pnl["gross_pnl"] - pnl["leakage"] - pnl["virtual_pnl"])
    is_judged = report["planned_hours"] * 3_600 >= GROWTH_JUDGED_S and growth is not None
    grown_max = GROWTH_MAX_MB + GROWTH_MAX_MB_PER_HOUR * report["lasted_hours"]
    is_flat = not is_judged or growth * report["lasted_hours"] <= grown_max
    descriptors = report["descriptors"]
    more = 0 if descriptors is None else descriptors["last"] - descriptors["first"]
    silence = max((one["longest_silence_s"] for one in report["sockets"]), default=0.0)
    critical = sum(count for name, count in report["alerts"].items() if name.startswith("CRITICAL"))
    rows = [
        ("uptime", report["uptime"] >= UPTIME_MIN, f"{report['uptime']:.4%}"),
        ("no restart", report["restarts"] == 0, str(report["restarts"])),
        ("no reconnect", report["reconnects"] == 0, str(report["reconnects"])),
        ("no gap", report["gaps"] == 0, str(report["gaps"])),
        ("never silent", silence <= SILENCE_MAX_S, f"longest {silence:.1f} s"),
        ("requests answered", not report["requests"]["errors"], str(sum(report["requests"]["errors"].values()))),
        ("memory flat", is_flat, _growth_text(growth, is_judged=is_judged)),
        ("descriptors flat", more <= DESCRIPTORS_GROWTH_MAX, f"{more:+d}"),
        ("P&L adds up", residual <= RESIDUAL_MAX, f"off by {residual:.8f}"),
        ("no critical alert", critical == 0, str(critical)),
    ]
    return [{"name": name, "passed": passed, "seen": seen} for name, passed, seen in rows]


def write(report: dict[str, Any], path: Path) -> tuple[Path, Path]:
    """Write FILE.json and FILE.md, each whole or not at all."""
    base = path.with_suffix("") if path.suffix in (".json", ".md") else path
    texts = {
        base.with_name(base.name + ".json"): json.dumps(report, indent=2) + "\n",
        base.with_name(base.name + ".md"): markdown_of(report),
    }
    for target, text in texts.items():
        unfinished = target.with_name(target.name + ".part")
        unfinished.write_text(text, "utf-8")
        unfinished.replace(target)
    first, second = texts
    return first, second


def markdown_of(report: dict[str, Any]) -> str:
    """Write the report for people."""
    lines = [
        f"# Burn-in: {'passed' if report['passed'] else 'FAILED'}",
        "",
        f"{report['lasted_hours']} of {report['planned_hours']} hours, {report['started_at']} to {report['ended_at']}.",
        "",
        "| check | | seen |",
        "|---|---|---|",
        *(f"| {one['name']} | {'ok' if one['passed'] else 'FAILED'} | {one['seen']} |" for one in report["verdicts"]),
        "",
        "| measure | value |",
        "|---|---|",
    ]
    lines += [f"| {name} | {_cell(report[name])} |" for name in MEASURES]
    lines += [f"| P&L {name} | {value:.8f} |" for name, value in report["pnl"].items()]
    lines += ["", "| socket | messages | reconnects | gaps | longest silence |", "|---|---|---|---|---|"]
    for one in report["sockets"]:
        cells = (one["name"], one["messages"], one["reconnects"], one["gaps"], f"{one['longest_silence_s']:.2f} s")
        lines.append(f"| {' | '.join(str(cell) for cell in cells)} |")
    lines += ["", "| alert | times |", "|---|---|"]
    lines += [f"| {name} | {count} |" for name, count in report["alerts"].items()]
    return "\n".join(lines) + "\n"


def _span(values: Sequence[float]) -> dict[str, float] | None:
    if not values:
        return None
    return {"first": values[0], "last": values[-1], "most": max(values)}


def _percentile(counted: Counter[int], part: int) -> int | None:
    wanted, seen = counted.total() * part / 100, 0
    for value in sorted(counted):
        seen += counted[value]
        if seen >= wanted:
            return value
    return None


def _growth_text(growth: float | None, *, is_judged: bool) -> str:
    if growth is None:
        return "not measured"
    return f"{growth:+.2f} MB an hour" + ("" if is_judged else ", too short to judge")


def _cell(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {_cell(part)}" for name, part in value.items()) or "none"
    return f"{value:.2f}" if isinstance(value, float) else str(value)
