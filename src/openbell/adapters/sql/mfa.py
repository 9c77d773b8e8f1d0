"""Second factors and recovery codes (ports.MfaStore). Every use is a compare-and-set: two at once cannot both win."""

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, delete, func, insert, select, update

from openbell.adapters.sql.access import has_user
from openbell.adapters.sql.runner import Runner
from openbell.adapters.sql.schema import recovery_codes, second_factors
from openbell.domain.access import SecondFactor
from openbell.domain.values import Nanos


class SqlMfa:
    """What users prove beside their password."""

    def __init__(self, runner: Runner) -> None:
        self._runner = runner

    async def factor(self, user_id: str) -> SecondFactor | None:
        """Give a user's second factor, enabled or waiting for its first code."""
        statement = select(second_factors).where(second_factors.c.user_id == user_id)

        def work(connection: Connection) -> SecondFactor | None:
            row = connection.execute(statement).mappings().first()
            return None if row is None else SecondFactor(**{str(name): row[name] for name in row})

        return await self._runner.read(work)

    async def begin(self, factor: SecondFactor, *, code_hashes: Sequence[str]) -> bool:
        """Keep a factor that waits for its first code, in place of one that waited; False when one is enabled.

        Raises KeyError when its user is gone.
        """
        factors, codes = second_factors.c, recovery_codes

        def work(connection: Connection) -> bool:
            if not has_user(connection, factor.user_id):
                raise KeyError(factor.user_id)
            waiting = (factors.user_id == factor.user_id, factors.enabled_ns.is_(None))
            connection.execute(delete(second_factors).where(*waiting))
            if connection.execute(select(factors.user_id).where(factors.user_id == factor.user_id)).first():
                return False
            connection.execute(insert(second_factors).values(msgspec.structs.asdict(factor)))
            rows = [{"user_id": factor.user_id, "code_hash": code, "used_ns": None} for code in code_hashes]
            connection.execute(insert(codes), rows)
            return True

        return await self._runner.write(work)

    async def enable(self, user_id: str, *, step: int, at_ns: Nanos) -> bool:
        """Enable a waiting factor with its first code's step; False when it is enabled or the step was used."""
        factors = second_factors.c
        is_waiting = (factors.enabled_ns.is_(None), factors.last_step < step)
        statement = update(second_factors).where(factors.user_id == user_id, *is_waiting)
        return await self._is_changed(statement.values(enabled_ns=at_ns, last_step=step))

    async def use_step(self, user_id: str, *, step: int) -> bool:
        """Use up a time step of an enabled factor and all before it; False when that has been done."""
        factors = second_factors.c
        is_fresh = (factors.enabled_ns.is_not(None), factors.last_step < step)
        return await self._is_changed(
            update(second_factors).where(factors.user_id == user_id, *is_fresh).values(last_step=step)
        )

    async def use_recovery_code(self, user_id: str, *, code_hash: str, at_ns: Nanos) -> bool:
        """Use up a recovery code; False when there is none such that is unused."""
        codes = recovery_codes.c
        is_unused = (codes.user_id == user_id, codes.code_hash == code_hash, codes.used_ns.is_(None))
        return await self._is_changed(update(recovery_codes).where(*is_unused).values(used_ns=at_ns))

    async def recovery_codes_left(self, user_id: str) -> int:
        """Count the recovery codes that are unused."""
        codes = recovery_codes.c
        statement = select(func.count()).where(codes.user_id == user_id, codes.used_ns.is_(None))
        return await self._runner.read(lambda connection: int(connection.execute(statement).scalar_one()))

    async def remove(self, user_id: str) -> None:
        """Take a user's second factor away, with its recovery codes; harmless when there is none."""
        await self._is_changed(delete(second_factors).where(second_factors.c.user_id == user_id))

    async def _is_changed(self, statement: Any) -> bool:
        return await self._runner.write(lambda connection: connection.execute(statement).rowcount == 1)
