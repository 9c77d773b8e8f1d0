"""`openbell audit`: who did what, and whether the log of it is whole."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from openbell.cli.console import fail, say, show_json, show_table
from openbell.cli.options import AsJson, DataDir, data_dir_of

if TYPE_CHECKING:
    from openbell.domain.audit import AuditRow

COLUMNS = ["sequence", "time", "actor", "contract", "client_ip", "action", "subject", "outcome"]

app = typer.Typer(name="audit", help="The audit log of a data directory.", no_args_is_help=True, rich_markup_mode=None)


@app.command()
def verify(*, data_dir: DataDir = None, as_json: AsJson = False) -> None:
    """Verify the whole chain; exit code 1 names the first row that is wrong or missing."""
    from openbell.cli.audit_log import check  # noqa: PLC0415

    found = check(data_dir_of(data_dir))
    if as_json:
        show_json({"rows": found.rows, "broken_sequence": found.broken_sequence, "problem": found.problem})
    if found.problem:
        fail(f"the audit log is broken at row {found.broken_sequence}: {found.problem}")
    if not as_json:
        typer.echo(f"The audit log is whole: {found.rows} rows.")


@app.command("list")
def list_(
    *,
    actor: Annotated[str | None, typer.Option(help="Only what this user id did.")] = None,
    action: Annotated[str | None, typer.Option(help="Only this action, such as order.place.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="Rows at most.")] = 50,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """List what was done, newest first."""
    from openbell.cli.audit_log import rows  # noqa: PLC0415

    documents = [_document(row) for row in rows(data_dir_of(data_dir), actor=actor, action=action, limit=limit)]
    if as_json:
        show_json(documents)
    else:
        table = [[str(document[column]) for column in COLUMNS] for document in documents]
        show_table(COLUMNS, table, right=["sequence"], empty="Nothing is recorded that fits.")
    if len(documents) == limit:
        say(f"Shown are the newest {limit}; --limit shows more.")


def _document(row: "AuditRow") -> dict[str, Any]:
    import msgspec  # noqa: PLC0415 - as all that is slow to import

    from openbell.domain.instants import instant_text  # noqa: PLC0415

    entry = msgspec.structs.asdict(row.entry)
    time, actor, detail = (
        instant_text(entry.pop("ts_ns")),
        entry.pop("actor_id"),
        msgspec.json.decode(entry.pop("detail")),
    )
    chain = {"prev_hash": row.prev_hash, "hash": row.hash}
    return {"sequence": row.sequence, "time": time, "actor": actor, **entry, "detail": detail, **chain}
