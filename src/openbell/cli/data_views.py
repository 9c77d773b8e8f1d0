"""How recorded data is written for a terminal, and how splits and dividends are read from one."""

from typing import TYPE_CHECKING, Any

from openbell.cli.console import ExitCode, fail, say

if TYPE_CHECKING:
    from openbell.domain.dataset import Adjustment, CorporateAction, Coverage
    from openbell.ports import BarColumns, Dataset, ImportReport

SHOWN_GAPS = 10


def dataset_document(dataset: "Dataset") -> dict[str, Any]:
    """Write what a dataset is."""
    from openbell.domain.instants import instant_text  # noqa: PLC0415

    return {
        "dataset_id": dataset.dataset_id,
        "symbol": dataset.symbol,
        "kind": dataset.kind,
        "timeframe": None if dataset.timeframe is None else dataset.timeframe.value,
        "rows": dataset.rows,
        "start": instant_text(dataset.start_ns),
        "end": instant_text(dataset.end_ns),
        "source": dataset.source,
        "licence": dataset.licence,
        "is_packaged": dataset.is_packaged,
        "digest": dataset.digest,
    }


def bar_rows(bars: "BarColumns", places: range) -> list[dict[str, str]]:
    """Write bars by their places."""
    from openbell.domain.instants import instant_text  # noqa: PLC0415
    from openbell.domain.values import text_of  # noqa: PLC0415

    return [
        {"ts": instant_text(int(bars.ts_ns[i]))}
        | {name: text_of(int(getattr(bars, name)[i])) for name in ("open", "high", "low", "close", "volume")}
        for i in places
    ]


def coverage_document(coverage: "Coverage") -> dict[str, Any]:
    """Write how much of its time a dataset covers."""
    from openbell.domain.instants import instant_text  # noqa: PLC0415

    gaps = [
        {"after": instant_text(gap.after_ns), "before": instant_text(gap.before_ns), "missing": gap.missing}
        for gap in coverage.gaps
    ]
    return {
        "first": instant_text(coverage.first_ns),
        "last": instant_text(coverage.last_ns),
        "calendar": coverage.calendar_name or None,
        "missing": coverage.missing,
        "gap_count": coverage.gap_count,
        "gaps": gaps,
    }


def report_document(report: "ImportReport") -> dict[str, Any]:
    """Write what a validation saw."""
    return {
        "dataset": None if report.dataset is None else dataset_document(report.dataset),
        "rows": report.rows,
        "errors": report.errors,
        "warnings": report.warnings,
        "counts": report.survey.counts if report.survey else {},
        "coverage": coverage_document(report.survey.coverage) if report.survey else None,
        "findings": [
            {"line": f.line, "field": f.field, "problem": f.problem, "value": f.value, "is_error": f.is_error}
            for f in report.findings
        ],
    }


def tell_report(report: "ImportReport") -> None:
    """Say what a validation saw, finding by finding."""
    for finding in report.findings:
        place = f"line {finding.line}: " if finding.line else ""
        what = " ".join(part for part in (finding.field, finding.problem) if part)
        value = f" ({finding.value})" if finding.value else ""
        say(f"{'error' if finding.is_error else 'warning'}: {place}{what}{value}")
    untold = report.errors + report.warnings - len(report.findings)
    if untold > 0:
        say(f"… and {untold:,} more")


def tell_coverage(report: "ImportReport") -> None:
    """Say how much is covered and how good it is."""
    if report.survey is None:
        say(f"openbell: errors {report.errors:,}, rows read {report.rows:,}")
        return
    coverage = coverage_document(report.survey.coverage)
    say(f"{report.rows:,} rows from {coverage['first']} to {coverage['last']}")
    if coverage["calendar"]:
        say(f"{coverage['missing']:,} bars missing in {coverage['gap_count']:,} gaps by {coverage['calendar']}")
    for gap in coverage["gaps"][:SHOWN_GAPS]:
        say(f"  {gap['missing']:,} after {gap['after']}")
    say(f"errors {report.errors:,}, warnings {report.warnings:,}")


def adjustment_of(text: str) -> "Adjustment":
    """Read what prices are to be adjusted for; ends the program for another word."""
    from openbell.domain.dataset import Adjustment  # noqa: PLC0415

    try:
        return Adjustment(text)
    except ValueError:
        fail(f"unknown adjustment {text}: one of {', '.join(Adjustment)}", ExitCode.USAGE)


def split_of(text: str) -> "CorporateAction":
    """Read DATE=NEW:OLD. Raises ValueError."""
    from datetime import date  # noqa: PLC0415

    from openbell.domain.dataset import ActionKind, CorporateAction  # noqa: PLC0415

    day, _, shares = text.partition("=")
    new, _, old = shares.partition(":")
    if not (new.isdecimal() and old.isdecimal()):
        raise ValueError(f"{text} is no split: write DATE=NEW:OLD, such as 2020-08-31=4:1")
    return CorporateAction(
        ex_date=date.fromisoformat(day), kind=ActionKind.SPLIT, new_shares=int(new), old_shares=int(old)
    )


def dividend_of(text: str) -> "CorporateAction":
    """Read DATE=AMOUNT. Raises ValueError."""
    from datetime import date  # noqa: PLC0415

    from openbell.domain.dataset import ActionKind, CorporateAction  # noqa: PLC0415
    from openbell.domain.values import parse  # noqa: PLC0415

    day, _, amount = text.partition("=")
    return CorporateAction(ex_date=date.fromisoformat(day), kind=ActionKind.DIVIDEND, amount=parse(amount))


def action_document(action: "CorporateAction") -> dict[str, Any]:
    """Write a corporate action."""
    from openbell.domain.values import text_of  # noqa: PLC0415

    is_split = action.kind == "split"
    return {
        "ex_date": action.ex_date.isoformat(),
        "kind": action.kind.value,
        "ratio": f"{action.new_shares}:{action.old_shares}" if is_split else "",
        "amount": "" if is_split else text_of(action.amount),
    }
