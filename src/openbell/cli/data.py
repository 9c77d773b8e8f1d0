"""`openbell data`: recorded market data, imported, listed, looked at and deleted."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from openbell.cli.console import ExitCode, fail, say, show_json, show_table
from openbell.cli.options import AsJson, DataDir, data_dir_of

if TYPE_CHECKING:
    from openbell.adapters.catalog.parquet import ParquetCatalog
    from openbell.ports import BarColumns, Dataset, ImportReport

SHOWN_BARS = 5

app = typer.Typer(name="data", help="Recorded market data.", no_args_is_help=True, rich_markup_mode=None)

DatasetId = Annotated[str, typer.Argument(help="Dataset id such as GOOG-1d, or its symbol when only one fits.")]


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="CSV or Parquet file.")],
    *,
    symbol: Annotated[str, typer.Option(help="Symbol the data belongs to.")],
    timeframe: Annotated[str | None, typer.Option(help="Length of a bar: 1s 5s 1m 5m 15m 1h 1d.")] = None,
    kind: Annotated[str, typer.Option(help="bars, trades, quotes or book.")] = "bars",
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Check a file and keep it whole, or keep nothing and name the lines that are wrong.

    CSV needs a header with a time (ts, time, date, datetime or timestamp), open, high, low, close and perhaps volume.
    Times are ISO 8601 (UTC without an offset) or epochs in s, ms, µs or ns.
    """
    from openbell.cli.progress import counting  # noqa: PLC0415
    from openbell.domain.market import Timeframe  # noqa: PLC0415

    try:
        length = None if timeframe is None else Timeframe(timeframe)
    except ValueError:
        fail(f"unknown timeframe {timeframe}: one of {', '.join(Timeframe)}", ExitCode.USAGE)
    catalog = _catalog(data_dir)
    try:
        with counting(f"Reading {file.name}") as on_rows:
            report = catalog.import_file(str(file), symbol=symbol, timeframe=length, kind=kind, on_rows=on_rows)
    except ValueError as problem:
        fail(str(problem), ExitCode.USAGE)
    except OSError as problem:
        fail(f"cannot write to the catalog: {problem.strerror}")
    if as_json:
        show_json(_report_document(report))
    else:
        _tell(report)
    if report.dataset is None:
        raise typer.Exit(ExitCode.REFUSED)


@app.command("list")
def list_(*, data_dir: DataDir = None, as_json: AsJson = False) -> None:
    """List the datasets."""
    catalog = _catalog(data_dir)
    datasets = catalog.datasets()
    if as_json:
        show_json([_document(dataset) for dataset in datasets])
        return
    rows = [
        [
            d["dataset_id"],
            d["symbol"],
            d["kind"],
            d["timeframe"] or "",
            f"{d['rows']:,}",
            d["start"],
            d["end"],
            d["source"],
        ]
        for d in map(_document, datasets)
    ]
    columns = ["dataset", "symbol", "kind", "timeframe", "rows", "start", "end", "source"]
    show_table(columns, rows, right=["rows"], empty="There are no datasets.")
    for problem in catalog.problems():
        say(f"openbell: cannot be read: {problem}")


@app.command()
def show(dataset_id: DatasetId, *, data_dir: DataDir = None, as_json: AsJson = False) -> None:
    """Show one dataset: what it is, and its first and last bars."""
    catalog = _catalog(data_dir)
    dataset = _found(catalog, dataset_id)
    document = _document(dataset)
    if dataset.kind == "bars":
        bars = catalog.bars(dataset.dataset_id)
        last = len(bars.ts_ns)
        document["first_bars"] = _bar_rows(bars, range(min(SHOWN_BARS, last)))
        document["last_bars"] = _bar_rows(bars, range(max(0, last - SHOWN_BARS), last))
    if as_json:
        show_json(document)
        return
    facts = [[name, str(value)] for name, value in document.items() if not isinstance(value, list)]
    show_table(["dataset", dataset.dataset_id], facts, empty="")
    columns = ["ts", "open", "high", "low", "close", "volume"]
    for name in ("first_bars", "last_bars"):
        if name in document:
            say("")
            show_table(columns, [[bar[c] for c in columns] for bar in document[name]], right=columns[1:], empty="")


@app.command()
def delete(dataset_id: DatasetId, *, data_dir: DataDir = None) -> None:
    """Delete an imported dataset."""
    catalog = _catalog(data_dir)
    dataset = _found(catalog, dataset_id)
    try:
        catalog.delete(dataset.dataset_id)
    except PermissionError as problem:
        fail(str(problem))
    say(f"Deleted {dataset.dataset_id}.")


def _catalog(data_dir: Path | None) -> "ParquetCatalog":
    from openbell.adapters.catalog.parquet import ParquetCatalog  # noqa: PLC0415

    return ParquetCatalog(str(data_dir_of(data_dir)))


def _found(catalog: "ParquetCatalog", dataset_id: str) -> "Dataset":
    dataset = catalog.dataset(dataset_id)
    if dataset is None:
        fail(f"there is no dataset {dataset_id}: `openbell data list` shows what there is")
    return dataset


def _document(dataset: "Dataset") -> dict[str, Any]:
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


def _bar_rows(bars: "BarColumns", places: range) -> list[dict[str, str]]:
    from openbell.domain.instants import instant_text  # noqa: PLC0415
    from openbell.domain.values import text_of  # noqa: PLC0415

    return [
        {"ts": instant_text(int(bars.ts_ns[i]))}
        | {name: text_of(int(getattr(bars, name)[i])) for name in ("open", "high", "low", "close", "volume")}
        for i in places
    ]


def _report_document(report: "ImportReport") -> dict[str, Any]:
    return {
        "dataset": None if report.dataset is None else _document(report.dataset),
        "rows": report.rows,
        "errors": report.errors,
        "warnings": report.warnings,
        "findings": [
            {"line": f.line, "field": f.field, "problem": f.problem, "value": f.value, "is_error": f.is_error}
            for f in report.findings
        ],
    }


def _tell(report: "ImportReport") -> None:
    for finding in report.findings:
        place = f"line {finding.line}: " if finding.line else ""
        what = " ".join(part for part in (finding.field, finding.problem) if part)
        value = f" ({finding.value})" if finding.value else ""
        say(f"{'error' if finding.is_error else 'warning'}: {place}{what}{value}")
    untold = report.errors + report.warnings - len(report.findings)
    if untold > 0:
        say(f"… and {untold:,} more")
    if report.dataset is None:
        say(f"openbell: nothing was imported: errors {report.errors:,}, rows read {report.rows:,}")
    else:
        typer.echo(f"Imported {report.rows:,} rows as {report.dataset.dataset_id}.")
