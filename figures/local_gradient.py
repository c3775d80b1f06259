"""The local gradient at one node: upstream times local derivative

One product node, s = a * b, with a = 3 and b = -2. Solid arrows carry the values from
left to right: 3 and -2 go in, -6 comes out. Dashed arrows carry gradients from right to
left: the upstream gradient ds = 6 arrives, is multiplied by the local derivative of
each input, and goes on as da = 6 * (-2) = -12 and db = 6 * 3 = 18.
"""

import math

import torch
from forward_pass import factor
from style import (
    BACKWARD,
    CODE,
    FORWARD,
    SMALL,
    arrow,
    canvas,
    circle,
    label,
    save,
)

RADIUS = 0.55
MIDDLE = 1.4
NODE = 6.1, MIDDLE
LEFT, RIGHT = 2.45, 9.3  # where the arrows end
APART = 0.11  # of an arrow from the middle between it and its partner
UPSTREAM = 6.0  # what the rest of the graph sends back to this node


def port(side, height):
    """Return the point of the node's circle that is `height` above its centre."""
    return NODE[0] + side * math.sqrt(RADIUS**2 - height**2), MIDDLE + height


def draw():
    a, b = (torch.tensor(x, requires_grad=True) for x in (3.0, -2.0))
    s = a * b
    local = torch.autograd.grad(s, (a, b), retain_graph=True)
    passed_on = torch.autograd.grad(s, (a, b), torch.tensor(UPSTREAM))

    figure, ax = canvas(9.5, 2.8)
    plain = {"family": CODE, "fontsize": SMALL}
    value = plain | {"color": FORWARD, "weight": "bold"}
    gradient = plain | {"color": BACKWARD, "weight": "bold"}
    circle(ax, *NODE, RADIUS)
    label(ax, *NODE, "×", fontsize=26)

    for i, (side, name, other) in enumerate([(1, "a", "b"), (-1, "b", "a")]):
        y = MIDDLE + side * 0.85
        arrow(ax, (LEFT, y + APART), port(-1, side * 0.27 + APART), FORWARD)
        arrow(
            ax, port(-1, side * 0.27 - APART), (LEFT, y - APART), BACKWARD, dashed=True
        )
        step = f"{UPSTREAM:g} × {factor(local[i])} = {passed_on[i]:g}"
        text = {"ha": "right"}
        label(ax, LEFT - 0.12, y + 0.14, f"{name} = {(a, b)[i]:g}", **value | text)
        label(ax, LEFT - 0.12, y - 0.14, f"d{name} = {step}", **gradient | text)
        slope = f"local: ∂s/∂{name} = {other} = {local[i]:g}"
        label(ax, 4.9, MIDDLE + side * 1.05, slope, **plain)

    arrow(ax, port(1, APART), (RIGHT, MIDDLE + APART), FORWARD)
    arrow(ax, (RIGHT, MIDDLE - APART), port(1, -APART), BACKWARD, dashed=True)
    label(ax, 7.95, MIDDLE + 0.36, f"s = a × b = {s:g}", **value)
    label(ax, 7.95, MIDDLE - 0.36, f"upstream: ds = {UPSTREAM:g}", **gradient)
    return figure


if __name__ == "__main__":
    save(draw, __file__, __doc__)
