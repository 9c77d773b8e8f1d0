"""`openbell soak`: a burn-in on the simulated market, with a report."""

from pathlib import Path
from typing import Annotated

import typer

from openbell.cli.console import ExitCode, fail, say, show_json
from openbell.cli.options import AsJson

HOURS = 72.0


def soak(
    *,
    hours: Annotated[float | None, typer.Option(help=f"How long, in hours [{HOURS:g}].", min=0)] = None,
    minutes: Annotated[float | None, typer.Option(help="How long, in minutes, instead or in addition.", min=0)] = None,
    report: Annotated[Path, typer.Option(help="Where the report goes: FILE.json and FILE.md.")] = Path("soak"),
    sockets: Annotated[int, typer.Option(help="Sockets that follow streams.", min=1, max=1_000)] = 50,
    requests: Annotated[int, typer.Option(help="Requests a second.", min=1, max=200)] = 20,
    port: Annotated[int, typer.Option(help="Port of the server; a free one otherwise.", min=0, max=65535)] = 0,
    data_dir: Annotated[
        Path | None, typer.Option("--data-dir", help="An empty directory to run in; a new temporary one otherwise.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Run a server for hours with market makers, sockets and requests, and report how it held.

    Ends with 1 when a check failed. Ctrl-C ends it early, with a report.
    """
    import asyncio  # noqa: PLC0415
    import tempfile  # noqa: PLC0415

    from openbell.cli.soak_run import Soak  # noqa: PLC0415 - the client's libraries are behind this
    from openbell.cli.soak_server import Refused, SoakServer, free_port  # noqa: PLC0415

    seconds = (hours or 0) * 3_600 + (minutes or 0) * 60 if (hours, minutes) != (None, None) else HOURS * 3_600
    if seconds <= 0:
        fail("give --hours or --minutes above zero", ExitCode.USAGE)
    place = data_dir or Path(tempfile.mkdtemp(prefix="openbell-soak-"))
    place.mkdir(parents=True, exist_ok=True)
    if any(place.iterdir()):
        fail(f"{place} is not empty: a burn-in starts from nothing", ExitCode.USAGE)
    log_file = place / "server.log"
    server = SoakServer(place / "data", port=port or free_port(), log_file=log_file)
    say(f"Burn-in for {seconds / 3_600:g} hours in {place}; Ctrl-C ends it early.")

    async def run() -> dict[str, object]:
        return await Soak(server, seconds=seconds, sockets=sockets, requests=requests, report=report).run()

    try:
        document = asyncio.run(run())
    except Refused as problem:
        fail(str(problem), ExitCode.UNAVAILABLE)
    if as_json:
        show_json(document)
    say(f"{'Passed' if document['passed'] else 'FAILED'}: see {report.with_suffix('')}.md and .json")
    if not document["passed"]:
        raise typer.Exit(ExitCode.REFUSED)
