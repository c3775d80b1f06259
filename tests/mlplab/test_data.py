"""The data: the gates and the grid."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlplab.data import GATES, X, input_grid, truth_table

MEANINGS = {
    "FALSE": "False",
    "TRUE": "True",
    "AND": "x1 and x2",
    "OR": "x1 or x2",
    "NAND": "not (x1 and x2)",
    "NOR": "not (x1 or x2)",
    "XOR": "x1 != x2",
    "XNOR": "x1 == x2",
}


def test_rows_are_in_counting_order():
    assert X.tolist() == [[0, 0], [0, 1], [1, 0], [1, 1]]
    assert X.dtype == np.float32
    with pytest.raises(ValueError, match="read-only"):
        X[0, 0] = 1


@pytest.mark.parametrize("gate", GATES)
def test_a_gate_does_what_its_name_says(gate):
    meaning = MEANINGS.get(gate, gate)
    for (x1, x2), output in zip(X, GATES[gate], strict=True):
        names = {"x1": bool(x1), "x2": bool(x2)}
        assert int(eval(meaning, {"__builtins__": {}}, names)) == output


def test_a_truth_table_is_a_copy_of_the_shapes_it_promises():
    inputs, y = truth_table("OR")
    assert inputs.shape == (4, 2) and y.shape == (4, 1)
    assert inputs.dtype == y.dtype == np.float32
    assert y.ravel().tolist() == [0, 1, 1, 1]
    inputs[:] = y[:] = 7
    again, y_again = truth_table("OR")
    assert (again == X).all() and y_again.ravel().tolist() == [0, 1, 1, 1]


@pytest.mark.parametrize("gate", ["xor", "", None, 3, ("XOR",)])
def test_an_unknown_gate_is_refused(gate):
    with pytest.raises(ValueError) as caught:
        truth_table(gate)
    assert str(caught.value) == f"gate must be one of {', '.join(GATES)}, got {gate!r}"


def test_the_grid_of_the_pictures():
    assert input_grid().shape == (61 * 61, 2) and input_grid().dtype == np.float32
    assert input_grid().min() == -0.5 and input_grid().max() == 1.5


@given(
    side=st.integers(2, 80),
    ends=st.lists(st.integers(-1000, 1000), min_size=2, max_size=2, unique=True),
)
def test_a_grid_is_a_picture_of_its_square(side, ends):
    """x1 runs along the columns and x2 along the rows."""
    low, high = sorted(ends)
    columns, rows = input_grid(side, low, high).T.reshape(2, side, side)
    steps = np.linspace(low, high, side, dtype=np.float32)
    assert (columns == steps).all() and (steps == rows.T).all()


@given(bits=st.tuples(*[st.integers(0, 1)] * 4))
def test_any_four_bits_have_one_gate_and_it_gives_them_back(bits):
    assert list(GATES.values()) == sorted(GATES.values())  # in counting order
    (gate,) = [name for name, outputs in GATES.items() if outputs == bits]
    inputs, y = truth_table(gate)
    assert tuple(y[:, 0].astype(int)) == bits
    assert inputs.tolist() == [[0, 0], [0, 1], [1, 0], [1, 1]]
