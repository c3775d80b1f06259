"""A complete PyTorch script for any settings: what the trainer computes, in PyTorch."""

from itertools import pairwise

from .data import GATES
from .descent import ACTIVATIONS, MOMENTUM
from .network import EQUAL_WEIGHT, LARGE_FACTOR

CHAOTIC_RATE = 3  # above it, rounding can change the outcome of a long run

# What follows the making of the layers, for each initialisation but PyTorch's own.
INIT_LINES = {
    "xavier": """
        torch.nn.init.xavier_uniform_(layer.weight)
        torch.nn.init.zeros_(layer.bias)""",
    "he": """
        torch.nn.init.kaiming_uniform_(layer.weight, nonlinearity="relu")
        torch.nn.init.zeros_(layer.bias)""",
    "large": f"""
        layer.weight *= {LARGE_FACTOR}
        layer.bias *= {LARGE_FACTOR}""",
    "zeros": """
        torch.nn.init.zeros_(layer.weight)
        torch.nn.init.zeros_(layer.bias)""",
    "equal": f"""
        torch.nn.init.constant_(layer.weight, {EQUAL_WEIGHT})
        torch.nn.init.constant_(layer.bias, {EQUAL_WEIGHT})""",
}

# The class, and what follows the model's parameters and the learning rate.
OPTIMIZER_CALLS = {
    "sgd": ("SGD", ""),
    "momentum": ("SGD", f", momentum={MOMENTUM}"),
    "adam": ("Adam", ""),
}


def pytorch_code(settings):
    """Return a script that trains with the settings and prints its final loss."""
    linears = [f"torch.nn.Linear{units}," for units in pairwise(settings.sizes)]
    between = f"\n    torch.nn.{ACTIVATIONS[settings.activation].module}(),\n    "
    layers = between.join(linears)
    rows = ", ".join(f"[{float(value)}]" for value in GATES[settings.gate])
    init = ""
    if settings.init != "pytorch":
        # these draw their own numbers, so the seed is set after the layers were made
        init = f"""
{"torch.manual_seed(" + str(settings.seed) + ")" if settings.init != "large" else ""}
with torch.no_grad():
    for layer in list(model)[::2]:{INIT_LINES[settings.init]}
"""
    optimizer, more = OPTIMIZER_CALLS[settings.optimizer]
    options = f"lr={settings.learning_rate!r}{more}"
    warning = ""
    if settings.learning_rate > CHAOTIC_RATE:
        warning = "\n# At so large a learning rate rounding may change the outcome."
    return f"""import torch

X = torch.tensor([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
y = torch.tensor([{rows}])  # {settings.gate}

torch.manual_seed({settings.seed})
model = torch.nn.Sequential(
    {layers}
)
{init}
loss_function = torch.nn.BCEWithLogitsLoss()  # the sigmoid of the output is inside
optimizer = torch.optim.{optimizer}(model.parameters(), {options})
{warning}
for step in range({settings.steps}):
    optimizer.zero_grad()
    loss = loss_function(model(X), y)
    loss.backward()
    optimizer.step()

with torch.no_grad():
    print(f"final loss {{loss_function(model(X), y).item():.4f}}")
"""
