"""The chain of layers of the 2-2-1 network, with the shape of every tensor

Upper row, forward, from left to right: X (4, 2), z1 (4, 2), h1 (4, 2), logits (4, 1),
probs (4, 1), loss (). The operations between them: @ W1 + b1, sigmoid, @ W2 + b2,
sigmoid, binary cross-entropy with y. Lower row, backward, from right to left: dlogits,
dh1, dz1, each with the shape of its variable; below them the gradients of the weights
and biases, dW2, db2, dW1, db1.
"""

from itertools import pairwise

import torch
from matplotlib.patches import Rectangle
from style import BACKWARD, DASHES, FORMULA, FORWARD, arrow, canvas, label

from mlplab.data import truth_table
from mlplab.network import Settings, initial_weights

SIZE = 10.9, 3.6
HALF_WIDTH, HALF_HEIGHT = 0.56, 0.33
SPACING, FIRST = 1.91, 0.68
FORWARD_ROW, BACKWARD_ROW = 2.8, 1.45
CHAIN = ("X", "z1", "h1", "logits", "probs", "loss")
# Drawn, and run too: what the picture says cannot be wrong.
FORMULAS = {
    "z1": "X @ W1 + b1",
    "h1": "sigmoid(z1)",
    "logits": "h1 @ W2 + b2",
    "probs": "sigmoid(logits)",
    "loss": "BCE(probs, y)",
    "dlogits": "(probs - y) / N",
    "dh1": "dlogits @ W2.T",
    "dz1": "dh1 * h1 * (1 - h1)",
    "dW2": "h1.T @ dlogits",
    "db2": "dlogits.sum(0)",
    "dW1": "X.T @ dz1",
    "db1": "dz1.sum(0)",
}


def tensors():
    """Return name -> tensor by the formulas; autograd must agree on the gradients."""
    X, y = map(torch.from_numpy, truth_table("XOR"))
    BCE = torch.nn.functional.binary_cross_entropy
    found = {"X": X, "y": y, "N": len(X), "sigmoid": torch.sigmoid, "BCE": BCE}
    for layer, (W, b) in enumerate(initial_weights(Settings()), start=1):
        found[f"W{layer}"] = torch.from_numpy(W).requires_grad_()
        found[f"b{layer}"] = torch.from_numpy(b).requires_grad_()
    for name, formula in FORMULAS.items():
        found[name] = eval(formula, None, found)

    gradients = [name for name in FORMULAS if name.startswith("d")]
    variables = [found[name.removeprefix("d")] for name in gradients]
    by_autograd = torch.autograd.grad(found["loss"], variables)
    for name, gradient in zip(gradients, by_autograd, strict=True):
        assert found[name].shape == gradient.shape, name
        assert torch.allclose(found[name], gradient), name
    return found


def draw():
    figure, ax = canvas(*SIZE)
    found = tensors()
    shape = {name: tuple(found[name].shape) for name in ("X", *FORMULAS)}
    column = {name: FIRST + SPACING * number for number, name in enumerate(CHAIN)}

    def row(y, chain, boxes, colour, d=""):
        """Draw boxes of variables, or of their gradients, and arrows along a chain."""
        for name in boxes:
            corner = column[name] - HALF_WIDTH, y - HALF_HEIGHT
            size = 2 * HALF_WIDTH, 2 * HALF_HEIGHT
            ax.add_patch(
                Rectangle(corner, *size, fill=False, edgecolor=colour, linewidth=2)
            )
            label(ax, column[name], y, f"{d}{name}\n{shape[d + name]}", **FORMULA)
        to_edge = -HALF_WIDTH if d else HALF_WIDTH
        for start, end in pairwise(chain):
            first = column[start] + (to_edge if start in boxes else 0)
            last = column[end] - to_edge
            arrow(ax, (first, y), (last, y), colour, dashed=bool(d))
            # what the arrow starts from goes without saying
            text = FORMULAS[d + end].removeprefix(f"{d}{start} ")
            text = text.removesuffix(f"({start})").replace("(probs, y)", " with y")
            place = (column[start] + column[end]) / 2, y + HALF_HEIGHT + 0.2
            label(ax, *place, text, color=colour, weight="bold", **FORMULA)

    row(FORWARD_ROW, CHAIN, CHAIN, FORWARD)
    backward = "loss", "logits", "h1", "z1"
    row(BACKWARD_ROW, backward, ("z1", "h1", "logits"), BACKWARD, "d")
    corner = [FORWARD_ROW - HALF_HEIGHT, BACKWARD_ROW]
    ax.plot([column["loss"]] * 2, corner, color=BACKWARD, linewidth=2, dashes=DASHES)

    bottom = BACKWARD_ROW - HALF_HEIGHT
    for layer, z in [(1, "z1"), (2, "logits")]:
        arrow(ax, (column[z], bottom), (column[z], bottom - 0.4), BACKWARD, dashed=True)
        lines = [
            f"{name} = {FORMULAS[name]}  # {shape[name]}"
            for name in (f"dW{layer}", f"db{layer}")
        ]
        label(ax, column[z], bottom - 0.67, "\n".join(lines), **FORMULA)
    return figure
