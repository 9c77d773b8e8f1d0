"""The market a server follows: which instruments there are and where their prices come from."""

from collections.abc import Callable, Mapping

import msgspec

from openbell.adapters.catalog.instruments import instrument_of
from openbell.adapters.clock import ManualClock, SystemClock
from openbell.adapters.feeds.replay import ReplayFeed
from openbell.adapters.feeds.simulated import SimulatedFeed, SimulatedMarket
from openbell.adapters.instruments import SymbolMaster, default_instruments, instrument_for_data
from openbell.config import ConfigError, Settings
from openbell.domain.instrument import Instrument
from openbell.domain.values import SCALE, Price
from openbell.ports import Catalog, Clock, Dataset, Feed

TICK_OF_RECORDINGS = SCALE // 100
"""Tick size of a recorded stream whose instrument nobody listed."""

OpenFeed = Callable[[Mapping[str, Price]], Feed]


class Followed(msgspec.Struct, frozen=True, kw_only=True):
    """What a server trades on: its instruments, where its prices come from, and the clock they go by.

    `open_feed` makes the feed, going on from the last prices known; None when nothing is followed. A recording is its
    own clock; `recorded_bars` names symbols whose candles come from it instead of from trades.
    """

    master: SymbolMaster
    clock: Clock
    feed_name: str = "none"
    open_feed: OpenFeed | None = None
    recorded_bars: frozenset[str] = frozenset()


def follow(settings: Settings, *, clock: Clock, catalog: Catalog) -> Followed:
    """Set up the market the settings ask for. Raises ConfigError for a recording that is not there."""
    master = SymbolMaster(default_instruments(settings.sim_sessions))
    if settings.feed == "none":
        return Followed(master=master, clock=clock)
    if settings.feed == "replay":
        return _recording(settings, catalog, master)

    def simulated(last_prices: Mapping[str, Price]) -> Feed:
        market = SimulatedMarket(list(master), seed=settings.sim_seed, start_ns=clock.now_ns(), last_prices=last_prices)
        return SimulatedFeed(market, clock=clock)

    return Followed(master=master, clock=clock, feed_name="simulated", open_feed=simulated)


def _recording(settings: Settings, catalog: Catalog, master: SymbolMaster) -> Followed:
    dataset = catalog.dataset(settings.replay_dataset)
    if dataset is None:
        known = ", ".join(one.dataset_id for one in catalog.datasets())
        raise ConfigError(f"replay_dataset: there is no dataset {settings.replay_dataset!r}; there are {known}")
    instrument = _recorded_instrument(catalog, dataset, master)
    master.add(instrument)
    name = f"replay of {dataset.dataset_id}"

    def recording(_last_prices: Mapping[str, Price]) -> Feed:
        events = catalog.events(dataset.dataset_id)
        return ReplayFeed(name, [instrument], events, clock=SystemClock(), speed=settings.replay_speed or None)

    recorded = frozenset({instrument.symbol} if dataset.kind == "bars" else ())
    return Followed(
        master=master,
        clock=ManualClock(dataset.start_ns),
        feed_name=name,
        open_feed=recording,
        recorded_bars=recorded,
    )


def _recorded_instrument(catalog: Catalog, dataset: Dataset, master: SymbolMaster) -> Instrument:
    """Give what a recording is traded as: whenever it speaks, that instrument trades."""
    if dataset.kind == "bars":
        made = instrument_of(dataset.symbol, catalog.bars(dataset.dataset_id))
    else:
        made = master.resolve(dataset.symbol) or instrument_for_data(dataset.symbol, tick_size=TICK_OF_RECORDINGS)
    return msgspec.structs.replace(made, calendar_name="24/7")
