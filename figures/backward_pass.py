"""Backward pass: on every edge upstream times local, and paths that meet add

The graph of the forward pass, with arrows from right to left. It starts with dout = 1.
On each edge the upstream gradient is multiplied by the local derivative: 1 times -6
gives dt = -6; -6 times 1 gives ds = -6, and the same along the edge to a; -6 times -2
gives 12 on the edge from s to a, and -6 times 3 gives db = -18. Two edges meet at a:
da = -6 + 12 = 6.
"""

import torch
from forward_pass import (
    EDGES,
    NODES,
    PLACES,
    RADIUS,
    SIZE,
    draw_nodes,
    factor,
    values,
    write_beside,
)
from style import BACKWARD, CODE, FORWARD, GREY, SMALL, arrow, canvas, label, save

# where each edge's product stands, and which end of the text
SPOTS = {
    ("a", "s"): (2.35, 1.85, "left"),
    ("b", "s"): (2.35, 0.92, "center"),
    ("s", "t"): (5.1, 1.5, "left"),
    ("a", "t"): (3.65, 2.38, "center"),
    ("t", "out"): (7.5, 2.38, "center"),
}


def local_derivatives(value):
    """Return edge -> derivative of its node by that one input, by PyTorch."""
    local = {}
    for node, (operation, *names) in NODES.items():
        inputs = [value[name].detach().requires_grad_() for name in names]
        slopes = torch.autograd.grad(operation(*inputs), inputs)
        local |= {(name, node): d for name, d in zip(names, slopes, strict=True)}
    return local


def draw():
    value = values()
    gradients = torch.autograd.grad(value["out"], list(value.values()))
    gradient = dict(zip(value, gradients, strict=True))
    local = local_derivatives(value)

    figure, ax = canvas(*SIZE)
    draw_nodes(ax)
    arriving = {name: [] for name in value}
    for start, end in reversed(EDGES):
        arrow(ax, PLACES[end], PLACES[start], BACKWARD, (RADIUS, RADIUS), dashed=True)
        upstream, slope = gradient[end], local[start, end]
        product = upstream * slope
        arriving[start].append(product)
        text = f"{upstream:g} × {factor(slope)} = {product:g}"
        x, y, end_of_text = SPOTS[start, end]
        label(ax, x, y, text, ha=end_of_text, family=CODE, fontsize=SMALL)

    for name, products in arriving.items():
        text = f"d{name} = {gradient[name]:g}"
        if len(products) > 1:
            assert sum(products) == gradient[name]
            first, *others = products
            total = "".join(f" + {factor(product)}" for product in others)
            text = f"d{name} = {first:g}{total} = {gradient[name]:g}"
        write_beside(ax, name, (f"{name} = {value[name]:g}", FORWARD), (text, BACKWARD))
    rules = "on an edge: upstream × local\nwhere edges meet: add"
    label(ax, 7.55, 0.6, rules, color=GREY, fontsize=SMALL)
    return figure


if __name__ == "__main__":
    save(draw, __file__, __doc__)
