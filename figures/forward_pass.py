"""Forward pass: values flow through a computational graph

The graph of out = (a * b + a)**2 at a = 3 and b = -2, read from left to right. The
product node gives s = -6 from a and b; the sum node gives t = -3 from s and a; the
square gives out = 9. Two arrows leave the input a: to the product and to the sum.
"""

from style import (
    CODE,
    FORMULA,
    FORWARD,
    INK,
    SMALL,
    arrow,
    canvas,
    circle,
    in_numbers,
    label,
)

from mlplab.graph import OPERATIONS
from mlplab.graph import SMALL as GRAPH

EDGES = [
    (source, place, name)
    for name in GRAPH.order
    for place, source in enumerate(GRAPH.nodes[name][1:])
]

SIZE = 9.6, 3.4
RADIUS = 0.42
TOP, BOTTOM = 2.2, 1.1
PLACES = {
    "a": (1.05, TOP),
    "b": (1.05, BOTTOM),
    "s": (3.65, BOTTOM),
    "t": (6.2, TOP),
    "out": (8.8, TOP),
}


def draw_nodes(ax, graph=GRAPH, places=PLACES):
    for name in graph.inputs:
        circle(ax, *places[name], RADIUS, name, family=CODE)
    for name, (operation, *_) in graph.nodes.items():
        sign = OPERATIONS[operation].sign
        size = 24 if len(sign) == 1 else SMALL
        circle(ax, *places[name], RADIUS, sign, fontsize=size)


def write_beside(ax, name, *lines, places=PLACES):
    """Write lines, (text, colour), over a node of the top row or under another."""
    x, y = places[name]
    top = max(height for _, height in places.values())
    first = y + RADIUS + 0.27 * len(lines) if y == top else y - RADIUS - 0.22
    for number, (text, colour) in enumerate(lines):
        weight = "normal" if colour == INK else "bold"
        at = x, first - 0.05 - 0.27 * number
        label(ax, *at, text, color=colour, weight=weight, **FORMULA)


def draw():
    figure, ax = canvas(*SIZE)
    draw_nodes(ax)
    for start, _, end in EDGES:
        arrow(ax, PLACES[start], PLACES[end], FORWARD, gaps=(RADIUS, RADIUS))

    values = GRAPH.forward(GRAPH.inputs)
    for name in GRAPH.inputs:
        write_beside(ax, name, (f"{name} = {values[name]:g}", FORWARD))
    for name, (operation, *sources) in GRAPH.nodes.items():
        symbols = f"{name} = {OPERATIONS[operation].symbols(*sources)}"
        numbers = in_numbers(operation, *(values[source] for source in sources))
        result = f"{numbers} = {values[name]:g}"
        write_beside(ax, name, (symbols, INK), (result, FORWARD))
    return figure
