"""The self-checks of notebook 02 tell the common mistakes apart."""

import torch

from exercises import lesson_02
from support.cases import each, judge


def gradient(dlogits=lambda z, p, y, n: (p - y) / n, dW1=None, db1=None):
    """A function for the exercise, with these lines for the right ones."""

    def function(X, y, W1, b1):
        z = X @ W1 + b1
        d = dlogits(z, torch.sigmoid(z), y, len(X))
        return (
            dW1(X, d) if dW1 else X.T @ d,
            db1(d) if db1 else d.sum(dim=0),
        )

    return function


def by_autograd(X, y, W1, b1):
    W1, b1 = W1.requires_grad_(), b1.requires_grad_()
    probs = torch.sigmoid(X @ W1 + b1)
    torch.nn.functional.binary_cross_entropy(probs, y).backward()
    return W1.grad, b1.grad


def emptying(*tensors):
    result = gradient()(*tensors)
    for tensor in tensors:
        tensor.zero_()
    return result


@each(
    ("function", "words"),
    [
        (gradient(), "Correct."),
        (gradient(dW1=lambda X, d: X.double().T @ d.double()), "Correct."),
        (gradient(dW1=lambda X, d: (X * d).sum(dim=0)[:, None]), "Correct."),
        (gradient(dW1=lambda X, d: (X.T @ d).numpy()), "Correct."),
        (gradient(db1=lambda d: [d.sum().item()]), "Correct."),
        (by_autograd, "Correct."),
        (emptying, "Correct."),
        (lambda X, y, W1, b1: (..., ...), "Not tried yet"),
        (lambda X, y, W1, b1: ..., "Not tried yet"),
        (gradient(db1=lambda d: ...), "Not tried yet"),
        (gradient(lambda z, p, y, n: (y - p) / n), "dW1 has the wrong sign: what"),
        (gradient(lambda z, p, y, n: p - y), "dW1 is 4 times too large: the loss is"),
        (gradient(lambda z, p, y, n: y - p), "has the wrong sign and is 4 times"),
        (gradient(lambda z, p, y, n: (p - y) / n**2), "dW1 is 4 times too small"),
        (gradient(lambda z, p, y, n: (p - y) / 4), "dW1 is right for 4 rows only"),
        (gradient(lambda z, p, y, n: (z - y) / n), "takes the logits for the prob"),
        (gradient(lambda z, p, y, n: (p.round() - y) / n), "takes predictions, 0 or 1"),
        (
            gradient(lambda z, p, y, n: (p - y) * p * (1 - p) / n),
            "has the slope of the",
        ),
        (gradient(dW1=lambda X, d: X @ d), "(4x2 and 4x1). Is a transpose missing?"),
        (gradient(dW1=lambda X, d: d.T @ X), "got (1, 2). Is a transpose missing?"),
        (gradient(dW1=lambda X, d: (X.T @ d)[:, 0]), "got (2,) (the numbers are right"),
        (gradient(dW1=lambda X, d: X * d), "dW1 should have shape (2, 1), got (4, 2)"),
        (gradient(dW1=lambda X, d: (X.T @ d).flip(0)), "has its two weights swapped"),
        (
            gradient(dW1=lambda X, d: d.sum().expand(2, 1)),
            "dW1 has the slope of the bias",
        ),
        (gradient(db1=lambda d: -d.sum(dim=0)), "db1 has the wrong sign"),
        (gradient(db1=lambda d: d.mean(dim=0)), "db1 is 4 times too small"),
        (gradient(db1=lambda d: d.sum(dim=0) * len(d)), "db1 is 4 times too large"),
        (
            gradient(db1=lambda d: d.sum()),
            "db1 should have shape (1,), got () (the num",
        ),
        (gradient(db1=lambda d: d), "db1 should have shape (1,), got (4, 1)"),
        (gradient(dW1=lambda X, d: X.T @ d + 1), "none of the usual mistakes"),
        (lambda X, y, W1, b1: X.T @ y, "should return dW1 and db1, in this order"),
        (lambda *four: four, "should return dW1 and db1"),
    ],
)
def test_a_gradient_is_judged(function, words):
    judge(words, lesson_02.perceptron_gradient, function)


NOR_AND = ([[-20, 20], [-20, 20]], [10, -30])  # columns NOR, AND
OR_NAND = ([[20, -20], [20, -20]], [-10, 30])
OR_UNIT, NAND_UNIT = ([[20], [20]], [-10]), ([[-20], [-20]], [30])


def scaled(factor, *layers):
    """The arguments of all layers, each number times a factor."""
    return [factor * torch.tensor(part, dtype=torch.float64) for part in layers]


