"""The chain of layers of the 2-2-1 network, with the shape of every tensor

Upper row, forward, from left to right: X (4, 2), z1 (4, 2), h1 (4, 2), logits (4, 1),
probs (4, 1), loss (). The operations between them: @ W1 + b1, sigmoid, @ W2 + b2,
sigmoid, binary cross-entropy with y. Lower row, backward, from right to left: dlogits,
dh1, dz1, each with the shape of its variable; below them the gradients of the weights
and biases, dW2, db2, dW1, db1.
"""

import torch
from matplotlib.patches import Rectangle
from style import BACKWARD, CODE, DASHES, FORWARD, SMALL, arrow, canvas, label, save

from mlplab.data import truth_table
from mlplab.network import Settings, initial_weights

SIZE = 10.9, 3.6
HALF_WIDTH, HALF_HEIGHT = 0.56, 0.33
SPACING, FIRST = 1.91, 0.68
FORWARD_ROW, BACKWARD_ROW = 2.8, 1.45
CHAIN = ("X", "z1", "h1", "logits", "probs", "loss")


def tensors():
    """Compute the chain and its gradients by hand; autograd must agree.

    Returns name -> tensor.
    """
    X, y = (torch.from_numpy(array) for array in truth_table("XOR"))
    (W1, b1), (W2, b2) = (
        [torch.from_numpy(part).requires_grad_() for part in layer]
        for layer in initial_weights(Settings())
    )
    z1 = X @ W1 + b1
    h1 = torch.sigmoid(z1)
    logits = h1 @ W2 + b2
    probs = torch.sigmoid(logits)
    loss = torch.nn.functional.binary_cross_entropy(probs, y)

    N = len(X)
    dlogits = (probs - y) / N
    dh1 = dlogits @ W2.T
    dz1 = dh1 * h1 * (1 - h1)
    dW1, db1 = X.T @ dz1, dz1.sum(0)
    dW2, db2 = h1.T @ dlogits, dlogits.sum(0)

    ours = (dlogits, dh1, dz1, dW1, db1, dW2, db2)
    checked = torch.autograd.grad(loss, (logits, h1, z1, W1, b1, W2, b2))
    for by_hand, by_autograd in zip(ours, checked, strict=True):
        assert torch.allclose(by_hand, by_autograd)
    return {
        "X": X, "z1": z1, "h1": h1, "logits": logits, "probs": probs, "loss": loss,
        "dz1": dz1, "dh1": dh1, "dlogits": dlogits,
        "dW1": dW1, "db1": db1, "dW2": dW2, "db2": db2,
    }  # fmt: skip


def draw():
    figure, ax = canvas(*SIZE)
    code = {"family": CODE, "fontsize": SMALL}
    shape = {name: str(tuple(tensor.shape)) for name, tensor in tensors().items()}
    column = {name: FIRST + SPACING * number for number, name in enumerate(CHAIN)}

    def box(name, variable, y, colour):
        corner = column[variable] - HALF_WIDTH, y - HALF_HEIGHT
        size = 2 * HALF_WIDTH, 2 * HALF_HEIGHT
        ax.add_patch(
            Rectangle(corner, *size, fill=False, edgecolor=colour, linewidth=2)
        )
        label(ax, column[variable], y, f"{name}\n{shape[name]}", **code)

    def over(start, end, y, text, colour):
        middle = (column[start] + column[end]) / 2
        operation = {"color": colour, "weight": "bold"} | code
        label(ax, middle, y + HALF_HEIGHT + 0.2, text, **operation)

    for name in CHAIN:
        box(name, name, FORWARD_ROW, FORWARD)
    operations = "@ W1 + b1", "sigmoid", "@ W2 + b2", "sigmoid", "BCE with y"
    for start, end, text in zip(CHAIN, CHAIN[1:], operations, strict=False):
        ends = column[start] + HALF_WIDTH, column[end] - HALF_WIDTH
        arrow(ax, (ends[0], FORWARD_ROW), (ends[1], FORWARD_ROW), FORWARD)
        over(start, end, FORWARD_ROW, text, FORWARD)

    for name in ("z1", "h1", "logits"):
        box(f"d{name}", name, BACKWARD_ROW, BACKWARD)
    backward = [
        ("loss", "logits", "(probs - y) / N"),
        ("logits", "h1", "@ W2.T"),
        ("h1", "z1", "* h1 * (1 - h1)"),
    ]
    for start, end, text in backward:
        first = column[start] - (HALF_WIDTH if start != "loss" else 0)
        ends = first, column[end] + HALF_WIDTH
        arrow(
            ax, (ends[0], BACKWARD_ROW), (ends[1], BACKWARD_ROW), BACKWARD, dashed=True
        )
        over(start, end, BACKWARD_ROW, text, BACKWARD)
    corner = [FORWARD_ROW - HALF_HEIGHT, BACKWARD_ROW]
    ax.plot([column["loss"]] * 2, corner, color=BACKWARD, linewidth=2, dashes=DASHES)

    for layer, inputs, z in [(1, "X", "z1"), (2, "h1", "logits")]:
        bottom = BACKWARD_ROW - HALF_HEIGHT
        arrow(ax, (column[z], bottom), (column[z], bottom - 0.4), BACKWARD, dashed=True)
        dW = f"dW{layer} = {inputs}.T @ d{z}  # {shape[f'dW{layer}']}"
        db = f"db{layer} = d{z}.sum(0)  # {shape[f'db{layer}']}"
        label(ax, column[z], bottom - 0.67, f"{dW}\n{db}", **code)
    return figure


if __name__ == "__main__":
    save(draw, __file__, __doc__)
