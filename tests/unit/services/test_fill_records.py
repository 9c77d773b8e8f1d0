"""Fills and trades that are gone on with are those that reading everything anew would give."""

import random
from types import SimpleNamespace

import pytest

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
    for _ in range(3):
        ledger.trade(chance_of(4), 15)
        assert (await asked(kept))[0] == ledger.rows[-20:]
        own = [one for one in ledger.rows if one.strategy_id == "s"]
        assert (await asked(kept, strategy_id="s"))[0] == own[-20:]


async def test_what_is_kept_of_many_accounts_is_bounded(ledger, monkeypatch):
    monkeypatch.setattr(fill_records, "KEPT_MAX", 100)
    kept = FillRecords(history=ledger, market=ledger)
    ledger.trade(chance_of(5), 60)
    for name in ("a", "b", "c"):
        assert len((await kept.of(name, strategy_id=None, to_ns=None)).fills) == 60
    assert list(kept._books) == ["c"]