@each(
    ("W1", "b1", "W2", "b2", "words"),
    [
        (*NOR_AND, *OR_UNIT, "Correct. Your hidden units answer NOR and AND, and one"),
        (*OR_NAND, *NAND_UNIT, "Correct. Your hidden units answer OR and NAND"),
        (*scaled(1, *NOR_AND, *OR_UNIT), "Correct."),
        (*scaled(3, *NOR_AND, *OR_UNIT), "Correct."),
        (*scaled(0.2, *NOR_AND, *OR_UNIT), "all four rows are right, but the loss is"),
        # x1 and not x2, x2 and not x1, then NOR
        ([[20, -20], [-20, 20]], [-10, -10], [[-20], [-20]], [10], "Correct."),
        (..., ..., ..., ..., "Not tried yet: put numbers for the four"),
        (*NOR_AND, ..., ..., "Not tried yet"),
        (*OR_NAND, [[20], [20]], [-30], "computes XOR. It is right the other way"),
        (*NOR_AND, [[0], [0]], [0], "all four rows get 0.5. Does your output"),
        (*NOR_AND, [[20], [20]], [-30], "FALSE. Your hidden units answer NOR and AND,"),
        (*NOR_AND, [[20], [20]], [-30], "gives 1 at (0, 1) and (1, 0) of the hidden"),
        (*OR_NAND, *OR_UNIT, "gives 1 at (0, 1) and (1, 0) of the hidden plane"),
        # NOR and AND as rows
        ([[-20, -20], [20, 20]], [10, -30], *OR_UNIT, "is a column of my_W1, not a"),
        (
            [[20, 20], [20, 20]], [-10, -10], *OR_UNIT,
            "computes OR. Your hidden units answer OR and OR: rows 11 and 01 fall on",
        ),
        ([[20, 0], [0, 20]], [-10, -10], *OR_UNIT, "no two rows fall together, so no"),
        ([[20, 20], [0, 20]], [-10, -10], *OR_UNIT, "answer x1 and OR: rows 11 and 10"),
        ([[20, 20]], [-10, -10], *OR_UNIT, "my_W1 should have shape (2, 2), got (1, 2"),
        (*NOR_AND, [20, 20], [-10], "my_W2 should have shape (2, 1), got (2,)"),
        (*NOR_AND, [[20, 20]], [-10], "got (1, 2). Is a transpose missing?"),
        (*NOR_AND, [[20], [20]], -10, "my_b2 should have shape (1,), got ()"),
        (*NOR_AND, [[20], ["a"]], [-10], "my_W2 should be numbers of shape (2, 1)"),
    ],
)  # fmt: skip
def test_a_hidden_layer_is_judged(W1, b1, W2, b2, words):
    judge(words, lesson_02.hidden_layer_for_xnor, W1, b1, W2, b2)


ROUND = (
    "Correct. The bowl has become round: all three curvatures are 0.25, and learning"
)


@each(
    ("limit", "words"),
    [
        (8, f"{ROUND} rate 4 brings"),
        (8.0, ROUND),
        (torch.tensor(8.0), ROUND),
        (torch.tensor(8), ROUND),
        (..., "Not tried yet"),
        (5.02, "the limit for inputs 0 and 1. Which rows"),
        (0.25, "this is a curvature. What is the limit"),
        (0.3983, "the curvature for inputs 0 and 1"),
        (4, "at this rate the factor is 0, not yet -1"),
        (51, "the flattest direction of the old rows"),
        (2, "is your loss a sum over the rows"),
        (0, "a learning rate is above 0"),
        (0.5, "the steps still shrink"),
        (7.9, "close, but not the limit itself"),
        (8.1, "close, but not the limit itself"),
        (6.5, "the steps still shrink"),
        (20, "the steps near the bottom grow already"),
        (-8, "a learning rate is above 0"),
        (torch.tensor([0.25, 0.25, 0.25]), "my_limit should have shape (), got (3,)"),
        (None, "my_limit should be numbers"),
    ],
)
def test_a_limit_is_judged(limit, words):
    judge(words, lesson_02.centred_limit, limit)


def test_the_limit_is_where_training_begins_to_bounce():
    """The exercise's answer, seen in training itself, just below and above it."""
    rows = torch.tensor([[-1.0, -1], [-1, 1], [1, -1], [1, 1]], dtype=torch.float64)
    y = torch.tensor([[0.0], [1], [1], [0]], dtype=torch.float64)

    def distance_after(learning_rate):
        W1, b1 = torch.full((2, 1), 0.01, dtype=torch.float64), torch.zeros(1)
        for _step in range(100):
            dlogits = (torch.sigmoid(rows @ W1 + b1) - y) / 4
            W1 = W1 - learning_rate * rows.T @ dlogits
            b1 = b1 - learning_rate * dlogits.sum(dim=0)
        return abs(W1).max()

    assert distance_after(7.9) < 0.01 < distance_after(8.1)
