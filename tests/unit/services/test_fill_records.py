"""Fills and trades that are gone on with are those that reading everything anew would give."""

import random
from types import SimpleNamespace

import pytest
from msgspec.structs import replace

from openbell.analytics.round_trips import round_trips
from openbell.domain.fill import Fill, Liquidity
from openbell.domain.order import Side
from openbell.domain.values import SCALE
from openbell.ports import Page
from openbell.services import fill_records
from openbell.services.fill_records import FillRecords


def chance_of(seed):
    return random.Random(seed)  # noqa: S311 - the same draws each time are what is wanted


class Ledger:
    """History and market in one: fills newest first by the page, and instruments that may turn up later."""

    def __init__(self):
        self.rows = []
        self.known = {"A", "B"}
        self.pages = 0

    def trade(self, chance, count):
        for _ in range(count):
            number = len(self.rows)
            self.rows.append(
                Fill(
                    fill_id=f"f{number}",
                    venue_fill_id="",
                    order_id="",
                    account_id="acc",
                    strategy_id=chance.choice(["s", "manual"]),
                    symbol=chance.choice("ABC"),
                    side=chance.choice([Side.BUY, Side.SELL]),
                    quantity=chance.randint(1, 3) * SCALE,
                    price=chance.randint(90, 110) * SCALE,
                    fee=chance.randint(0, 9),
                    currency="USD",
                    liquidity=Liquidity.TAKER,
                    model="",
                    ts_ns=number // 2,
                    realized_pnl=0,
                )
            )

    async def fills(self, wanted):
        self.pages += 1
        chosen = [
            (place, one)
            for place, one in enumerate(self.rows)
            if wanted.strategy_id in (None, one.strategy_id) and (wanted.to_ns is None or one.ts_ns < wanted.to_ns)
        ][::-1]
        if wanted.cursor:
            chosen = [pair for pair in chosen if pair[0] < int(wanted.cursor)]
        shown = chosen[: wanted.limit]
        following = str(shown[-1][0]) if len(chosen) > len(shown) else ""
        return Page(rows=[one for _, one in shown], total=len(chosen), next_cursor=following)

    def instrument(self, symbol):
        return SimpleNamespace(multiplier=SCALE) if symbol in self.known else None


@pytest.fixture
def ledger(monkeypatch):
    monkeypatch.setattr(fill_records, "FILLS_PAGE", 7)
    return Ledger()


async def asked(records, **given):
    filled = await records.of("acc", **({"strategy_id": None, "to_ns": None} | given))
    return filled.fills, sorted(filled.trades, key=repr)


def trades_of(fills, ledger):
    """Give the trades that fills make by themselves."""
    of_each = {}
    for one in fills:
        if ledger.instrument(one.symbol):
            told = (one.ts_ns, one.side.sign * one.quantity, one.price, one.fee)
            of_each.setdefault((one.strategy_id, one.symbol), []).append(told)
    return sorted(((symbol, round_trips(told, symbol=symbol)) for (_, symbol), told in of_each.items()), key=repr)


@pytest.mark.parametrize("given", [{}, {"strategy_id": "s"}, {"to_ns": 30}, {"strategy_id": "s", "to_ns": 11}])
@pytest.mark.parametrize("seed", range(5))
async def test_fills_that_come_little_by_little_make_the_same_trades(ledger, given, seed):
    chance = chance_of(seed)
    kept = FillRecords(history=ledger, market=ledger)
    for _ in range(12):
        ledger.trade(chance, chance.choice([0, 1, 3, 20]))
        anew = FillRecords(history=ledger, market=ledger)
        assert await asked(kept, **given) == await asked(anew, **given)
    fills, trades = await asked(kept)
    assert fills == ledger.rows and any(history.closed for _, history in trades)


async def test_what_was_read_is_not_read_again(ledger):
    ledger.trade(chance_of(1), 50)
    kept = FillRecords(history=ledger, market=ledger)
    await asked(kept)
    before = ledger.pages
    ledger.trade(chance_of(2), 3)
    assert len((await asked(kept))[0]) == 53
    assert ledger.pages == before + 1


async def test_fills_of_an_instrument_that_turns_up_later_count_from_then_on(ledger):
    ledger.trade(chance_of(3), 60)
    kept = FillRecords(history=ledger, market=ledger)
    assert {symbol for symbol, _ in (await asked(kept))[1]} == {"A", "B"}
    ledger.known.add("C")
    assert {symbol for symbol, _ in (await asked(kept))[1]} == {"A", "B", "C"}
    assert await asked(kept) == await asked(FillRecords(history=ledger, market=ledger))


async def test_of_too_many_fills_the_latest_count(ledger, monkeypatch):
    monkeypatch.setattr(fill_records, "FILLS_MAX", 20)
    kept = FillRecords(history=ledger, market=ledger)
    for _ in range(40):
        ledger.trade(chance_of(4), 3)
        fills, trades = await asked(kept)
        assert 20 <= len(fills) <= 22 or fills == ledger.rows
        assert fills == ledger.rows[-len(fills) :]
        assert trades == trades_of(fills, ledger)
    assert len(ledger.rows) == 120


async def test_a_ledger_that_trades_little_keeps_what_it_did_beside_one_that_trades_much(ledger, monkeypatch):
    monkeypatch.setattr(fill_records, "FILLS_MAX", 20)
    kept = FillRecords(history=ledger, market=ledger)
    ledger.trade(chance_of(4), 12)
    own = [one for one in ledger.rows if one.strategy_id == "s"]
    chance = chance_of(5)
    for _ in range(30):
        ledger.trade(chance, 4)
        ledger.rows[-4:] = [replace(one, strategy_id="manual") for one in ledger.rows[-4:]]
        assert (await asked(kept, strategy_id="s"))[0] == own
        assert (await asked(kept, strategy_id="s", to_ns=4))[0] == [one for one in own if one.ts_ns < 4]


async def test_more_fills_than_are_kept_between_two_looks_leave_no_hole(ledger, monkeypatch):
    monkeypatch.setattr(fill_records, "FILLS_MAX", 20)
    kept = FillRecords(history=ledger, market=ledger)
    ledger.trade(chance_of(6), 1)
    await asked(kept)
    ledger.trade(chance_of(7), 60)
    assert (await asked(kept))[0] == ledger.rows[-20:]


async def test_of_many_fills_only_the_new_ones_are_read(ledger, monkeypatch):
    monkeypatch.setattr(fill_records, "FILLS_MAX", 20)
    kept = FillRecords(history=ledger, market=ledger)
    ledger.trade(chance_of(8), 60)
    await asked(kept)
    before = ledger.pages
    for _ in range(5):
        ledger.trade(chance_of(9), 3)
        await asked(kept)
    assert ledger.pages == before + 5


async def test_what_is_kept_of_many_accounts_is_bounded(ledger, monkeypatch):
    monkeypatch.setattr(fill_records, "KEPT_MAX", 100)
    kept = FillRecords(history=ledger, market=ledger)
    ledger.trade(chance_of(5), 60)
    for name in ("a", "b", "c"):
        assert len((await kept.of(name, strategy_id=None, to_ns=None)).fills) == 60
    assert [account_id for account_id, _ in kept._places] == ["c"]
