"""Fill profiles: how kindly the simulated venue treats our orders."""

from enum import StrEnum

import msgspec

from openbell.domain.values import NANOS_PER_SECOND, SCALE, Nanos, Rate

_BASIS_POINT = SCALE // 10_000
_MILLISECOND = NANOS_PER_SECOND // 1000


class Depth(StrEnum):
    """How much there is to take: UNLIMITED at the best price, or only what is VISIBLE, and worse prices beyond."""

    UNLIMITED = "UNLIMITED"
    VISIBLE = "VISIBLE"


class Queue(StrEnum):
    """Who leaves first when a level shrinks without a trade.

    NONE: we are first in line from the start. PROPORTIONAL: cancels are spread evenly over the level. BACK: every
    cancel happens behind us.
    """

    NONE = "NONE"
    PROPORTIONAL = "PROPORTIONAL"
    BACK = "BACK"


class FillProfile(msgspec.Struct, frozen=True, kw_only=True):
    """One named way of filling. `slippage` is what taker orders pay on bars, and beyond visible depth elsewhere."""

    name: str
    latency_ns: Nanos = 0
    slippage: Rate = 0
    depth: Depth = Depth.VISIBLE
    queue: Queue = Queue.PROPORTIONAL
    bar_participation: Rate | None = None
    """Largest part of a bar's volume that is ours; None is all we want, whatever the volume."""


IDEAL = FillProfile(name="ideal", depth=Depth.UNLIMITED, queue=Queue.NONE)
REALISTIC = FillProfile(
    name="realistic", latency_ns=20 * _MILLISECOND, slippage=_BASIS_POINT, bar_participation=SCALE // 10
)
PESSIMISTIC = FillProfile(
    name="pessimistic",
    latency_ns=250 * _MILLISECOND,
    slippage=5 * _BASIS_POINT,
    queue=Queue.BACK,
    bar_participation=SCALE // 50,
)
PROFILES = {profile.name: profile for profile in (IDEAL, REALISTIC, PESSIMISTIC)}
