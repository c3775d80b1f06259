"""Move every float32 weight that is drawn at a start by one rounding, up or down."""

import functools
import math

import torch

from mlplab import network

SPREAD, SHIFT = 2_654_435_761, 13  # scatter the bits of a number; one of them decides


def move(draw):
    """Let all starts be moved from now on; each `draw` moves them otherwise.

    A number is moved in the same way wherever it is drawn, so that one seed still gives
    one start, in PyTorch as in mlplab.
    """

    def moved(drawing):
        @functools.wraps(drawing)
        def draw_and_move(*arguments, **options):
            drawn = drawing(*arguments, **options)
            for part in drawn if isinstance(drawn, list) else [(drawn,)]:
                for numbers in part:
                    _move(torch.as_tensor(numbers), draw)
            return drawn

        return draw_and_move

    for name in ("uniform_", "normal_"):
        setattr(torch.Tensor, name, moved(getattr(torch.Tensor, name)))
    torch.randn = moved(torch.randn)
    network.initial_weights = moved(network.initial_weights)


@torch.no_grad()
def _move(numbers, draw):
    if numbers.dtype != torch.float32:
        return
    bits = numbers.view(torch.int32).long() + draw
    up = (bits * SPREAD >> SHIFT) % 2 == 0
    towards = torch.where(up, math.inf, -math.inf).to(numbers.dtype)
    moved = torch.nextafter(numbers, towards)
    numbers.copy_(torch.where(numbers == 0, numbers, moved))  # what was set, not drawn
