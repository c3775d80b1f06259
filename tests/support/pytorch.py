"""The oracle of the trainer: the same networks and runs in PyTorch."""

from functools import partial
from itertools import pairwise

import numpy as np
import torch

from mlplab.data import truth_table
from mlplab.descent import ACTIVATIONS

OPTIMIZERS = {
    "sgd": torch.optim.SGD,
    "momentum": partial(torch.optim.SGD, momentum=0.9),
    "adam": torch.optim.Adam,
}


def torch_rows(gate, dtype=torch.float32):
    return (torch.from_numpy(array).to(dtype) for array in truth_table(gate))


def torch_modules(sizes, activation, dtype=torch.float32):
    """PyTorch's network of these sizes, each layer drawn in turn."""
    modules = []
    for n_in, n_out in pairwise(sizes):
        modules.append(torch.nn.Linear(n_in, n_out, dtype=dtype))
        modules.append(getattr(torch.nn, ACTIVATIONS[activation].module)())
    return torch.nn.Sequential(*modules[:-1])


def torch_network(weights, activation, dtype=torch.float32):
    """PyTorch's network with the weights [(W1, b1), ...]."""
    sizes = [len(W) for W, _ in weights] + [1]
    model = torch_modules(sizes, activation, dtype)
    with torch.no_grad():
        for linear, (W, b) in zip(model[::2], weights, strict=True):
            linear.weight.copy_(torch.from_numpy(W.T.copy()))
            linear.bias.copy_(torch.from_numpy(b.copy()))
    return model


def torch_weights(model):
    """Return [(W1, b1), ...] of a PyTorch network, copied."""
    return [
        (module.weight.detach().numpy().T.copy(), module.bias.detach().numpy().copy())
        for module in model
        if isinstance(module, torch.nn.Linear)
    ]


def torch_seeded(settings):
    """PyTorch's network as a learner makes it: the seed, then the layers in order."""
    torch.manual_seed(settings.seed)
    return torch_modules(settings.sizes, settings.activation)


def torch_train(model, settings, keep):
    """Train as notebook 05 does; return each update's loss and the kept weights."""
    X, y = torch_rows(settings.gate)
    loss_fn = torch.nn.BCEWithLogitsLoss()
    optimizer = OPTIMIZERS[settings.optimizer](
        model.parameters(), lr=settings.learning_rate
    )
    losses, kept = [], {}
    for step in range(settings.steps + 1):
        if step in keep:
            kept[step] = torch_weights(model)
        optimizer.zero_grad()
        loss = loss_fn(model(X), y)
        losses.append(loss.item())
        loss.backward()
        optimizer.step()
    return np.array(losses), kept


def torch_gradients(weights, activation, gate, dtype=torch.float64):
    """Return the loss and its gradients [(dW1, db1), ...] by autograd."""
    model = torch_network(weights, activation, dtype)
    X, y = torch_rows(gate, dtype)
    loss = torch.nn.BCEWithLogitsLoss()(model(X), y)
    loss.backward()
    gradients = [(m.weight.grad.numpy().T, m.bias.grad.numpy()) for m in model[::2]]
    return loss.item(), gradients


def torch_row_gradients(weights, activation, gate):
    """Return by autograd each row's share of each dW: arrays (4, n_in, n_out)."""
    model = torch_network(weights, activation, torch.float64)
    X, y = torch_rows(gate, torch.float64)
    shares = []
    for row in range(4):
        model.zero_grad()
        logit = model(X[row : row + 1])
        (torch.nn.BCEWithLogitsLoss()(logit, y[row : row + 1]) / 4).backward()
        shares.append([m.weight.grad.T.numpy().copy() for m in model[::2]])
    return [np.stack(layer) for layer in zip(*shares, strict=True)]
