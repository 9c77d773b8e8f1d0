"""The generated tables of the documentation: routes, limits, errors, orders, settings and socket messages."""

import json
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from fastapi import FastAPI

from openbell import api
from openbell.analytics.metrics import METRICS
from openbell.api import asyncapi, openapi
from openbell.api.contracts import CONTRACTS
from openbell.api.errors import STATUS_OF_ACCESS, STATUS_OF_REFUSAL
from openbell.api.socket_page import SocketPage
from openbell.api.socket_pages import sockets
from openbell.cli.docs_limits import HEAD, limit_rows
from openbell.cli.docs_settings import settings_rows
from openbell.domain.access import SCOPES_OF_ROLE
from openbell.domain.order import TERMINAL, TRANSITIONS, OrderType, TimeInForce
from openbell.services.limiter import Limit, Limiter
from openbell.services.quota import DEFAULT_RULES, LOGIN_LIMIT, Quota, Rule

_RAISED = re.compile(r'ApiError\(\s*(\d{3}),\s*"([A-Z_]+)"')
_METHODS = ("get", "post", "put", "patch", "delete")


def tables(web: FastAPI) -> dict[str, str]:
    """Give every table by its name in the pages."""
    made = {
        "limits": _limits(DEFAULT_RULES),
        "caps": table(HEAD, limit_rows()),
        "scopes": _scopes(),
        "errors": _errors(),
        "refusals": _refusals(),
        "order-types": _order_types(),
        "times-in-force": table(["time in force"], [[f"`{one}`"] for one in TimeInForce]),
        "life-cycle": _life_cycle(),
        "metrics": _metrics(),
        "settings": table(["setting", "environment", "default", "values", "meaning"], settings_rows()),
    }
    made |= {f"routes/{name}": _routes(openapi.describe_contract(web, name)) for name in CONTRACTS}
    return made | {f"socket/{page.name}": _socket(page) for page in sockets()}


def _metrics() -> str:
    """List every performance metric by group."""
    head = ["metric", "unit", "formula", "annualisation", "source", "meaning"]
    parts = []
    for group in dict.fromkeys(one.group for one in METRICS):
        rows = [
            [f"`{one.name}`", one.unit, f"`{one.formula}`", one.annualisation, one.source, one.meaning]
            for one in METRICS
            if one.group == group
        ]
        parts.append(f"### {group}\n\n{table(head, rows)}")
    return "\n".join(parts)


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Write a table in Markdown."""
    lines = [list(head), ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |\n" for line in lines)


def _routes(document: dict[str, Any]) -> str:
    """List the routes of a contract by what they are about."""
    quota = Quota(Limiter())
    by_tag: dict[str, list[list[str]]] = {}
    for path, item in document["paths"].items():
        for method in _METHODS:
            operation = item.get(method)
            if operation is not None:
                scope = f"`{operation['x-scope']}`" if "x-scope" in operation else "open"
                limit = _rule_text(quota.rule(method.upper(), path))
                row = [f"`{method.upper()} {path}`", operation["summary"], scope, limit, _success(operation)]
                by_tag.setdefault(operation["tags"][0], []).append(row)
    head = ["route", "what it does", "scope", "limit", "answer"]
    return "\n".join(f"### {tag}\n\n{table(head, rows)}" for tag, rows in by_tag.items()) or "No route yet.\n"


def _success(operation: dict[str, Any]) -> str:
    """Name the answer to a request that is granted: its status and shape."""
    status = next(code for code in operation["responses"] if code[0] == "2")
    content = operation["responses"][status].get("content", {})
    shapes = [media.get("schema", {}).get("$ref", "").rpartition("/")[2] for media in content.values()]
    named = [f"`{shape}`" for shape in shapes if shape]
    return " ".join([status, *named]) if named else status


def _rule_text(rule: Rule | None) -> str:
    if rule is None:
        return "none"
    return "never limited" if rule.limit is None else f"{rule.bucket}, {_limit_text(rule.limit)}"


def _limit_text(limit: Limit) -> str:
    return f"{limit.requests}/min" if limit.period_s == 60 else f"{limit.requests} in {limit.period_s} s"


def _limits(rules: Sequence[Rule]) -> str:
    rows = [
        [
            rule.bucket,
            f"`{rule.path}/…{rule.ending}`" if rule.ending else f"`{rule.path}`",
            ", ".join(sorted(rule.methods)) or "any",
            "never limited" if rule.limit is None else _limit_text(rule.limit),
        ]
        for rule in rules
    ]
    rows.append(["login", "every sign-in, by user and address", "POST", _limit_text(LOGIN_LIMIT)])
    return table(["bucket", "path and below", "method", "limit"], rows)


def _scopes() -> str:
    rows = [[f"`{role}`", _quoted(sorted(scopes))] for role, scopes in SCOPES_OF_ROLE.items()]
    return table(["role", "scopes"], rows)


def _errors() -> str:
    """List the codes that are raised anywhere at the edge, from the source; refusals of orders have their own table."""
    found = {(int(status), code) for status, code in _raised()}
    found |= {(status, str(code)) for code, status in STATUS_OF_ACCESS.items() if status != 400}
    found |= {(400, "VALIDATION_ERROR")}
    return table(["status", "code"], [[str(status), f"`{code}`"] for status, code in sorted(found)])


def _raised() -> set[tuple[str, str]]:
    folder = Path(str(api.__file__)).parent
    return {match for path in folder.rglob("*.py") for match in _RAISED.findall(path.read_text("utf-8"))}


def _refusals() -> str:
    return table(["code", "status"], [[f"`{code}`", str(status)] for code, status in STATUS_OF_REFUSAL.items()])


def _order_types() -> str:
    def needed(is_needed: object) -> str:
        return "required" if is_needed else "not allowed"

    rows = [[f"`{one}`", needed(one.has_limit), needed(one.has_stop)] for one in OrderType]
    return table(["order type", "limit price", "stop price"], rows)


def _life_cycle() -> str:
    rows = [
        [
            f"`{status}`",
            "yes" if status in TERMINAL else "",
            ", ".join(f"`{one}`" for one in sorted(after)) or "nothing",
        ]
        for status, after in TRANSITIONS.items()
    ]
    return table(["from", "over", "to"], rows)


def _quoted(words: Iterable[str]) -> str:
    return ", ".join(f"`{word}`" for word in words)


def _socket(page: SocketPage) -> str:
    """Show every message of a socket with its fields."""
    parts, head = [], ["field", "type", "", "for example"]
    for title, messages in (("You say", page.from_client), ("You hear", page.from_server)):
        parts.append(f"### {title} on `{page.address}`\n")
        for message in messages:
            rows = [
                [f"`{one.name}`", one.kind, "always" if one.is_always else "sometimes", _example(one.example)]
                for one in asyncapi.fields(message)
            ]
            parts.append(f"**`{message.name}`**: {message.summary}\n\n{table(head, rows)}")
    return "\n".join(parts)


def _example(value: Any) -> str:
    return "" if value is None else f"`{json.dumps(value, ensure_ascii=False)}`"
