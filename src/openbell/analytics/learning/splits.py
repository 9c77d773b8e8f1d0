"""Splits of a time series for training, without a leak: purged walk-forward with an embargo.

Source: López de Prado, "Advances in Financial Machine Learning" (2018), chapter 7. A label looks at bars after its
own; a row whose label reaches into the bars a model is used on is left out (purged), and so are some more before
them (the embargo), since features of neighbouring bars share most of their data.
"""

from itertools import pairwise
from typing import NamedTuple

ROWS_MIN = 50


class TooFewRows(ValueError):
    """There is less data than the folds need."""


class Split(NamedTuple):
    """Rows [train_first, train_last) to train on, rows [use_first, use_last) to use the model on."""

    train_first: int
    train_last: int
    use_first: int
    use_last: int


def purged_walk_forward(first: int, *, last: int, folds: int, reach: int, embargo: int) -> list[Split]:
    """Cut rows [first, last) into folds + 1 equal stretches and use a model on each but the first.

    Each model is trained on all rows before its stretch whose label, which looks `reach` rows ahead, ends at least
    `embargo` rows before it. Raises TooFewRows.
    """
    length = (last - first) / (folds + 1)
    edges = [first + round(length * place) for place in range(1, folds + 2)]
    splits = [Split(first, begin - reach - embargo, begin, end) for begin, end in pairwise(edges)]
    if splits[0].train_last - first < ROWS_MIN:
        raise TooFewRows(
            f"the first of {folds} folds has {max(0, splits[0].train_last - first)} bars to learn from and needs "
            f"{ROWS_MIN}: take more data, fewer folds, a shorter horizon or a smaller embargo"
        )
    return splits
