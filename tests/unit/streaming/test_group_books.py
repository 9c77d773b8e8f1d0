"""Groups that follow a book by its changes: written once for all, and whole when there are too many of them."""

import json

import pytest
from tests.unit.streaming.wires import SUBSCRIBE, rounds

from openbell.domain.market import BookSnapshot
from openbell.domain.values import parse
from openbell.streaming.book_fan import CHANGES_MAX

pytestmark = pytest.mark.usefixtures("way")

BOOK = SUBSCRIBE | {"channel": "orderbook", "parameters": {"depth": 5, "delta": True}}


@pytest.fixture
def book(hub, desk, now):
    """Give a way to let the best bid have another size."""

    def changed(size):
        desk.top = BookSnapshot("BTC/USD", now, size, ((parse("1"), parse(str(size))),), ())
        hub.market(desk.top)

    return changed


def books(protocol):
    """Give what came of the book: whole or its changes, and the number it has and that of the one before."""
    said = [one for one in protocol.transport.said() if one["type"].startswith("orderbook")]
    return [(one["type"], one["prev_seq"], one["seq"]) for one in said]


async def test_changes_of_a_book_are_written_once_for_all_who_follow_it(connect, book):
    book(1)
    pairs = [connect() for _ in range(3)]
    for socket, _ in pairs:
        await socket.hear(json.dumps(BOOK))
    await rounds()
    book(2)
    book(3)
    await rounds()
    last = [protocol.transport.writes[-1] for _, protocol in pairs]
    assert last[0] is last[1] is last[2]
    assert books(pairs[0][1]) == [("orderbook", 0, 0), ("orderbook_delta", 0, 1), ("orderbook_delta", 1, 2)]


async def test_a_group_too_many_changes_wait_for_is_told_the_whole_book(connect, book):
    book(1)
    pairs = [connect() for _ in range(2)]
    for socket, _ in pairs:
        await socket.hear(json.dumps(BOOK))
    await rounds()
    for size in range(2, CHANGES_MAX + 3):
        book(size)
    await rounds()
    book(100)
    await rounds()
    whole = CHANGES_MAX + 1
    for _, protocol in pairs:
        assert books(protocol)[1:] == [("orderbook", whole - 1, whole), ("orderbook_delta", whole, whole + 1)]


async def test_who_stops_reading_goes_on_with_the_changes_that_waited(connect, book):
    book(1)
    pairs = [connect() for _ in range(2)]
    for socket, _ in pairs:
        await socket.hear(json.dumps(BOOK))
    await rounds()
    book(2)
    pairs[0][1].pause_writing()
    book(3)
    await rounds()
    assert len(books(pairs[0][1])) == 1
    pairs[0][1].resume_writing()
    await rounds()
    assert books(pairs[0][1]) == books(pairs[1][1])
    assert [seq for *_, seq in books(pairs[0][1])] == [0, 1, 2]
