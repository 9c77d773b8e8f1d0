"""`openbell data`: recorded market data, imported, checked, listed, looked at, exported, adjusted and deleted."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from openbell.cli.console import ExitCode, fail, say, show_json, show_table
from openbell.cli.data_views import (
    action_document,
    adjustment_of,
    bar_rows,
    coverage_document,
    dataset_document,
    dividend_of,
    report_document,
    split_of,
    tell_coverage,
    tell_report,
)
from openbell.cli.options import AsJson, DataDir, data_dir_of

if TYPE_CHECKING:
    from openbell.adapters.catalog.parquet import ParquetCatalog
    from openbell.ports import Dataset, ImportReport, ImportRequest

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
    calendar: Annotated[str, typer.Option(help="Hours that gaps are counted by: 24/7, XNYS or XNSE.")] = "",
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Check a file and keep it whole, or keep nothing and name the lines that are wrong.

    CSV needs a header with a time (ts, time, date, datetime or timestamp), open, high, low, close and perhaps volume.
    Times are ISO 8601 (UTC without an offset) or epochs in s, ms, µs or ns.
    """
    from openbell.cli.instants import timeframe_option  # noqa: PLC0415
    from openbell.ports import ImportRequest  # noqa: PLC0415

    wanted = ImportRequest(symbol=symbol, timeframe=timeframe_option(timeframe), kind=kind, calendar_name=calendar)
    report = _admitted(file, wanted, data_dir)
    if as_json:
        show_json(report_document(report))
    else:
        tell_report(report)
        if report.dataset is None:
            say(f"openbell: nothing was imported: errors {report.errors:,}, rows read {report.rows:,}")
        else:
            typer.echo(f"Imported {report.rows:,} rows as {report.dataset.dataset_id}.")
    if report.dataset is None:
        raise typer.Exit(ExitCode.REFUSED)


