"""Multiply along a path

The graph of out = (a * b + c)**2 at a = 3, b = -2 and c = 9, read from left to right:
s = -6, t = 3, out = 9. On each edge stands a local derivative: how fast the node at the
right moves with the one at the left. The path from a to out stands out: -2, then 1,
then 6. Multiplied they give -12.
"""

import math
from itertools import pairwise

from forward_pass import RADIUS, draw_nodes, write_beside
from local_gradient import GRAPH
from style import (
    BACKWARD,
    FORMULA,
    FORWARD,
    GREY,
    INK,
    SMALL,
    arrow,
    canvas,
    in_numbers,
    label,
)

from mlplab.graph import OPERATIONS

TOP, BOTTOM = 2.05, 0.85
PLACES = {
    "a": (1.0, TOP),
    "b": (1.0, BOTTOM),
    "s": (3.5, TOP),
    "c": (3.5, BOTTOM),
    "t": (6.0, TOP),
    "out": (8.6, TOP),
}
PATH = ("a", "s", "t", "out")


def draw():
    values = GRAPH.forward(GRAPH.inputs)
    along = [
        GRAPH.slopes(node, values)[GRAPH.nodes[node][1:].index(source)]
        for source, node in pairwise(PATH)
    ]

    figure, ax = canvas(9.6, 3.0)
    for name, (operation, *sources) in GRAPH.nodes.items():
        symbols = OPERATIONS[operation].slope_symbols(name, *sources)
        slopes = GRAPH.slopes(name, values)
        for source, symbol, slope in zip(sources, symbols, slopes, strict=True):
            on_path = source in PATH
            colour = BACKWARD if on_path else GREY
            start, end = PLACES[source], PLACES[name]
            arrow(ax, start, end, colour, (RADIUS, RADIUS))
            number = f"{slope:g}"
            text = number if symbol == number else f"{symbol} = {number}"
            x, y = (start[0] + end[0]) / 2, (start[1] + end[1]) / 2
            x, y = (x, y + 0.22) if on_path else (x + 0.15, y - 0.25)
            weight = "bold" if on_path else "normal"
            label(ax, x, y, text, color=colour, weight=weight, **FORMULA)

    draw_nodes(ax, GRAPH, PLACES)
    for name in PLACES:
        lines = [(f"{name} = {values[name]:g}", FORWARD)]
        if name in GRAPH.nodes:
            operation, *sources = GRAPH.nodes[name]
            symbols = OPERATIONS[operation].symbols(*sources)
            lines.insert(0, (f"{name} = {symbols}", INK))
        write_beside(ax, name, *lines, places=PLACES)

    product = f"{in_numbers('multiply', *along)} = {math.prod(along):g}"
    label(ax, 7.4, 1.0, "along the path, multiply:", color=INK, fontsize=SMALL)
    label(ax, 7.4, 0.65, product, color=BACKWARD, weight="bold", **FORMULA)
    return figure
