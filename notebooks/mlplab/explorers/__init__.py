"""The explorers: widgets that train at every move and show what happens."""

import gc

from .backprop import explore_backprop
from .depth import explore_depth
from .folding import explore_folding
from .graph import explore_graph
from .line import explore_line
from .outcomes import explore_outcomes
from .pad import explore_pad
from .perceptron import explore_perceptron
from .slope import explore_slope
from .training import explore_training
from .valley import explore_valley
from .xor import explore_xor

__all__ = [
    "explore_backprop",
    "explore_depth",
    "explore_folding",
    "explore_graph",
    "explore_line",
    "explore_outcomes",
    "explore_pad",
    "explore_perceptron",
    "explore_slope",
    "explore_training",
    "explore_valley",
    "explore_xor",
]

# What is imported stays: Python need not look through it when it searches for what can
# go, which would take 0.15 s each time.
gc.freeze()
