"""Entry point of the `openbell` command: what there is, how it is called, and how it ends when something breaks."""

import gc
import sys
from pathlib import Path
from types import TracebackType
from typing import Annotated

import typer

from openbell import __version__
from openbell.cli import (
    audit,
    backtest,
    backup,
    data,
    docs,
    doctor,
    keys,
    model,
    orders,
    reports,
    robustness,
    soak,
    sweep,
    users,
)
from openbell.cli.console import ExitCode, fail, show_json
from openbell.cli.options import AsJson, ConfigFile, DataDir, settings_of

EXIT_CODES = "Exit codes: 0 done, 1 refused or failed, 2 wrong usage or settings, 3 not available, 130 interrupted."

app = typer.Typer(
    help="Openbell: a self-hosted quantitative trading backend.",
    epilog=EXIT_CODES,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
app.command("backtest", context_settings=backtest.CONTEXT, epilog=backtest.EPILOG)(backtest.backtest)
app.command("report", epilog=reports.EPILOG)(reports.report)
app.command("compare", epilog=reports.EPILOG)(reports.compare)
app.command("strategies")(backtest.strategies)
app.command("sweep", context_settings=sweep.CONTEXT, epilog=sweep.EPILOG)(sweep.sweep)
app.command("walk-forward", context_settings=sweep.CONTEXT, epilog=sweep.EPILOG)(robustness.walk_forward)
app.command("monte-carlo", context_settings=backtest.CONTEXT)(robustness.monte_carlo)
app.command("check", context_settings=backtest.CONTEXT)(robustness.check)
app.command("doctor")(doctor.doctor)
app.command("backup")(backup.backup)
app.command("restore", epilog=backup.RESTORE_EPILOG)(backup.restore)
app.command("soak")(soak.soak)
for _group in (data.app, model.app, orders.app, users.app, keys.app, audit.app, docs.app):
    app.add_typer(_group)


@app.callback()
def main(
    *,
    debug: Annotated[bool, typer.Option("--debug", help="Show where an unexpected error came from.")] = False,
) -> None:
    """Take the options that stand before the command."""
    if not debug:
        sys.excepthook = _one_sentence


@app.command()
def serve(
    *,
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on.", min=1, max=65535)] = None,
    data_dir: DataDir = None,
    config: ConfigFile = None,
) -> None:
    """Start the server. Ctrl-C stops it; starting again continues where it stopped."""
    settings = settings_of({"host": host, "port": port, "data_dir": data_dir}, config=config)
    # The whole server is behind these. Hardly anything that a start makes can be garbage, so looking for it would only
    # take time; `run_server` looks again from when it serves.
    gc.disable()
    from openbell.adapters.secrets import UnsafeKey  # noqa: PLC0415
    from openbell.adapters.sql.lock import StoreInUse  # noqa: PLC0415
    from openbell.adapters.sql.migrate import DatabaseTooNew  # noqa: PLC0415
    from openbell.bootstrap import serve as run_server  # noqa: PLC0415
    from openbell.config import ConfigError  # noqa: PLC0415
    from openbell.ports import Unavailable  # noqa: PLC0415

    try:
        run_server(settings)
    except (StoreInUse, Unavailable) as problem:
        fail(str(problem), ExitCode.UNAVAILABLE)
    except ConfigError as problem:
        fail(str(problem), ExitCode.USAGE)
    except (DatabaseTooNew, UnsafeKey, OSError) as problem:
        fail(str(problem))


@app.command()
def version(*, as_json: AsJson = False) -> None:
    """Print the version."""
    if as_json:
        show_json(
            {"version": __version__, "python": sys.version.split()[0], "location": str(Path(__file__).parents[1])}
        )
    else:
        typer.echo(f"openbell {__version__}")


def run() -> None:
    """Run the command line."""
    app(prog_name="openbell")


def _one_sentence(kind: type[BaseException], error: BaseException, _: TracebackType | None) -> None:
    """Say in one line what nobody foresaw; Python then ends with exit code 1."""
    text = " ".join(str(error).split()) or kind.__name__
    sys.stderr.write(f"openbell: unexpected error: {text} ({kind.__name__}; `openbell --debug …` shows where)\n")
