"""Writes the venue's reports and books what a fill does to the working order."""

from openbell.domain.fill import Liquidity
from openbell.domain.instrument import Instrument
from openbell.domain.values import Nanos, Price, Quantity
from openbell.domain.venue import (
    VenueAccepted,
    VenueCanceled,
    VenueExpired,
    VenueFilled,
    VenueModified,
    VenueRefusedChange,
    VenueRejected,
    VenueReport,
    VenueTriggered,
)
from openbell.engine.matching.fees import FeeSchedule
from openbell.engine.matching.visible import DataKind
from openbell.engine.matching.working import Working


class Reporter:
    """Collects the reports of one symbol until they are drained."""

    def __init__(self, instrument: Instrument, *, profile_name: str, fees: FeeSchedule) -> None:
        self._instrument = instrument
        self._models = {kind: f"{profile_name}/{kind.name.lower()}" for kind in DataKind}
        self._fees = fees
        self._rate = fees.rate(instrument)
        self._reports: list[VenueReport] = []

    def model(self, kind: DataKind) -> str:
        """Name what fills from data of a kind."""
        return self._models[kind]

    def drain(self) -> list[VenueReport]:
        """Give what has been reported since the last time."""
        if not self._reports:
            return []
        reports, self._reports = self._reports, []
        return reports

    def filled(
        self, order: Working, *, quantity: Quantity, price: Price, liquidity: Liquidity, ts_ns: Nanos, kind: DataKind
    ) -> None:
        """Fill a piece of an order.

        The fill's id is the order's id with the quantity filled so far: unique, and the same again after a restart.
        """
        order.filled += quantity
        order.is_over = order.quantity == order.filled
        order.fee_cost += self._rate.cost(self._instrument, quantity=quantity, price=price, liquidity=liquidity)
        charged = self._fees.charged(self._rate, order.fee_cost)
        fee, order.fee_charged = charged - order.fee_charged, charged
        self._reports.append(
            VenueFilled(
                order_id=order.order_id,
                venue_fill_id=f"{order.order_id}:{order.filled}",
                ts_ns=max(order.arrived_ns, ts_ns),
                quantity=quantity,
                price=price,
                fee=fee,
                liquidity=liquidity,
                model=self._models[kind],
            )
        )

    def accepted(self, order_id: str, ts_ns: Nanos) -> None:
        """Report that an order works."""
        self._reports.append(VenueAccepted(order_id=order_id, ts_ns=ts_ns))

    def rejected(self, order: Working, ts_ns: Nanos, reason: str) -> None:
        """Report that an order is refused."""
        order.is_over = True
        self._reports.append(VenueRejected(order_id=order.order_id, ts_ns=max(ts_ns, order.arrived_ns), reason=reason))

    def triggered(self, order: Working, ts_ns: Nanos) -> None:
        """Trigger an order's stop."""
        order.is_triggered = True
        self._reports.append(VenueTriggered(order_id=order.order_id, ts_ns=max(ts_ns, order.arrived_ns)))

    def modified(self, order: Working, ts_ns: Nanos) -> None:
        """Report an order's new values."""
        self._reports.append(
            VenueModified(
                order_id=order.order_id,
                ts_ns=ts_ns,
                quantity=order.quantity,
                limit_price=order.limit_price,
                stop_price=order.stop_price,
            )
        )

    def canceled(self, order: Working, ts_ns: Nanos, reason: str) -> None:
        """Report that what was left of an order is gone."""
        order.is_over = True
        self._reports.append(VenueCanceled(order_id=order.order_id, ts_ns=max(ts_ns, order.arrived_ns), reason=reason))

    def expired(self, order: Working, ts_ns: Nanos) -> None:
        """Report that an order's time ran out."""
        order.is_over = True
        self._reports.append(VenueExpired(order_id=order.order_id, ts_ns=ts_ns))

    def refused_change(self, order_id: str, ts_ns: Nanos, reason: str) -> None:
        """Report that a cancel or a modify is refused."""
        self._reports.append(VenueRefusedChange(order_id=order_id, ts_ns=ts_ns, reason=reason))
