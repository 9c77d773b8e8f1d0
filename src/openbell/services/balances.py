"""Balances: an account's money by currency, and how much of it open orders have spoken for."""

from collections import Counter

import msgspec

from openbell.domain.order import Order, Side
from openbell.domain.values import Money, multiply
from openbell.ports import Market, Views


class Balance(msgspec.Struct, frozen=True, kw_only=True):
    """Money in one currency. `locked` is what open buy orders may still spend; the rest is available."""

    currency: str
    total: Money
    locked: Money

    @property
    def available(self) -> Money:
        """What is free to be spent; never below zero."""
        return max(0, self.total - self.locked)


class Balances:
    """Balances of accounts."""

    def __init__(self, *, views: Views, market: Market) -> None:
        self._views = views
        self._market = market

    def of(self, account_id: str) -> list[Balance]:
        """List an account's balances by currency; an unknown account has none."""
        account = self._views.account(account_id)
        if account is None:
            return []
        locked: Counter[str] = Counter()
        for order in self._views.open_orders(account_id):
            currency, amount = self._locked_by(order)
            locked[currency] += amount
        currencies = sorted({account.base_currency, *account.cash, *(name for name in locked if locked[name])})
        return [
            Balance(currency=currency, total=account.cash.get(currency, 0), locked=locked[currency])
            for currency in currencies
        ]

    def _locked_by(self, order: Order) -> tuple[str, Money]:
        """Give what a buy order may still cost: its limit, else its stop, else the mark, times the margin."""
        instrument = self._market.instrument(order.symbol)
        if instrument is None:
            return "", 0
        price = order.limit_price or order.stop_price or self._market.mark(order.symbol) or 0
        if order.side is Side.SELL or order.reduce_only or not price:
            return instrument.currency, 0
        return instrument.currency, multiply(instrument.notional(order.remaining, price), instrument.initial_margin)
