"""A study as one HTML page that needs nothing but itself: heat map, windows, bands, verdicts, importance.

It is drawn from the study's document, as the API gives it, so that a kept study can be drawn again at any time.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup, escape

from openbell.analytics import study_charts as charts

ROWS_SHOWN = 50
_STYLE = """
:root{color-scheme:light dark;--ink:#1b1f24;--paper:#fff;--line:#d0d7de;--soft:#57606a}
@media(prefers-color-scheme:dark){:root{--ink:#e6edf3;--paper:#0d1117;--line:#30363d;--soft:#9198a1}}
body{font:15px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--paper);max-width:70rem;margin:2rem auto;
padding:0 1rem}
h1{font-size:1.5rem;margin-bottom:0}h2{font-size:1.1rem;margin-top:2rem}p{color:var(--soft);margin:.2rem 0 1rem}
table{border-collapse:collapse;font-variant-numeric:tabular-nums}th,td{padding:.25rem .75rem;text-align:right;
border-bottom:1px solid var(--line)}th:first-child,td:first-child{text-align:left}
.scroll{overflow-x:auto}svg{max-width:100%;height:auto}svg text{font:12px system-ui,sans-serif;fill:var(--ink)}
.good{color:#1a7f37}.bad{color:#cf222e}
"""


def study_page(study: Mapping[str, Any], *, title: str, subtitle: str) -> str:
    """Return the page of a study of any type."""
    body = _BODIES[study["type"]](study)
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head><body>"
        f"<h1>{escape(title)}</h1><p>{escape(subtitle)}</p>{body}</body></html>\n"
    )


def _sweep(study: Mapping[str, Any]) -> str:
    luck, objective = study["luck"], study["objective"]
    facts = [
        ("Sets tried", study["tried"]),
        ("Sets the strategy does not take", study["skipped"]),
        (f"Best {objective}", study["best"][objective]),
        ("Daily Sharpe ratio of the best", luck["best_daily_sharpe"]),
        ("… to be expected of luck", luck["daily_sharpe_expected_of_luck"]),
        ("Probability of skill (deflated Sharpe ratio)", luck["deflated_sharpe_probability"]),
        ("Probability of overfitting (CSCV)", luck["overfitting_probability"]),
    ]
    grid = study["heat_map"]
    drawn = "" if grid is None else f"<h2>{escape(objective)} by {escape(grid['x'])} and {escape(grid['y'])}</h2>"
    drawn += "" if grid is None else f'<div class="scroll">{charts.heat_map(grid)}</div>'
    return f"{_facts(facts)}{drawn}<h2>Best sets</h2>{_table(_rows(study['rows'][:ROWS_SHOWN]))}"


def _walk_forward(study: Mapping[str, Any]) -> str:
    objective = study["objective"]
    rows = [
        {
            "judged from": window["out_of_sample_from"][:10],
            "to": window["out_of_sample_to"][:10],
            **window["parameters"],
            f"{objective}, in sample": window["in_sample"][objective],
            "out of sample": window["out_of_sample"][objective],
            "return % out of sample": window["out_of_sample"]["total_return"],
            "trades": window["out_of_sample"]["total_trades"],
        }
        for window in study["windows"]
    ]
    facts = [("Windows", len(rows)), ("Efficiency (growth out of sample ÷ in sample)", study["efficiency"])]
    return f"{_facts(facts)}<h2>Windows</h2>{_table(rows)}"


def _monte_carlo(study: Mapping[str, Any]) -> str:
    parts = []
    for name, meaning in (("bootstrap", "Trades drawn with replacement"), ("shuffle", "Trades in other orders")):
        drawn = study[name]
        rows = [
            {"": label, **drawn[key]}
            for label, key in (("Final equity", "final_equity"), ("Deepest drawdown, %", "max_drawdown_percent"))
        ]
        facts = [
            ("Probability of a loss", drawn["loss_probability"]),
            ("Probability of ruin", drawn["ruin_probability"]),
        ]
        parts.append(f"<h2>{meaning}</h2>{charts.bands(drawn['bands'])}{_table(rows)}{_facts(facts)}")
    facts = [("Closed trades", study["trades"]), ("Samples", study["samples"]), ("Band", study["confidence"])]
    return _facts(facts) + "".join(parts)


def _checks(study: Mapping[str, Any]) -> str:
    parts = []
    for name, meaning in (("look_ahead", "Does it see the future?"), ("recursive", "Does it remember too much?")):
        found = study[name]
        verdict = '<b class="good">passed</b>' if found["passed"] else '<b class="bad">failed</b>'
        parts.append(f"<h2>{meaning} {verdict}</h2>{_table(found['cuts'])}")
    return "".join(parts)


def _training(study: Mapping[str, Any]) -> str:
    score = study["score"]
    facts = [("Model", study["model_id"]), ("Learner", study["learner"]), ("Bars", study["bars"])]
    judged = ("accuracy", "base_rate", "auc", "log_loss")
    facts += [(f"Unseen {name.replace('_', ' ')}", score[name]) for name in judged]
    folds = [
        {
            "used from": charts.day(fold["from_ns"]),
            "trained from": charts.day(fold["trained_from_ns"]),
            "to": charts.day(fold["trained_to_ns"]),
            "rows": fold["rows"],
            **({name: (fold["score"] or {}).get(name) for name in ("accuracy", "base_rate", "auc")}),
        }
        for fold in study["folds"]
    ]
    bars = charts.shares(study["importance"])
    return f"{_facts(facts)}<h2>Importance of the features</h2>{bars}<h2>Folds</h2>{_table(folds)}"


_BODIES = {
    "sweep": _sweep,
    "walk_forward": _walk_forward,
    "monte_carlo": _monte_carlo,
    "checks": _checks,
    "training": _training,
}


def _rows(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [{**row["parameters"], **{k: v for k, v in row.items() if k != "parameters"}} for row in rows]


def _facts(facts: Sequence[tuple[str, Any]]) -> Markup:
    cells = (f"<tr><td>{escape(name)}</td><td>{escape(_text(value))}</td></tr>" for name, value in facts)
    return Markup(f"<table>{''.join(cells)}</table>")  # noqa: S704 - every text in it was escaped


def _table(rows: Sequence[Mapping[str, Any]]) -> Markup:
    if not rows:
        return Markup("<p>Nothing.</p>")
    head = "".join(f"<th>{escape(name.replace('_', ' '))}</th>" for name in rows[0])
    lines = ("".join(f"<td>{escape(_text(value))}</td>" for value in row.values()) for row in rows)
    body = "".join(f"<tr>{line}</tr>" for line in lines)
    return Markup(f'<div class="scroll"><table><tr>{head}</tr>{body}</table></div>')  # noqa: S704 - escaped above


def _text(value: Any) -> str:
    if value is None:
        return "–"
    if isinstance(value, float):
        return f"{value:,.4g}" if abs(value) < 1_000 and math.isfinite(value) else f"{value:,.2f}"
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)
