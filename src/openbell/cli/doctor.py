"""`openbell doctor`: is everything there that a server needs, and if not, what to do."""

from typing import Annotated

import typer

from openbell.cli.console import ExitCode, show_json, show_table
from openbell.cli.options import AsJson, ConfigFile, DataDir, settings_of


def doctor(
    *,
    host: Annotated[str | None, typer.Option(help="Address the server would listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port the server would listen on.", min=1, max=65535)] = None,
    data_dir: DataDir = None,
    config: ConfigFile = None,
    as_json: AsJson = False,
) -> None:
    """Check Python, settings, data directory, database, journal, keys, disk and port, and who can read or guess what.

    Ends with 1 when something is wrong.
    """
    from openbell.cli.check import OK, WRONG  # noqa: PLC0415
    from openbell.cli.checks import examine  # noqa: PLC0415
    from openbell.cli.checks_security import examine_security  # noqa: PLC0415

    settings = settings_of({"host": host, "port": port, "data_dir": data_dir}, config=config)
    checks = [*examine(settings), *examine_security(settings, config_file=config)]
    if as_json:
        show_json([{"name": c.name, "status": c.status, "detail": c.detail, "fix": c.fix} for c in checks])
    else:
        rows = [[c.name, c.status, c.detail, "" if c.status == OK else c.fix] for c in checks]
        show_table(["check", "status", "seen", "what to do"], rows, empty="")
    if any(check.status == WRONG for check in checks):
        raise typer.Exit(ExitCode.REFUSED)
