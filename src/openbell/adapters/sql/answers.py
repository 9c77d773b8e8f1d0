"""Answers kept by Idempotency-Key (ports.AnswerStore)."""

from sqlalchemy import Connection, delete, select

from openbell.adapters.sql.runner import Runner
from openbell.adapters.sql.schema import answers
from openbell.adapters.sql.upsert import insert_or_replace
from openbell.domain.values import Nanos
from openbell.ports import Clock, KeptAnswer


class SqlAnswers:
    """What was answered, until it runs out."""

    def __init__(self, runner: Runner, clock: Clock) -> None:
        self._runner = runner
        self._clock = clock

    async def kept(self, user_id: str, key: str) -> KeptAnswer | None:
        """Give the kept answer; one that has run out is none."""
        statement = select(answers.c.digest, answers.c.status, answers.c.body).where(
            answers.c.user_id == user_id, answers.c.key == key, answers.c.expires_ns > self._clock.now_ns()
        )

        def work(connection: Connection) -> KeptAnswer | None:
            row = connection.execute(statement).first()
            return None if row is None else KeptAnswer(*row)

        return await self._runner.read(work)

    async def keep(self, user_id: str, key: str, answer: KeptAnswer, *, expires_ns: Nanos) -> None:
        """Keep an answer in place of an earlier one; all that have run out are dropped."""
        row = {
            "user_id": user_id,
            "key": key,
            "digest": answer.digest,
            "status": answer.status,
            "body": answer.body,
            "expires_ns": expires_ns,
        }
        now_ns = self._clock.now_ns()

        def work(connection: Connection) -> None:
            connection.execute(delete(answers).where(answers.c.expires_ns <= now_ns))
            insert_or_replace(connection, answers, row)

        await self._runner.write(work)
