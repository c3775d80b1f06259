"""Make the files of the digits: the pictures, and the pad's network.

`python -m tools.digits digits.csv.gz` packs scikit-learn's copy of the pictures, which
its wheel has as sklearn/datasets/data/digits.csv.gz; without the file's name only the
network is trained anew, as notebook 07 trains it.
"""

import sys

import numpy as np
import torch
from torch import nn

from mlplab.digits import PICTURES, WEIGHTS, training_digits

SEED, RATE, EPOCHS, BATCH = 777, 0.01, 40, 32


def pack(source, target=PICTURES):
    """Write the pictures of a file of 65 numbers a line: 64 of ink, and the digit."""
    table = np.loadtxt(source, delimiter=",").astype(np.uint8)
    np.savez_compressed(target, ink=table[:, :-1], digit=table[:, -1])


def train_network():
    """Return the trained network: 64-32-10, sigmoid."""
    X, y = map(torch.from_numpy, training_digits())
    torch.manual_seed(SEED)
    model = nn.Sequential(nn.Linear(64, 32), nn.Sigmoid(), nn.Linear(32, 10))
    optimizer = torch.optim.Adam(model.parameters(), lr=RATE)
    for _ in range(EPOCHS):
        for rows in torch.randperm(len(X)).split(BATCH):
            loss = nn.functional.cross_entropy(model(X[rows]), y[rows])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    return model


def keep(model, target=WEIGHTS):
    """Write the weights of a network in the course's shapes."""
    W1, b1, W2, b2 = (part.detach().numpy().T for part in model.parameters())
    np.savez_compressed(target, W1=W1, b1=b1, W2=W2, b2=b2)


if __name__ == "__main__":
    for source in sys.argv[1:]:
        pack(source)
    keep(train_network())
