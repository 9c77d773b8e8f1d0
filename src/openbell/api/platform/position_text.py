"""Positions as text: a price moves one of many, and the others say what they said."""

from collections.abc import Sequence

from openbell.api.hot import written
from openbell.api.platform.schemas_portfolio import PositionsMeta, position_data
from openbell.services.valuations import Holding

KEPT_MAX = 10_000
"""Positions whose text is kept, about 500 bytes each; past it all are let go."""


class PositionText:
    """Writes lists of positions. The text of one is good for as long as its valuation is the very same."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str, str], tuple[Holding, bytes]] = {}
        """By account, ledger and symbol: a position that follows one that was closed takes its place."""

    def write(self, shown: Sequence[Holding], meta: PositionsMeta) -> bytes:
        """Write an answer: schemas_portfolio.PositionsAnswer describes it."""
        rows = b",".join([self._row(one) for one in shown])
        return b'{"data":[%b],"meta":%b}' % (rows, written(meta))

    def _row(self, holding: Holding) -> bytes:
        position = holding.position
        key = (position.account_id, position.strategy_id, position.symbol)
        found = self._kept.get(key)
        if found is None or found[0] is not holding:
            if len(self._kept) >= KEPT_MAX:
                self._kept.clear()
            found = self._kept[key] = (holding, written(position_data(holding)))
        return found[1]
