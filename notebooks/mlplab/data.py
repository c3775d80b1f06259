"""The data: the 16 gates of two inputs, and a grid of points for pictures."""

import numpy as np

# The four rows of every truth table, shape (4, 2): 00, 01, 10, 11.
X = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], dtype=np.float32)
X.setflags(write=False)

# Name of each gate -> its output for the rows 00, 01, 10, 11, in counting order.
GATES = {
    "FALSE": (0, 0, 0, 0),
    "AND": (0, 0, 0, 1),
    "x1 and not x2": (0, 0, 1, 0),
    "x1": (0, 0, 1, 1),
    "x2 and not x1": (0, 1, 0, 0),
    "x2": (0, 1, 0, 1),
    "XOR": (0, 1, 1, 0),
    "OR": (0, 1, 1, 1),
    "NOR": (1, 0, 0, 0),
    "XNOR": (1, 0, 0, 1),
    "not x2": (1, 0, 1, 0),
    "x1 or not x2": (1, 0, 1, 1),
    "not x1": (1, 1, 0, 0),
    "x2 or not x1": (1, 1, 0, 1),
    "NAND": (1, 1, 1, 0),
    "TRUE": (1, 1, 1, 1),
}


def require_one_of(name, value, allowed):
    """Raise a ValueError that names the argument if its value is not a name allowed."""
    if not isinstance(value, str) or value not in allowed:
        raise ValueError(f"{name} must be one of {', '.join(allowed)}, got {value!r}")


def truth_table(gate):
    """Return the inputs X, shape (4, 2), and the outputs y, shape (4, 1), of a gate.

    Both are float32 arrays of zeros and ones. Raises ValueError for an unknown gate.
    """
    require_one_of("gate", gate, GATES)
    return X.copy(), np.array(GATES[gate], dtype=np.float32).reshape(4, 1)


def input_grid(points_per_side=61, low=-0.5, high=1.5):
    """Return a square grid of inputs around the four rows, shape (n * n, 2), float32.

    x1 runs fastest, so values at the points, reshaped to (n, n), form a picture whose
    columns are x1 and whose rows are x2, both from `low` to `high`.
    """
    side = np.linspace(low, high, points_per_side, dtype=np.float32)
    x1, x2 = np.meshgrid(side, side)
    return np.stack([x1.ravel(), x2.ravel()], axis=1)
