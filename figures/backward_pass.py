"""Backward pass: on every edge upstream times local, and paths that meet add

The graph of the forward pass, with arrows from right to left. It starts with dout = 1.
On each edge the upstream gradient is multiplied by the local derivative: 1 times -6
gives dt = -6; -6 times 1 gives ds = -6, and the same along the edge to a; -6 times -2
gives 12 on the edge from s to a, and -6 times 3 gives db = -18. Two edges meet at a:
da = -6 + 12 = 6.
"""

from forward_pass import EDGES, GRAPH, PLACES, RADIUS, SIZE, draw_nodes, write_beside
from style import (
    BACKWARD,
    FORMULA,
    FORWARD,
    GREY,
    SMALL,
    arrow,
    canvas,
    in_numbers,
    label,
    upstream_times_local,
)

# where each edge's product stands, and which end of the text
SPOTS = {
    ("a", "s"): (2.35, 1.85, "left"),
    ("b", "s"): (2.35, 0.92, "center"),
    ("s", "t"): (5.1, 1.5, "left"),
    ("a", "t"): (3.65, 2.38, "center"),
    ("t", "out"): (7.5, 2.38, "center"),
}


def draw():
    values = GRAPH.forward(GRAPH.inputs)
    products, gradients = GRAPH.backward(values)

    figure, ax = canvas(*SIZE)
    draw_nodes(ax)
    for edge in reversed(EDGES):
        start, _, end = edge
        arrow(ax, PLACES[end], PLACES[start], BACKWARD, (RADIUS, RADIUS), dashed=True)
        x, y, end_of_text = SPOTS[start, end]
        text = upstream_times_local(GRAPH, values, edge)
        label(ax, x, y, text, ha=end_of_text, **FORMULA)

    for name, gradient in gradients.items():
        text = f"{gradient:g}"
        arriving = [product for edge, product in products.items() if edge[0] == name]
        if len(arriving) > 1:
            text = f"{in_numbers('add', *arriving)} = {text}"
        value = f"{name} = {values[name]:g}"
        write_beside(ax, name, (value, FORWARD), (f"d{name} = {text}", BACKWARD))
    rules = "on an edge: upstream × local\nwhere edges meet: add"
    label(ax, 7.55, 0.6, rules, color=GREY, fontsize=SMALL)
    return figure
