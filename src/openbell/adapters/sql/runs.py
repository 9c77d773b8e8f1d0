"""Backtest runs and their results (ports.RunStore)."""

from functools import partial

import msgspec
from sqlalchemy import ColumnElement, Connection, RowMapping, null, select

from openbell.adapters.sql.paging import Listing
from openbell.adapters.sql.runner import Runner
from openbell.adapters.sql.schema import runs
from openbell.adapters.sql.upsert import insert_or_replace
from openbell.domain.run import Run, RunStatus
from openbell.ports import Page

_RUNS = msgspec.json.Decoder(Run)


class SqlRuns:
    """Runs, each with its result apart, so that a list of them stays light."""

    def __init__(self, runner: Runner) -> None:
        self._runner = runner

    async def save(self, run: Run) -> None:
        """Insert or replace a run."""
        row = {
            "run_id": run.run_id,
            "owner_id": run.owner_id,
            "strategy_id": run.strategy_id,
            "status": run.status,
            "created_ns": run.created_ns,
            "body": msgspec.json.encode(msgspec.structs.replace(run, result=None)),
            "result": null() if run.result is None else msgspec.json.encode(run.result),
        }
        await self._runner.write(lambda connection: insert_or_replace(connection, runs, row))

    async def run(self, run_id: str) -> Run | None:
        """Give one run with its result."""
        statement = select(runs).where(runs.c.run_id == run_id)

        def work(connection: Connection) -> Run | None:
            row = connection.execute(statement).mappings().first()
            if row is None:
                return None
            run = _light(row)
            run.result = None if row["result"] is None else msgspec.json.decode(row["result"])
            return run

        return await self._runner.read(work)

    async def runs(
        self, *, owner_id: str | None, strategy_id: str | None, status: RunStatus | None, offset: int, limit: int
    ) -> Page:
        """List runs, newest first, without their results."""
        wanted = {"owner_id": owner_id, "strategy_id": strategy_id, "status": status}
        where: list[ColumnElement[bool]] = [
            runs.c[name] == value for name, value in wanted.items() if value is not None
        ]
        return await self._runner.read(partial(_LISTING.page, where=where, offset=offset, limit=limit))


def _light(row: RowMapping) -> Run:
    return _RUNS.decode(row["body"])


_LISTING = Listing(
    table=runs,
    columns=tuple(column for column in runs.c if column is not runs.c.result),
    keys=(runs.c.created_ns, runs.c.run_id),
    build=_light,
)
