"""Labels: what is to be foretold of a bar, from the bars after it."""

import numpy as np
from numpy.typing import NDArray

from openbell.analytics.returns import Floats


def rises(opens: Floats, *, horizon: int, least_return: float = 0.0) -> NDArray[np.float64]:
    """Return 1 where buying at the next open and selling `horizon` bars later gains more than `least_return`, else 0.

    An order decided at a bar's close trades at the next bar's open, so that is where the label begins. NaN for the
    last `horizon` + 1 bars, whose future is not known.
    """
    out = np.full(opens.shape, np.nan)
    reach = label_reach(horizon)
    if opens.size > reach:
        out[:-reach] = opens[reach:] / opens[1 : opens.size - horizon] - 1.0 > least_return
    return out


def label_reach(horizon: int) -> int:
    """Return how many bars after its own a label looks at."""
    return horizon + 1
