"""Computational graphs as data, their values forward and their gradients backward.

A teacher adds an expression in a few lines:

    Graph(inputs={"x": 2.0, "y": -1.0}, nodes={"f": ("multiply", "x", "y")})
"""

import contextlib
import dataclasses
import math
from graphlib import CycleError, TopologicalSorter
from typing import NamedTuple

import torch

from .network import sigmoid


@contextlib.contextmanager
def standard_torch():
    """Let PyTorch be as in a new kernel: float32, on the CPU, with gradients.

    Afterwards a learner's own default dtype, device and grad mode are back.
    """
    learners_dtype = torch.get_default_dtype()
    torch.set_default_dtype(torch.float32)
    try:
        with torch.device("cpu"), torch.inference_mode(False), torch.enable_grad():
            yield
    finally:
        torch.set_default_dtype(learners_dtype)


class Operation(NamedTuple):
    """What a node computes from the values of its inputs.

    sign stands in the node's box. value(*inputs) is the node's value;
    slopes(value, *inputs) are its derivatives by each input. symbols(*names) and
    slope_symbols(name, *names) say the same in words. by_torch computes the value of
    tensors, for the check against autograd.
    """

    count: int | None  # how many inputs; None is any number
    sign: str
    value: object
    slopes: object
    symbols: object
    slope_symbols: object
    by_torch: object


def _product_of_others(numbers):
    return [math.prod(numbers[:i] + numbers[i + 1 :]) for i in range(len(numbers))]


def _pairs(parts):
    """Split w1, x1, w2, x2, ..., b into [(w1, x1), (w2, x2), ...] and b."""
    return list(zip(parts[:-1:2], parts[1:-1:2], strict=True)), parts[-1]


def _weighted_sum(*parts):
    pairs, b = _pairs(parts)
    return sum(w * x for w, x in pairs) + b


def _crossed(parts):
    """Return each w's x and each x's w: the derivatives of a weighted sum but b's."""
    return [slope for w, x in _pairs(parts)[0] for slope in (x, w)]


OPERATIONS = {
    "add": Operation(
        None,
        "+",
        lambda *inputs: sum(inputs),
        lambda value, *inputs: [1.0] * len(inputs),
        lambda *names: " + ".join(names),
        lambda name, *names: ["1"] * len(names),
        lambda *inputs: torch.stack(inputs).sum(),
    ),
    "multiply": Operation(
        None,
        "×",
        lambda *inputs: math.prod(inputs),
        lambda value, *inputs: _product_of_others(inputs),
        lambda *names: " × ".join(names),
        lambda name, *names: [
            " × ".join(names[:i] + names[i + 1 :]) or "1" for i in range(len(names))
        ],
        lambda *inputs: torch.stack(inputs).prod(),
    ),
    "subtract": Operation(
        2,
        "-",
        lambda a, b: a - b,
        lambda value, a, b: [1.0, -1.0],
        lambda a, b: f"{a} - {b}",
        lambda name, a, b: ["1", "-1"],
        torch.sub,
    ),
    "divide": Operation(
        2,
        "/",
        lambda a, b: a / b,
        lambda value, a, b: [1 / b, -a / (b * b)],
        lambda a, b: f"{a} / {b}",
        lambda name, a, b: [f"1 / {b}", f"-{a} / {b}²"],
        torch.div,
    ),
    "exp": Operation(
        1,
        "exp",
        math.exp,
        lambda value, a: [value],
        lambda a: f"exp({a})",
        lambda name, a: [name],
        torch.exp,
    ),
    "ln": Operation(
        1,
        "ln",
        math.log,
        lambda value, a: [1 / a],
        lambda a: f"ln({a})",
        lambda name, a: [f"1 / {a}"],
        torch.log,
    ),
    "square": Operation(
        1,
        "square",
        lambda a: a * a,
        lambda value, a: [2 * a],
        lambda a: f"{a}²",
        lambda name, a: [f"2 {a}"],
        torch.square,
    ),
    "tanh": Operation(
        1,
        "tanh",
        math.tanh,
        lambda value, a: [1 - value * value],
        lambda a: f"tanh({a})",
        lambda name, a: [f"1 - {name}²"],
        torch.tanh,
    ),
    "relu": Operation(
        1,
        "relu",
        lambda a: max(a, 0.0),
        lambda value, a: [float(a > 0)],
        lambda a: f"relu({a})",
        lambda name, a: [f"1 if {a} > 0, else 0"],
        torch.relu,
    ),
    "sigmoid": Operation(
        1,
        "sigmoid",
        lambda a: float(sigmoid(a)),
        lambda value, a: [value * (1 - value)],
        lambda a: f"sigmoid({a})",
        lambda name, a: [f"{name} (1 - {name})"],
        torch.sigmoid,
    ),
    "weighted sum": Operation(
        None,
        "weighted sum",
        _weighted_sum,
        lambda value, *inputs: [*_crossed(inputs), 1.0],
        lambda *names: " + ".join(
            [f"{w} × {x}" for w, x in _pairs(names)[0]] + [names[-1]]
        ),
        lambda name, *names: [*_crossed(names), "1"],
        _weighted_sum,
    ),
    # BCE of one row, as in notebook 02; the slope by y is there since y is an input
    "bce": Operation(
        2,
        "cross-entropy",
        lambda p, y: -(y * math.log(p) + (1 - y) * math.log(1 - p)),
        lambda value, p, y: [(p - y) / (p * (1 - p)), math.log((1 - p) / p)],
        lambda p, y: f"-({y} ln {p} + (1 - {y}) ln(1 - {p}))",
        lambda name, p, y: [f"({p} - {y}) / ({p} (1 - {p}))", f"ln((1 - {p}) / {p})"],
        torch.nn.functional.binary_cross_entropy,
    ),
}


