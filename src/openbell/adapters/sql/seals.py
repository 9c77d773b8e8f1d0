"""Sealed secrets wherever they are kept, sealed anew under another key in one transaction."""

from collections.abc import Callable

from sqlalchemy import Connection, Table, select, update

from openbell.adapters.sql.schema import api_keys, second_factors

SEALED: tuple[tuple[Table, str], ...] = ((second_factors, "user_id"), (api_keys, "key_id"))
"""Tables with a column `sealed_secret`, and the column whose value the seal is bound to."""


def renew_seals(connection: Connection, renew: Callable[[bytes, str], bytes | None]) -> tuple[int, int]:
    """Replace every sealed secret by what `renew(sealed, context)` gives; None keeps one that does not open.

    Gives how many were replaced and how many kept.
    """
    renewed = kept = 0
    for table, bound_to in SEALED:
        context, sealed = table.c[bound_to], table.c.sealed_secret
        for name, old in connection.execute(select(context, sealed).where(sealed.is_not(None))).all():
            fresh = renew(old, name)
            if fresh is None:
                kept += 1
            else:
                connection.execute(update(table).where(context == name).values(sealed_secret=fresh))
                renewed += 1
    return renewed, kept
