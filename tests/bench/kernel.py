"""What a move of a slider takes in the kernel: train, draw, encode."""

import time
from unittest import mock

from PIL import Image

from mlplab.explorers import explore_backprop, explore_depth, training

from .report import duration, percentile, table

MOVES = 60
# with what training and drawing together shall stay below, in milliseconds
EXPLORERS = {
    "explore_backprop, 2-2-1": (explore_backprop, 25),
    "explore_depth, 4 layers of width 10": (explore_depth, 60),
}


class Clock:
    """Adds up the seconds spent inside functions that it wraps."""

    def __init__(self):
        self.seconds = 0.0

    def around(self, function):
        def timed(*args, **kwargs):
            start = time.perf_counter()
            try:
                return function(*args, **kwargs)
            finally:
                self.seconds += time.perf_counter() - start

        return timed


def moves(explorer, count):
    """Seconds of each move of the learning rate: (train, draw, encode)."""
    slider = explorer.controls["learning_rate"]
    rates = [rate for rate in training.RATES if 0.1 <= rate <= 1]
    train, encode = Clock(), Clock()
    found = []
    with (
        mock.patch.object(training, "train", train.around(training.train)),
        mock.patch.object(Image.Image, "save", encode.around(Image.Image.save)),
    ):
        for number in range(count + 1):
            train.seconds = encode.seconds = 0.0
            start = time.perf_counter()
            slider.value = rates[number % len(rates)]
            whole = time.perf_counter() - start
            draw = whole - train.seconds - encode.seconds
            found.append((train.seconds, draw, encode.seconds))
    return found[1:]  # the first one is a rehearsal


def main(count=MOVES):
    rows = []
    for name, (explore, wanted_ms) in EXPLORERS.items():
        found = moves(explore(), count)
        shown = [*zip(*found, strict=True), [train + draw for train, draw, _ in found]]
        row = [duration(percentile(part, 50)) for part in shown]
        late = duration(percentile([sum(move) for move in found], 95))
        rows.append([name, *row, f"{wanted_ms} ms", late])
    table(
        f"A move of a slider, without the page (median of {count})",
        ("", "train", "draw, rest", "encode", "train, draw", "wanted", "all, 95 %"),
        rows,
    )
