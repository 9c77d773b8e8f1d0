"""A process to be killed: appends one order after the other to a database and prints what is acknowledged.

Its arguments are a data directory and, if that is not where the database is, its URL.

It forks for every line it reads, so that the twentieth victim starts as fast as the second.
"""

import asyncio
import os
import sys
from pathlib import Path

from openbell.adapters.sql.database import open_database
from openbell.domain.events import OrderPlaced, OrderSubmitted, Recorded
from openbell.domain.order import OrderType, Side, TimeInForce

IN_FLIGHT = 20


def order(seq: int) -> tuple[Recorded, Recorded]:
    fields = {
        "order_id": f"o{seq}",
        "client_order_id": f"c{seq}",
        "account_id": "acc",
        "strategy_id": "manual",
        "symbol": "AAPL",
        "side": Side.BUY,
        "quantity": 1,
        "order_type": OrderType.MARKET,
        "limit_price": None,
        "stop_price": None,
        "time_in_force": TimeInForce.DAY,
        "post_only": False,
        "reduce_only": False,
    }
    return (
        Recorded(seq, seq, "acc", seq, OrderPlaced(**fields)),
        Recorded(seq + 1, seq + 1, "acc", seq + 1, OrderSubmitted(order_id=fields["order_id"])),
    )


async def append_until_killed(data_dir: Path, url: str) -> None:
    journal = open_database(data_dir, url=url).journal
    seq = max((recorded.seq for recorded in journal.read(after_seq=0)), default=0)
    room = asyncio.Semaphore(IN_FLIGHT)

    def acknowledged(number: int) -> None:
        os.write(1, f"{number}\n".encode())
        room.release()

    while True:
        await room.acquire()
        journal.append(order(seq + 1), lambda failure, number=seq + 2: acknowledged(number) if not failure else None)
        seq += 2


if __name__ == "__main__":
    for _ in sys.stdin:
        victim = os.fork()
        if not victim:
            asyncio.run(append_until_killed(Path(sys.argv[1]), (sys.argv[2:] or [""])[0]))
        os.write(1, f"pid {victim}\n".encode())
        os.waitpid(victim, 0)
        os.write(1, b"dead\n")
