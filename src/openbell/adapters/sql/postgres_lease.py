"""One writer for one PostgreSQL database.

The connection that writes holds a session's advisory lock, which the server lets go of when that connection ends,
however the process ended. Behind a pooler that hands sessions about such a lock means nothing: that is why every
transaction also looks whether the epoch is still the one this process took, and holds the row while it commits.
"""

import os
import socket

from sqlalchemy import Connection, func, select
from sqlalchemy.dialects.postgresql import insert

from openbell.adapters.sql.lock import StoreInUse
from openbell.adapters.sql.schema import leases
from openbell.adapters.sql.storage import StorageFailed

LOCK_KEY = 0x4F50454E42454C4C
"""Advisory locks are numbers: these are the letters of our name."""
WRITER = "writer"
LOOKS = 40
LOOK_SECONDS = 0.05
"""A start looks so often, and so far apart, for the session of a server that has just been killed to end."""

_TRY = select(func.pg_try_advisory_lock(LOCK_KEY))
_EPOCH = select(leases.c.epoch).where(leases.c.name == WRITER).with_for_update(read=True)
_TURN = select(leases.c.epoch).where(leases.c.name == WRITER).with_for_update()


class DatabaseInUse(StoreInUse):
    """Another server writes to this database; the message names it and says what to do."""


class LeaseLost(StorageFailed):
    """Another server has taken over: what this one decides from now on is not to be written."""


def lock(connection: Connection) -> bool:
    """Try to become the session that writes."""
    return bool(connection.execute(_TRY).scalar())


def lock_or_refuse(connection: Connection) -> None:
    """Become the session that writes. Raises DatabaseInUse."""
    for _ in range(LOOKS):
        if lock(connection):
            return
        connection.execute(select(func.pg_sleep(LOOK_SECONDS)))
    raise DatabaseInUse(
        f"the database is in use by {_holder(connection)}: stop that server, or give this one another DATABASE_URL"
    )


def take(connection: Connection) -> int:
    """Count the epoch up and give it. The lock is held."""
    holder = f"process {os.getpid()} on {socket.gethostname()}"
    first = insert(leases).values(name=WRITER, epoch=1, holder=holder)
    taken = first.on_conflict_do_update(
        index_elements=[leases.c.name], set_={"epoch": leases.c.epoch + 1, "holder": holder}
    ).returning(leases.c.epoch)
    return int(connection.execute(taken).scalar_one())


def check(connection: Connection, epoch: int) -> None:
    """Hold the lease until the transaction ends. Raises LeaseLost when it is somebody else's."""
    current = connection.execute(_EPOCH).scalar()
    if current != epoch:
        raise LeaseLost(f"another server has taken over the database (epoch {current}, ours was {epoch})")


def wait_for_turn(connection: Connection) -> None:
    """Keep the server that writes out until the transaction ends: what is read in it stays true while it is written.

    Two who both looked where the audit log ends would both write its next row.
    """
    connection.execute(_TURN)


def _holder(connection: Connection) -> str:
    found = connection.execute(select(leases.c.holder).where(leases.c.name == WRITER)).scalar()
    return str(found or "another server")
