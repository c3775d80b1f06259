"""The local gradient at one node: upstream times local derivative

One product node, s = a * b, with a = 3 and b = -2. Solid arrows carry the values from
left to right: 3 and -2 go in, -6 comes out. Dashed arrows carry gradients from right to
left: the upstream gradient ds = 6 arrives, is multiplied by the local derivative of
each input, and goes on as da = 6 * (-2) = -12 and db = 6 * 3 = 18.
"""

import math

from style import (
    BACKWARD,
    FORMULA,
    FORWARD,
    arrow,
    canvas,
    circle,
    label,
    upstream_times_local,
)

from mlplab.graph import OPERATIONS, SMALL, Graph

# (a * b + c)**2, with which notebook 03 begins: what follows sends ds back to s
GRAPH = Graph(SMALL.inputs | {"c": 9.0}, SMALL.nodes | {"t": ("add", "s", "c")})
NODE = "s"

RADIUS = 0.55
MIDDLE = 1.4
PLACE = 6.1, MIDDLE
LEFT, RIGHT = 2.45, 9.3  # where the arrows end
APART = 0.11  # of an arrow from the middle between it and its partner


def port(side, height):
    """Return the point of the node's circle that is `height` above its centre."""
    return PLACE[0] + side * math.sqrt(RADIUS**2 - height**2), MIDDLE + height


def draw():
    values = GRAPH.forward(GRAPH.inputs)
    _, gradients = GRAPH.backward(values)
    operation, *sources = GRAPH.nodes[NODE]
    words = OPERATIONS[operation]
    slopes = words.slope_symbols(NODE, *sources), GRAPH.slopes(NODE, values)

    figure, ax = canvas(9.5, 2.8)
    value = FORMULA | {"color": FORWARD, "weight": "bold"}
    gradient = FORMULA | {"color": BACKWARD, "weight": "bold"}
    circle(ax, *PLACE, RADIUS, OPERATIONS[operation].sign, fontsize=26)

    edges = zip(sources, *slopes, (1, -1), strict=True)
    for place, (name, symbols, slope, side) in enumerate(edges):
        y = MIDDLE + side * 0.85
        arrow(ax, (LEFT, y + APART), port(-1, side * 0.27 + APART), FORWARD)
        arrow(
            ax, port(-1, side * 0.27 - APART), (LEFT, y - APART), BACKWARD, dashed=True
        )
        step = f"d{name} = {upstream_times_local(GRAPH, values, (name, place, NODE))}"
        text = {"ha": "right"}
        label(ax, LEFT - 0.12, y + 0.14, f"{name} = {values[name]:g}", **value | text)
        label(ax, LEFT - 0.12, y - 0.14, step, **gradient | text)
        local = f"local: ∂{NODE}/∂{name} = {symbols} = {slope:g}"
        label(ax, 4.9, MIDDLE + side * 1.05, local, **FORMULA)

    arrow(ax, port(1, APART), (RIGHT, MIDDLE + APART), FORWARD)
    arrow(ax, (RIGHT, MIDDLE - APART), port(1, -APART), BACKWARD, dashed=True)
    result = f"{NODE} = {words.symbols(*sources)} = {values[NODE]:g}"
    label(ax, 7.95, MIDDLE + 0.36, result, **value)
    label(
        ax, 7.95, MIDDLE - 0.36, f"upstream: d{NODE} = {gradients[NODE]:g}", **gradient
    )
    return figure
