"""A process to be recorded: appends orders to a database, one commit after the other, and prints what is acknowledged.

Its arguments are a data directory, the number of orders, and SQLite's `synchronous` setting to run with.
"""

import asyncio
import os
import sys
from functools import partial
from pathlib import Path

from openbell.adapters.sql import connect, sqlite
from openbell.adapters.sql.database import open_database
from ports.appending_process import order

CHECKPOINT_PAGES = 40
"""Few, so that checkpoints are among what is cut."""


def writer(path: Path, *, synchronous: str):
    connection = connect.connect_writer(path)
    connection.execute(f"PRAGMA synchronous={synchronous}")
    connection.execute(f"PRAGMA wal_autocheckpoint={CHECKPOINT_PAGES}")
    return connection


async def append(data_dir: Path, orders: int) -> None:
    database = open_database(data_dir)
    for seq in range(1, 2 * orders, 2):
        durable = asyncio.get_running_loop().create_future()
        database.journal.append(order(seq), durable.set_result)
        failure = await durable
        if failure is not None:
            os.write(1, b"refused\n")
            os._exit(3)
        os.write(1, f"{seq + 1}\n".encode())
    os._exit(0)  # as when the power goes: nothing is tidied up


if __name__ == "__main__":
    sqlite.connect_writer = partial(writer, synchronous=sys.argv[3])
    asyncio.run(append(Path(sys.argv[1]), int(sys.argv[2])))
