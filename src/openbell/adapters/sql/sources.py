"""Source of submitted strategies (ports.SourceStore), by its digest: the same text is kept once."""

from sqlalchemy import Connection, insert, select

from openbell.adapters.sql.runner import Runner
from openbell.adapters.sql.schema import strategy_sources
from openbell.domain.values import Nanos


class SqlSources:
    """What strategies were made from, and who brought it first."""

    def __init__(self, runner: Runner) -> None:
        self._runner = runner

    async def keep(self, sha256: str, source: str, *, owner_id: str, at_ns: Nanos) -> None:
        """Keep a source; harmless when it is kept already."""

        def work(connection: Connection) -> None:
            # There is one writer, so nothing comes between the look and the insert.
            known = select(strategy_sources.c.sha256).where(strategy_sources.c.sha256 == sha256)
            if connection.execute(known).first() is None:
                row = {"sha256": sha256, "source": source, "owner_id": owner_id, "created_ns": at_ns}
                connection.execute(insert(strategy_sources).values(row))

        await self._runner.write(work)

    async def source(self, sha256: str) -> str | None:
        """Give a source."""
        statement = select(strategy_sources.c.source).where(strategy_sources.c.sha256 == sha256)
        return await self._runner.read(lambda connection: connection.execute(statement).scalar_one_or_none())
