"""The oracle of the trainer: the same networks and runs in PyTorch."""

from itertools import pairwise

import numpy as np
import torch

from mlplab.data import truth_table

TORCH_ACTIVATIONS = {
    "sigmoid": torch.nn.Sigmoid,
    "tanh": torch.nn.Tanh,
    "relu": torch.nn.ReLU,
    "none": torch.nn.Identity,
}


def torch_rows(gate, dtype=torch.float32):
    return (torch.from_numpy(array).to(dtype) for array in truth_table(gate))


def torch_network(weights, activation, dtype=torch.float32):
    """PyTorch's network with the weights [(W1, b1), ...]."""
    modules = []
    for W, b in weights:
        linear = torch.nn.Linear(*W.shape, dtype=dtype)
        with torch.no_grad():
            linear.weight.copy_(torch.from_numpy(W.T.copy()))
            linear.bias.copy_(torch.from_numpy(b.copy()))
        modules += [linear, TORCH_ACTIVATIONS[activation]()]
    return torch.nn.Sequential(*modules[:-1])


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
    modules = []
    for n_in, n_out in pairwise(settings.sizes):
        modules += [
            torch.nn.Linear(n_in, n_out),
            TORCH_ACTIVATIONS[settings.activation](),
        ]
    return torch.nn.Sequential(*modules[:-1])


def torch_train(model, settings, keep):
    """Train as notebook 05 does; return each update's loss and the kept weights."""
    X, y = torch_rows(settings.gate)
    loss_fn = torch.nn.BCEWithLogitsLoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=settings.learning_rate)
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
    gradients = [
        (module.weight.grad.numpy().T, module.bias.grad.numpy())
        for module in model
        if isinstance(module, torch.nn.Linear)
    ]
    return loss.item(), gradients
