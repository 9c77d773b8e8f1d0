"""Answers kept by Idempotency-Key (ports.AnswerStore)."""

from collections.abc import Sequence

from sqlalchemy import Connection, delete, select

from openbell.adapters.sql.runner import Runner
from openbell.adapters.sql.schema import answers
from openbell.adapters.sql.statements import Raw
from openbell.adapters.sql.upsert import insert_or_replace, replace_text
from openbell.domain.values import Nanos
from openbell.ports import BegunAnswer, Clock, KeptAnswer

BEGUN = 0
"""Status of a request that has had effects and no answer yet."""


def write_begun(raw: Raw, begun: Sequence[BegunAnswer]) -> None:
    """Keep what requests have led to so far, within the transaction of their effects; the latest of each counts."""
    if begun:
        rows = [(one.user_id, one.key, one.digest, BEGUN, one.outcomes, one.expires_ns) for one in begun]
        raw.insert_many(replace_text(answers, raw.dialect), rows)


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
