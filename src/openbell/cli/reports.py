"""`openbell report` and `openbell compare`: finished runs as page, picture or data, and several on one page."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from openbell.cli.console import ExitCode, fail, say
from openbell.cli.options import DataDir, data_dir_of

if TYPE_CHECKING:
    from openbell.analytics.tear_sheet import TearSheetReport

RESULT_BYTES_MAX = 512 * 1024 * 1024
EPILOG = (
    "A result is what `openbell backtest --json` prints. Its prices come from the data directory, as long as the data "
    "there is what the run had."
)
Out = Annotated[
    Path, typer.Option("--out", "-o", help="File to write; .html, .png or .json says what.", dir_okay=False)
]


def report(
    *,
    result: Annotated[Path, typer.Argument(help="A result as JSON.", exists=True, dir_okay=False)],
    out: Out = Path("report.html"),
    benchmark: Annotated[
        str | None, typer.Option(help="Dataset to compare with [the traded instrument, held].")
    ] = None,
    dark: Annotated[bool, typer.Option("--dark", help="Dark colours, of a picture.")] = False,
    data_dir: DataDir = None,
) -> None:
    """Write the tear sheet of a finished run."""
    from openbell.analytics.tear_sheet import render  # noqa: PLC0415
    from openbell.analytics.tear_sheet.document import document  # noqa: PLC0415

    made = _report(_read(result), benchmark, data_dir_of(data_dir))
    match out.suffix:
        case ".html":
            _write(out, render(made).encode())
        case ".json":
            _write(out, json.dumps(document(made), ensure_ascii=False, indent=1).encode())
        case ".png":
            _write(out, _picture(made, "dark" if dark else "light"))
        case other:
            fail(f"--out {out}: {other or 'no ending'} is none of .html, .png and .json", ExitCode.USAGE)
    say(f"Tear sheet: {out}")


def compare(
    *,
    results: Annotated[list[Path], typer.Argument(help="Results as JSON, 2 to 8.", exists=True, dir_okay=False)],
    out: Out = Path("comparison.html"),
    data_dir: DataDir = None,
) -> None:
    """Write one page that sets several finished runs side by side."""
    from openbell.analytics.tear_sheet.comparison import RUNS_MAX, render_comparison  # noqa: PLC0415
    from openbell.analytics.tear_sheet.document import comparison_document  # noqa: PLC0415

    names = [path.stem for path in results]
    if not 2 <= len(names) <= RUNS_MAX or len(set(names)) < len(names):
        fail(f"name 2 to {RUNS_MAX} results, each by a file name of its own", ExitCode.USAGE)
    folder = data_dir_of(data_dir)
    reports = {path.stem: _report(_read(path), None, folder) for path in results}
    if out.suffix == ".json":
        _write(out, json.dumps(comparison_document(reports), ensure_ascii=False, indent=1).encode())
    elif out.suffix == ".html":
        _write(out, render_comparison(reports).encode())
    else:
        fail(f"--out {out}: .html or .json is wanted", ExitCode.USAGE)
    say(f"Comparison: {out}")


def _read(path: Path) -> dict[str, Any]:
    if path.stat().st_size > RESULT_BYTES_MAX:
        fail(f"{path} is larger than {RESULT_BYTES_MAX // 1024**2} MiB: no result is")
    try:
        result = json.loads(path.read_bytes())
    except (ValueError, OSError) as problem:
        fail(f"cannot read {path}: {problem}")
    if not isinstance(result, dict) or not {"equity_curve", "fills", "data", "metrics"} <= result.keys():
        fail(f"{path} is no result of a backtest: `openbell backtest --json` prints one")
    return result


def _report(result: dict[str, Any], benchmark: str | None, data_dir: Path) -> "TearSheetReport":
    from openbell.adapters.catalog.parquet import ParquetCatalog  # noqa: PLC0415
    from openbell.analytics.tear_sheet import Benchmark  # noqa: PLC0415
    from openbell.analytics.tear_sheet.from_result import CHANGED, report_of_result  # noqa: PLC0415
    from openbell.services.recorded import closes_of_dataset, closes_of_run  # noqa: PLC0415

    catalog = ParquetCatalog(str(data_dir))
    beside = None
    if benchmark is not None:
        points = closes_of_dataset(catalog, benchmark)
        if points is None:
            fail(f"there is no dataset of bars called {benchmark}: `openbell data list` shows what there is")
        beside = Benchmark(name=benchmark, points=points)
    prices = closes_of_run(catalog, result)
    return report_of_result(result, prices=prices, benchmark=beside, notes=() if prices else (CHANGED,))


def _picture(made: "TearSheetReport", theme: Any) -> bytes:
    from openbell.analytics.tear_sheet.picture import picture  # noqa: PLC0415
    from openbell.analytics.tear_sheet.raster import PicturesUnavailable, png_of  # noqa: PLC0415

    try:
        return png_of(picture(made, theme=theme))
    except PicturesUnavailable as problem:
        fail(str(problem), ExitCode.UNAVAILABLE)


def _write(path: Path, content: bytes) -> None:
    try:
        path.write_bytes(content)
    except OSError as problem:
        fail(f"cannot write {path}: {problem.strerror}")
