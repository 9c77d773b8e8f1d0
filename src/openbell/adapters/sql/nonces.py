"""Nonces of signed requests (ports.NonceStore): each is taken once, by an insert that only one can win."""

from sqlalchemy import Connection, delete, insert, select

from openbell.adapters.sql.runner import Runner
from openbell.adapters.sql.schema import nonces
from openbell.domain.values import Nanos


class SqlNonces:
    """What signed requests have used up, until nobody could send it again."""

    def __init__(self, runner: Runner) -> None:
        self._runner = runner

    async def use(self, key_id: str, nonce: str, *, expires_ns: Nanos, now_ns: Nanos) -> bool:
        """Use a nonce up; those that have run out are dropped."""

        def work(connection: Connection) -> bool:
            connection.execute(delete(nonces).where(nonces.c.expires_ns <= now_ns))
            taken = select(nonces.c.nonce).where(nonces.c.key_id == key_id, nonces.c.nonce == nonce)
            # There is one writer, so nothing comes between the look and the insert.
            if connection.execute(taken).first() is not None:
                return False
            connection.execute(insert(nonces).values(key_id=key_id, nonce=nonce, expires_ns=expires_ns))
            return True

        return await self._runner.write(work)
