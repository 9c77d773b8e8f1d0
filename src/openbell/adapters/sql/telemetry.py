"""What telemetry keeps of an account (services.telemetry.TelemetryStore)."""

from sqlalchemy import Connection, select

from openbell.adapters.sql.runner import Runner
from openbell.adapters.sql.schema import telemetry
from openbell.adapters.sql.upsert import insert_or_replace


class SqlTelemetry:
    """One document an account."""

    def __init__(self, runner: Runner) -> None:
        self._runner = runner

    async def load(self, account_id: str) -> bytes | None:
        """Give what was kept."""
        statement = select(telemetry.c.body).where(telemetry.c.account_id == account_id)

        def work(connection: Connection) -> bytes | None:
            return connection.execute(statement).scalar()

        return await self._runner.read(work)

    async def save(self, account_id: str, body: bytes) -> None:
        """Replace what is kept."""
        row = {"account_id": account_id, "body": body}
        await self._runner.write(lambda connection: insert_or_replace(connection, telemetry, row))
