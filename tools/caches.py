"""Fill the caches that are empty on a new machine: matplotlib's fonts, both loops.

What it says of that, and the seconds that it takes, would else fall into a test, or
into the output of a cell.
"""

import matplotlib.pyplot  # noqa: F401

from mlplab.network import SIDE_BY_SIDE, Settings, sweep, train

if __name__ == "__main__":
    train(Settings(steps=2))
    sweep(Settings(steps=2), [1.0], range(SIDE_BY_SIDE))