@dataclasses.dataclass(frozen=True)
class Graph:
    """An expression as a graph.

    inputs   name -> start value
    nodes    name -> (operation, *names of its inputs), the output not used by others
    order    the nodes' names, each after its inputs, the output last

    Raises ValueError for an unknown operation, a missing or surplus input, a cycle, or
    more than one output.
    """

    inputs: dict
    nodes: dict
    order: list = dataclasses.field(init=False, repr=False, compare=False)

    def __post_init__(self):
        for name, (operation, *sources) in self.nodes.items():
            if operation not in OPERATIONS:
                raise ValueError(
                    f"node {name}: operation must be one of {', '.join(OPERATIONS)},"
                    f" got {operation!r}"
                )
            for source in sources:
                if source not in self.inputs and source not in self.nodes:
                    raise ValueError(
                        f"node {name}: its input {source!r} is neither an input nor"
                        " a node of the graph"
                    )
            count = OPERATIONS[operation].count
            if count is not None and len(sources) != count:
                raise ValueError(
                    f"node {name}: {operation} takes {count} inputs, got {len(sources)}"
                )
            if operation == "weighted sum" and len(sources) % 2 == 0:
                raise ValueError(
                    f"node {name}: weighted sum takes w1, x1, w2, x2, ..., b: an odd"
                    f" number of inputs, got {len(sources)}"
                )
            if not sources:
                raise ValueError(f"node {name}: {operation} needs at least one input")
        sources = {name: node[1:] for name, node in self.nodes.items()}
        try:
            order = list(TopologicalSorter(sources).static_order())
        except CycleError as error:
            loop = " -> ".join(error.args[1])
            raise ValueError(f"the graph has a cycle: {loop}") from None
        nodes = [name for name in order if name in self.nodes]
        object.__setattr__(self, "order", nodes)
        both = set(self.inputs) & set(self.nodes)
        if both:
            raise ValueError(f"both an input and a node: {', '.join(sorted(both))}")
        outputs = [name for name in self.nodes if not self.consumers(name)]
        if len(outputs) != 1:
            raise ValueError(
                f"a graph has one output, a node that no other uses; got {outputs}"
            )

    def consumers(self, name):
        """Return the nodes that use a value, each once."""
        return [n for n, (_, *sources) in self.nodes.items() if name in sources]

    def forward(self, inputs):
        """Return the value of every input and node."""
        values = dict(inputs)
        for name in self.order:
            operation, *sources = self.nodes[name]
            of_sources = (values[source] for source in sources)
            values[name] = OPERATIONS[operation].value(*of_sources)
        return values

    def slopes(self, name, values):
        """Return the local derivative of a node by each of its inputs, in order."""
        operation, *sources = self.nodes[name]
        of_sources = (values[source] for source in sources)
        return OPERATIONS[operation].slopes(values[name], *of_sources)

    def backward(self, values):
        """Return the products of every edge, and every gradient that they add up to.

        The products are {(source, place, node): upstream * local}, in the order of the
        backward pass; the gradients are {name: d output / d name}.
        """
        gradients = dict.fromkeys(values, 0.0)
        gradients[self.order[-1]] = 1.0
        products = {}
        for name in reversed(self.order):
            slopes = self.slopes(name, values)
            for place, source in enumerate(self.nodes[name][1:]):
                products[source, place, name] = gradients[name] * slopes[place]
                gradients[source] += products[source, place, name]
        return products, gradients

    @standard_torch()
    def autograd(self, inputs):
        """Return {input: d output / d input} as PyTorch computes it, in float64."""
        leaves = {
            name: torch.tensor(float(value), dtype=torch.float64, requires_grad=True)
            for name, value in inputs.items()
        }
        values = dict(leaves)
        for name in self.order:
            operation, *sources = self.nodes[name]
            of_sources = (values[source] for source in sources)
            values[name] = OPERATIONS[operation].by_torch(*of_sources)
        values[self.order[-1]].backward()
        return {name: float(leaf.grad) for name, leaf in leaves.items()}


