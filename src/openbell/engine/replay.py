"""Columns of bars through one core, with as little done a bar as can be: what a backtest of many bars runs on.

A bar on which nothing is decided costs a strategy's own code and hardly more: no bar, no step and no price is made,
all three are read from the columns when somebody asks. Whatever is decided goes the way it always goes, through the
gate and `Core.step`, but for ordinary market orders, which `engine.express` takes a short way.
`tests/property/test_drivers_agree.py` holds this to the plain way of stepping bar after bar.
"""

from bisect import bisect_right
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from heapq import heappop, heappush
from itertools import repeat

import numpy as np

from openbell.domain.market import Bar, Timeframe
from openbell.domain.strategy import StrategyConfig
from openbell.domain.values import Nanos
from openbell.engine.express import Express
from openbell.engine.host import Host
from openbell.engine.lanes import UNSEEN, Cursor, Lane, LaneMarks, Rows
from openbell.engine.lines import Columns
from openbell.engine.shape import default_time_in_force
from openbell.engine.surroundings import Surroundings
from openbell.engine.turn import Turn


class Replay:
    """Runs bars through a core. Stands for the strategy whose code runs, for when it fails (`config`)."""

    def __init__(
        self, turn: Turn, host: Host, has_exits: Callable[[str], bool], around: Surroundings, timeframe: Timeframe
    ) -> None:
        self._turn = turn
        self._host = host
        self._has_exits = has_exits
        self._around = around
        self._under_way, self._sent = around.under_way, around.sent
        self._timeframe = timeframe
        self._is_busy = False
        self._lane: Lane | None = None
        self.lanes: dict[str, Lane] = {}
        self._marks = LaneMarks(self.lanes)
        turn.marks.read_from(self._marks)
        self._express = turn.express = Express(turn, self.lanes, around)

    @property
    def config(self) -> StrategyConfig:
        """Configuration of the strategy whose code runs."""
        assert self._lane is not None and self._lane.desk is not None  # noqa: PT018, S101 - its code runs
        return self._lane.desk.config

    @property
    def is_core_busy(self) -> bool:
        """Tell whether our own code runs, so that an error would be ours."""
        desk = self._lane.desk if self._lane is not None else None
        return self._is_busy or desk is None or desk.is_core_busy

    def load(self, bars: Mapping[str, Columns], places: Mapping[str, Sequence[int]]) -> None:
        """Take in the next part of the bars of each symbol."""
        self._marks.keep()
        for symbol, columns in bars.items():
            lane = self.lanes.get(symbol)
            if lane is None:
                lane = self.lanes[symbol] = Lane(Cursor(symbol, self._timeframe))
            lane.runners = self._host.runners(symbol, self._timeframe)
            lane.is_stepped = self._has_exits(symbol)
            lane.time_in_force = default_time_in_force(self._turn.settings.instruments[symbol])
            lane.opening = None if lane.is_stepped else self._around.opening(symbol)
            lane.load(columns, places[symbol])

    def run(self, rows: Rows, *, ends_ns: Iterable[Nanos], tells_time: Iterable[bool] | None) -> None:
        """Let every bar happen; time is told after those where it should be, or never."""
        self._marks.place = None
        for lane in self.lanes.values():
            lane.list_values()
        lane = rows.lanes[0]
        if len(rows.lanes) == 1 and lane.is_swift and lane.runners and tells_time is None:
            self._guarded(self._every_swift, lane, ends_ns)
        else:
            self._guarded(self._every, rows.in_order(), ends_ns, tells_time or repeat(False))  # noqa: FBT003

    def run_woken(self, rows: Rows) -> bool:
        """Let the bars happen that matter; False, and nothing done, when a strategy does not say which these are."""
        woken: list[int] = []
        for lane in self.lanes.values():
            flags = lane.wakes()
            if flags is None:
                return False
            marked = np.flatnonzero(flags).tolist()
            woken += marked if len(self.lanes) == 1 else [lane.places[i] for i in marked]
        self._guarded(self._woken, sorted(woken), rows)
        for lane in self.lanes.values():
            lane.stand_at(len(lane.places) - 1)
        return True

    def _guarded(self, run: Callable[..., None], *given: object) -> None:
        turn = self._turn
        turn.begin(turn.now_ns)
        if not self._host.guard(self, run, *given):
            assert self._lane is not None  # noqa: S101 - a strategy failed, in some lane
            self._around.settle(turn.records, turn.requests, self._lane.places[self._lane.cursor.i])

    def _every(
        self,
        _self: object,
        rows: Iterable[tuple[Lane, int]],
        ends_ns: Iterable[Nanos],
        tells_time: Iterable[bool],
    ) -> None:
        turn, under_way, express = self._turn, self._under_way, self._express
        for (lane, i), now_ns, is_told in zip(rows, ends_ns, tells_time, strict=False):
            self._lane = lane
            if (lane.orders or under_way or lane.express is not None) and not self._fill(lane, i):
                self._meet(lane, i, now_ns)
            lane.cursor.i = i
            turn.now_ns = now_ns
            turn.step += 1
            if lane.is_swift:
                line = lane.line
                line.before = line.value
                line.value = lane.values[i]
                lane.on_bar(lane.desk, lane.cursor)
            else:
                self._show(lane, i)
            if express.sent:
                express.accept()
            if turn.records:
                self._settle(lane.places[i], now_ns)
            if is_told:
                self._tell_time(lane.places[i], now_ns)

    def _every_swift(self, _self: object, lane: Lane, ends_ns: Iterable[Nanos]) -> None:
        """Do what `_every` does, for one lane whose line is read from columns and with nobody to be told the time."""
        turn, under_way, express, line, cursor = self._turn, self._under_way, self._express, lane.line, lane.cursor
        on_bar, desk, value = lane.on_bar, lane.desk, lane.line.value
        self._lane = lane
        for i, now_ns, following in zip(lane.places, ends_ns, lane.values, strict=False):
            if (lane.orders or under_way or lane.express is not None) and not self._fill(lane, i):
                self._meet(lane, i, now_ns)
            cursor.i = i
            turn.now_ns = now_ns
            turn.step += 1
            line.before = value
            line.value = value = following
            on_bar(desk, cursor)
            if express.sent:
                express.accept()
            if turn.records:
                self._settle(i, now_ns)

    def _woken(self, _self: object, woken: Sequence[int], rows: Rows) -> None:
        """Visit the places that were asked for, and as long as something rests or is under way the next ones as well.

        What rests from the part before is met at the first bar of its lane, so each of these is visited too.
        """
        under_way, asked, lanes = self._under_way, 0, rows.lanes
        owner_at, bar_at = rows.owners.item, rows.bars.item
        due = sorted(lane.places[0] for lane in self.lanes.values() if len(lane.places))
        while due or asked < len(woken):
            is_asked = asked < len(woken) and (not due or woken[asked] <= due[0])
            place = woken[asked] if is_asked else due[0]
            asked += is_asked
            while due and due[0] == place:
                heappop(due)
            lane, i = (lanes[owner_at(place)], bar_at(place)) if len(lanes) > 1 else (lanes[0], place)
            is_changed = self._visit(lane, i, place, is_asked=is_asked)
            for one in self._lanes_to_look_at(lane) if is_changed else (lane,):
                if one.express is not None or one.orders or (one.is_watchful and one.is_holding):
                    following = i + 1 if one is lane else bisect_right(one.places, place)
                    if following < len(one.places) and one.due != one.places[following]:
                        one.due = one.places[following]
                        heappush(due, one.due)
            if under_way and place + 1 < len(rows.bars):
                heappush(due, place + 1)

    def _lanes_to_look_at(self, lane: Lane) -> Collection[Lane]:
        """Give the lanes in which an order may have come to rest since the last time, and the present one."""
        sent = self._sent
        if self._under_way:
            # What is under way may come to rest at any bar: it stays among what was sent until all has arrived.
            return self.lanes.values()
        if not sent or (len(sent) == 1 and lane.cursor.symbol in sent):
            sent.clear()
            return (lane,)
        looked_at = dict.fromkeys((lane.cursor.symbol, *sorted(sent)))
        sent.clear()
        return [self.lanes[symbol] for symbol in looked_at]

    def _visit(self, lane: Lane, i: int, place: int, *, is_asked: bool) -> bool:
        """Let a bar happen and tell whether anything came of it."""
        turn, is_met = self._turn, bool(lane.orders or self._under_way or lane.express is not None)
        marks, cursor = self._marks, lane.cursor
        now_ns = cursor.columns.ts_ns.item(i) + self._timeframe.length_ns
        self._lane = marks.visited = lane
        if is_met:
            marks.place, cursor.i = place - 1, i - 1
            if not self._fill(lane, i):
                if lane.hears:
                    lane.stand_at(i - 1)
                self._meet(lane, i, now_ns)
        marks.place, cursor.i = place, i
        if is_asked or (lane.is_watchful and lane.is_holding):
            lane.stand_at(i)
            turn.now_ns = now_ns
            turn.step += 1
            lane.on_bar(lane.desk, lane.cursor)
            if self._express.sent:
                self._express.accept()
                is_met = True
        if not turn.records:
            return is_met
        self._settle(place, now_ns)
        return True

    def _fill(self, lane: Lane, i: int) -> bool:
        """Fill what is under way in a lane on the short way; False where nothing is, or where the venue has it now."""
        if lane.express is None:
            return False
        self._is_busy = True
        is_filled = self._express.fill(lane, i)
        self._is_busy = False
        return is_filled

    def _meet(self, lane: Lane, i: int, now_ns: Nanos) -> None:
        self._is_busy = True
        self._express.hand_over()
        self._around.meet(lane.cursor.bar(i), lane.places[i])
        if lane.orders is UNSEEN:
            lane.orders = self._around.orders(lane.cursor.symbol)
        self._turn.begin(now_ns)
        self._is_busy = False

    def _settle(self, place: int, now_ns: Nanos) -> None:
        self._is_busy = True
        turn = self._turn
        if turn.touched:
            self._host.tell_orders()
        if turn.requests:
            self._express.hand_over()
        self._around.settle(turn.records, turn.requests, place)
        turn.begin(now_ns)
        self._is_busy = False

    def _tell_time(self, place: int, now_ns: Nanos) -> None:
        self._is_busy = True
        self._express.hand_over()
        self._around.tell_time(now_ns, place)
        self._turn.begin(now_ns)
        self._is_busy = False

    def _show(self, lane: Lane, i: int) -> None:
        """Show a bar to be kept to whoever listens; where exits are watched, by way of the core's own step."""
        bar = lane.bars[i]
        if lane.is_stepped:
            self._step(bar, lane.places[i])
            return
        for runner in lane.runners:
            lane.desk = runner.desk
            runner.on_bar(runner.desk, bar)

    def _step(self, bar: Bar, place: int) -> None:
        """Give a bar to the core, whose requests reach the venue before we hear of them: so nothing goes short now."""
        self._is_busy = True
        self._express.hand_over()
        self._turn.express = None
        self._around.step(bar, place)
        self._turn.express = self._express
        self._turn.begin(bar.end_ns)
        self._is_busy = False
