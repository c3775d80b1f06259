"""Forward pass: values flow through a computational graph

The graph of out = (a * b + a)**2 at a = 3 and b = -2, read from left to right. The
product node gives s = -6 from a and b; the sum node gives t = -3 from s and a; the
square gives out = 9. Two arrows leave the input a: to the product and to the sum.
"""

import torch
from style import CODE, FORWARD, INK, SMALL, arrow, canvas, circle, label, save

INPUTS = {"a": 3.0, "b": -2.0}
# node -> its operation and the names of what it takes
NODES = {
    "s": (torch.mul, "a", "b"),
    "t": (torch.add, "s", "a"),
    "out": (torch.square, "t"),
}
EDGES = [(name, node) for node, (_, *names) in NODES.items() for name in names]

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


def values():
    """Return name -> value of every node, tensors in PyTorch's own graph."""
    value = {name: torch.tensor(x, requires_grad=True) for name, x in INPUTS.items()}
    for node, (operation, *names) in NODES.items():
        value[node] = operation(*[value[name] for name in names])
    return value


def factor(value):
    """Write a number that follows a sign: in brackets if it is negative."""
    return f"({value:g})" if value < 0 else f"{value:g}"


def draw_nodes(ax):
    for name, text, size in [
        ("a", "a", None),
        ("b", "b", None),
        ("s", "×", 24),
        ("t", "+", 24),
        ("out", "square", SMALL),
    ]:
        circle(ax, *PLACES[name], RADIUS)
        family = CODE if text == name else None
        label(ax, *PLACES[name], text, fontsize=size, family=family)


def write_beside(ax, name, *lines):
    """Write lines, (text, colour), over a node of the top row or under another."""
    x, y = PLACES[name]
    first = y + RADIUS + 0.27 * len(lines) if y == TOP else y - RADIUS - 0.22
    for number, (text, colour) in enumerate(lines):
        weight = "normal" if colour == INK else "bold"
        place = x, first - 0.05 - 0.27 * number
        label(
            ax, *place, text, color=colour, weight=weight, family=CODE, fontsize=SMALL
        )


def draw():
    figure, ax = canvas(*SIZE)
    draw_nodes(ax)
    for start, end in EDGES:
        arrow(ax, PLACES[start], PLACES[end], FORWARD, gaps=(RADIUS, RADIUS))

    value = values()
    a, b, s, t, out = (f"{tensor:g}" for tensor in value.values())
    b_factor, t_factor = factor(value["b"]), factor(value["t"])
    write_beside(ax, "a", (f"a = {a}", FORWARD))
    write_beside(ax, "b", (f"b = {b}", FORWARD))
    for name, symbols, numbers in [
        ("s", "s = a × b", f"{a} × {b_factor} = {s}"),
        ("t", "t = s + a", f"{s} + {a} = {t}"),
        ("out", "out = t²", f"{t_factor}² = {out}"),
    ]:
        write_beside(ax, name, (symbols, INK), (numbers, FORWARD))
    return figure


if __name__ == "__main__":
    save(draw, __file__, __doc__)
