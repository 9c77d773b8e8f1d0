"""Learning from bars: features, labels, splits without leaks, and the evaluation of boosted trees."""

from openbell.analytics.learning.features import FeatureSet, UnknownFeature, feature_columns
from openbell.analytics.learning.labels import label_reach, rises
from openbell.analytics.learning.scores import score_of
from openbell.analytics.learning.splits import Split, TooFewRows, purged_walk_forward
from openbell.analytics.learning.trees import BoostedTrees, importance_of

__all__ = [
    "BoostedTrees",
    "FeatureSet",
    "Split",
    "TooFewRows",
    "UnknownFeature",
    "feature_columns",
    "importance_of",
    "label_reach",
    "purged_walk_forward",
    "rises",
    "score_of",
]