@app.command()
def validate(
    what: Annotated[str, typer.Argument(help="A file to check without keeping it, or a dataset id.")],
    *,
    symbol: Annotated[str, typer.Option(help="Symbol of a file's data.")] = "",
    timeframe: Annotated[str | None, typer.Option(help="Length of a file's bars: 1s 5s 1m 5m 15m 1h 1d.")] = None,
    kind: Annotated[str, typer.Option(help="bars, trades, quotes or book.")] = "bars",
    calendar: Annotated[str, typer.Option(help="Hours that gaps are counted by: 24/7, XNYS or XNSE.")] = "",
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Say how good a file or a dataset is: gaps, spikes, suspected splits, rows that are wrong. Nothing is changed."""
    from openbell.cli.instants import timeframe_option  # noqa: PLC0415
    from openbell.ports import ImportReport, ImportRequest  # noqa: PLC0415

    if Path(what).is_file():
        if not symbol:
            fail("a file needs --symbol", ExitCode.USAGE)
        length = timeframe_option(timeframe)
        wanted = ImportRequest(symbol=symbol, timeframe=length, kind=kind, calendar_name=calendar, is_kept=False)
        report = _admitted(Path(what), wanted, data_dir)
    else:
        catalog = _catalog(data_dir)
        dataset = _found(catalog, what)
        survey = catalog.survey(dataset.dataset_id)
        report = ImportReport(
            dataset=dataset,
            rows=dataset.rows,
            errors=0,
            warnings=survey.warnings,
            findings=survey.findings,
            survey=survey,
        )
    if as_json:
        show_json(report_document(report))
    else:
        tell_report(report)
        tell_coverage(report)
    if report.errors:
        raise typer.Exit(ExitCode.REFUSED)


@app.command("list")
def list_(*, data_dir: DataDir = None, as_json: AsJson = False) -> None:
    """List the datasets."""
    catalog = _catalog(data_dir)
    datasets = catalog.datasets()
    if as_json:
        show_json([dataset_document(dataset) for dataset in datasets])
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
        for d in map(dataset_document, datasets)
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
    survey = catalog.survey(dataset.dataset_id)
    document = dataset_document(dataset) | coverage_document(survey.coverage) | {"warnings": survey.warnings}
    if dataset.kind == "bars":
        bars = catalog.bars(dataset.dataset_id)
        last = len(bars.ts_ns)
        document["first_bars"] = bar_rows(bars, range(min(SHOWN_BARS, last)))
        document["last_bars"] = bar_rows(bars, range(max(0, last - SHOWN_BARS), last))
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


@app.command()
def export(
    dataset_id: DatasetId,
    *,
    to: Annotated[Path, typer.Option(help="File to write; it must not exist.", dir_okay=False)],
    file_format: Annotated[str | None, typer.Option("--format", help="csv or parquet [the file's ending].")] = None,
    adjusted: Annotated[str, typer.Option(help="none, splits or all.")] = "none",
    data_dir: DataDir = None,
) -> None:
    """Write a dataset as CSV or Parquet that an import reads back."""
    from openbell.adapters.catalog.export import Exporter  # noqa: PLC0415

    catalog = _catalog(data_dir)
    dataset = _found(catalog, dataset_id)
    view = adjustment_of(adjusted)
    try:
        pieces = Exporter(catalog)(dataset.dataset_id, file_format or to.suffix.removeprefix("."), view)
        with to.open("xb") as file:
            for piece in pieces:
                file.write(piece)
    except ValueError as problem:
        fail(str(problem), ExitCode.USAGE)
    except OSError as problem:
        fail(f"cannot write {to}: {problem.strerror}")
    say(f"Wrote {dataset.rows:,} rows of {dataset.dataset_id}, adjusted for {view.value}, to {to}.")


@app.command()
def actions(
    dataset_id: DatasetId,
    *,
    split: Annotated[list[str] | None, typer.Option(help="Add a split, DATE=NEW:OLD such as 2020-08-31=4:1.")] = None,
    dividend: Annotated[list[str] | None, typer.Option(help="Add a dividend, DATE=AMOUNT a share.")] = None,
    clear: Annotated[bool, typer.Option("--clear", help="Forget those that are there first.")] = False,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Show the splits and dividends that views of a dataset are adjusted for, and add to them."""
    catalog = _catalog(data_dir)
    dataset = _found(catalog, dataset_id)
    try:
        added = [*map(split_of, split or []), *map(dividend_of, dividend or [])]
        if added or clear:
            before = [] if clear else list(catalog.actions(dataset.dataset_id))
            catalog.set_actions(dataset.dataset_id, before + added)
    except ValueError as problem:
        fail(str(problem), ExitCode.USAGE)
    rows = [action_document(action) for action in catalog.actions(dataset.dataset_id)]
    if as_json:
        show_json(rows)
        return
    table = [[row["ex_date"], row["kind"], row["ratio"], row["amount"]] for row in rows]
    show_table(["ex date", "kind", "new for old", "cash a share"], table, empty="There are no corporate actions.")


def _admitted(file: Path, wanted: "ImportRequest", data_dir: Path | None) -> "ImportReport":
    from openbell.cli.progress import counting  # noqa: PLC0415

    catalog = _catalog(data_dir)
    try:
        with counting(f"Reading {file.name}") as on_rows:
            return catalog.admit(str(file), wanted, on_rows=on_rows)
    except ValueError as problem:
        fail(str(problem), ExitCode.USAGE)
    except OSError as problem:
        fail(f"cannot write to the catalog: {problem.strerror}")


def _catalog(data_dir: Path | None) -> "ParquetCatalog":
    from openbell.adapters.catalog.parquet import ParquetCatalog  # noqa: PLC0415

    return ParquetCatalog(str(data_dir_of(data_dir)))


def _found(catalog: "ParquetCatalog", dataset_id: str) -> "Dataset":
    dataset = catalog.dataset(dataset_id)
    if dataset is None:
        fail(f"there is no dataset {dataset_id}: `openbell data list` shows what there is")
    return dataset