def graph_of(nodes):
    """Return the Graph of a learner's own nodes, {name: node}.

    A node has a `value`, an `operation`, one of OPERATIONS, and its `parents`, a tuple
    of nodes; an input has no parents. Raises ValueError for a parent without a name.
    """
    name_of = {id(node): name for name, node in nodes.items()}
    sources = {}
    for name, node in nodes.items():
        for parent in node.parents:
            if id(parent) not in name_of:
                raise ValueError(
                    f"node {name}: one of its parents has no name; give every node one"
                )
        sources[name] = [name_of[id(parent)] for parent in node.parents]
    return Graph(
        inputs={name: nodes[name].value for name in nodes if not sources[name]},
        nodes={
            name: (nodes[name].operation, *sources[name])
            for name in nodes
            if sources[name]
        },
    )


# The expression (a * b + a)**2 of notebook 03: two paths lead from a.
SMALL = Graph(
    inputs={"a": 3.0, "b": -2.0},
    nodes={"s": ("multiply", "a", "b"), "t": ("add", "s", "a"), "out": ("square", "t")},
)
NEURON = Graph(
    inputs={"w1": 1.5, "x1": 1.0, "w2": -0.5, "x2": 0.0, "b": -2.5, "y": 1.0},
    nodes={
        "z": ("weighted sum", "w1", "x1", "w2", "x2", "b"),
        "p": ("sigmoid", "z"),
        "loss": ("bce", "p", "y"),
    },
)
# One row through the 2-2-1 network, its units and weights named as in the arrays.
NETWORK = Graph(
    inputs={
        "W1[0,0]": 1.0, "W1[1,0]": -1.0, "b1[0]": 0.5, "x1": 1.0, "x2": 0.0,
        "W1[0,1]": -1.0, "W1[1,1]": 2.0, "b1[1]": -0.5,
        "W2[0]": 2.0, "W2[1]": -1.5, "b2": 0.0, "y": 1.0,
    },
    nodes={
        "z1[0]": ("weighted sum", "W1[0,0]", "x1", "W1[1,0]", "x2", "b1[0]"),
        "z1[1]": ("weighted sum", "W1[0,1]", "x1", "W1[1,1]", "x2", "b1[1]"),
        "h1[0]": ("sigmoid", "z1[0]"),
        "h1[1]": ("sigmoid", "z1[1]"),
        "logit": ("weighted sum", "W2[0]", "h1[0]", "W2[1]", "h1[1]", "b2"),
        "p": ("sigmoid", "logit"),
        "loss": ("bce", "p", "y"),
    },
)  # fmt: skip
