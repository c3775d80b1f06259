"""A wrong gradient learns, too

Two losses of the 2-2-1 network while it trains on XOR at learning rate 0.5, from one
start. With the true gradient the loss lies on a plateau at ln 2 = 0.6931 until it falls
below 0.5 at step 4,353. With the lecture notes' gradient the weights get a sum over the
rows and the biases a mean: it falls below 0.5 at step 934.
"""

import numpy as np
from matplotlib.figure import Figure
from style import BACKWARD, DECIMALS, FORWARD, GREY, label, loss_axes, start

from mlplab.data import truth_table
from mlplab.network import LN2, Settings, first_below, sigmoid, train

RATE, STRIDE = 0.5, 20


def wrong_loss(steps):
    """Return the loss of the network that learns by the notes' gradient."""
    X, y = (part.astype(float) for part in truth_table("XOR"))
    W1, b1, W2, b2 = start()
    losses = np.zeros(steps)
    for step in range(steps):
        h1 = sigmoid(X @ W1 + b1)
        probs = sigmoid(h1 @ W2 + b2)
        losses[step] = -np.log(np.where(y == 1, probs, 1 - probs)).mean()
        dlogits = probs - y
        dz1 = dlogits @ W2.T * h1 * (1 - h1)
        W1, b1 = W1 - RATE * X.T @ dz1, b1 - RATE * dz1.mean(axis=0)
        W2, b2 = W2 - RATE * h1.T @ dlogits, b2 - RATE * dlogits.mean(axis=0)
    return losses


def draw():
    true = train(Settings(learning_rate=RATE)).loss
    wrong = wrong_loss(len(true))
    steps = np.arange(0, len(true), STRIDE)

    figure = Figure(figsize=(9, 3.4), layout="constrained")
    ax = figure.subplots()
    loss_axes(ax)
    for loss, colour, name in [(wrong, BACKWARD, "wrong"), (true, FORWARD, "true")]:
        ax.plot(steps, loss[steps].round(DECIMALS), color=colour, linewidth=3)
        text = f"{name}: step {first_below(loss, 0.5):,}"
        label(ax, first_below(loss, 0.5) + 200, 0.5, text, ha="left", color=colour)
    label(ax, steps[-1], 0.75, f"ln 2 = {LN2:.4f}", ha="right", color=GREY)
    ax.set(xlim=(0, steps[-1]), xlabel="step", ylabel="loss, learning rate 0.5")
    return figure
