"""The graph explorer: its numbers against autograd, its words, its layout."""

import itertools
import re
from typing import NamedTuple

import numpy as np
import pytest
import torch
from matplotlib.path import Path
from matplotlib.transforms import Bbox

from mlplab import graph
from mlplab.explorers import explore_graph
from mlplab.explorers.graph import number
from mlplab.graph import NETWORK, NEURON, OPERATIONS, SMALL, Graph
from mlplab.plots import FAINT
from support.explorers import take

GRAPHS = {"small": SMALL, "neuron": NEURON, "network": NETWORK}


def by_hand(name, v):
    """The three expressions written once more, in torch; v maps names to tensors."""
    bce = torch.nn.functional.binary_cross_entropy
    if name == "small":
        v["s"] = v["a"] * v["b"]
        v["t"] = v["s"] + v["a"]
        v["out"] = v["t"] ** 2
        return v["out"]
    if name == "neuron":
        v["z"] = v["w1"] * v["x1"] + v["w2"] * v["x2"] + v["b"]
        v["p"] = torch.sigmoid(v["z"])
    else:
        for j in "01":
            from_x1, from_x2 = v[f"W1[0,{j}]"] * v["x1"], v[f"W1[1,{j}]"] * v["x2"]
            v[f"z1[{j}]"] = from_x1 + from_x2 + v[f"b1[{j}]"]
            v[f"h1[{j}]"] = torch.sigmoid(v[f"z1[{j}]"])
        from_units = (v[f"W2[{j}]"] * v[f"h1[{j}]"] for j in "01")
        v["logit"] = sum(from_units) + v["b2"]
        v["p"] = torch.sigmoid(v["logit"])
    v["loss"] = bce(v["p"], v["y"])
    return v["loss"]


def oracle(name, inputs):
    """Values and gradients of every node, by autograd in float64."""
    v = {
        key: torch.tensor(float(value), dtype=torch.float64, requires_grad=True)
        for key, value in inputs.items()
    }
    output = by_hand(name, v)
    for tensor in v.values():
        tensor.retain_grad()
    output.backward()
    return {key: t.item() for key, t in v.items()}, {
        key: t.grad.item() for key, t in v.items()
    }


def random_inputs(name, seed):
    rng = np.random.default_rng(seed)
    inputs = {key: round(rng.uniform(-3, 3), 1) for key in GRAPHS[name].inputs}
    if name != "small":
        inputs["y"] = float(rng.integers(2))
    return inputs


def test_the_graphs_start_at_the_numbers_of_notebook_03():
    starts = {name: graph.forward(graph.inputs) for name, graph in GRAPHS.items()}
    assert starts["small"]["out"] == (3 * -2 + 3) ** 2
    assert starts["neuron"]["z"] == -1 and starts["neuron"]["y"] == 1
    one_row = [starts["network"][name] for name in ("x1", "x2", "y")]
    assert one_row[2] == (one_row[0] != one_row[1]), "not a row of XOR"


@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize("name", GRAPHS)
def test_every_step_shows_what_autograd_computes(name, seed):
    explorer = explore_graph(GRAPHS[name])
    inputs = random_inputs(name, seed)
    values, gradients = oracle(name, inputs)
    nodes = len(GRAPHS[name].nodes)
    for position in range(explorer.last + 1):
        state = explorer.compute(position=position, **inputs)
        explorer.show(state)  # not drawn, which takes most of a move
        _, known, so_far, slopes, products, active = state
        assert len(known) == len(inputs) + min(position, nodes)
        for key, value in known.items():
            assert value == pytest.approx(values[key], abs=1e-6)
        if position <= nodes:
            assert not so_far and not products  # no gradient before the way back
        complete = GRAPHS[name].order[::-1][: max(0, position - nodes)]
        for key in complete:
            assert so_far[key] == pytest.approx(gradients[key], abs=1e-6)
        for (source, _, node), (upstream, local, product) in products.items():
            assert upstream == pytest.approx(gradients[node], abs=1e-6)
            assert product == pytest.approx(upstream * local, abs=1e-9)
            assert source in GRAPHS[name].nodes[node]
        # the picture's own letters
        boxes = explorer.views["picture"].boxes
        assert boxes.keys() == {*inputs, *GRAPHS[name].nodes}
        for key, box in boxes.items():
            expected = key
            if key in known:
                unit = key in GRAPHS[name].nodes and "[" in key
                expected += "\n= " if unit else " = "
                expected += number(known[key])
            if key in GRAPHS[name].nodes:
                operation = GRAPHS[name].nodes[key][0]
                expected = f"{OPERATIONS[operation].sign}\n{expected}"
            if key in so_far:
                expected += f"\n∂ {number(so_far[key])}"
            assert box.get_text() == expected
        for edge, label in explorer.views["picture"].edge_labels.items():
            expected = number(slopes[edge]) if edge in slopes else ""
            if edge in products:
                upstream, _, product = map(number, products[edge])
                expected = product
                if edge[2] == active:
                    expected = f"{upstream}\n× ...\n= {product}"
            shown_text = re.sub(r"× .*", "× ...", label.get_text())
            assert shown_text == expected, (position, edge)
    assert so_far.keys() == gradients.keys()
    for key, gradient in gradients.items():
        assert so_far[key] == pytest.approx(gradient, abs=1e-6)


def test_the_node_of_this_step_and_its_edges_stand_out():
    explorer = explore_graph(NETWORK)
    order = NETWORK.order
    edges = sum(len(sources) - 1 for sources in NETWORK.nodes.values())
    for position, active in enumerate([None, *order, *order[::-1]]):
        explorer.set(position=position)
        picture = explorer.views["picture"]
        for name, box in picture.boxes.items():
            thick = box.get_bbox_patch().get_linewidth() > 2
            assert thick == (name == active), (position, name)
        assert len(picture.edges) == len(picture.edge_labels) == edges
        for edge, line in picture.edges.items():
            assert (line.get_linewidth() > 2) == (edge[2] == active), (position, edge)
            assert (line.get_color() != FAINT) == (edge[2] == active), (position, edge)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_every_operation_agrees_with_autograd(operation):
    names = {"bce": ["p", "y"], "weighted sum": ["w", "x", "b"]}.get(operation)
    names = names or ["a", "b", "c"][: OPERATIONS[operation].count]
    inputs = dict(zip(names, [0.3, 1.0, -0.7], strict=False))
    one = Graph(inputs=inputs, nodes={"f": (operation, *names)})
    _, gradients = one.backward(one.forward(inputs))
    for name, gradient in one.autograd(inputs).items():
        assert gradients[name] == pytest.approx(gradient, abs=1e-9)


def computed(formula, numbers):
    """What a formula in the explorer's symbols gives for {name: number}."""
    functions = {"sigmoid": lambda z: 1 / (1 + np.exp(-z)), "relu": lambda z: max(z, 0)}
    functions |= {"tanh": np.tanh, "ln": np.log, "exp": np.exp}
    formula = formula.replace("×", "*").replace("²", "**2").replace(", else", " else")
    # what stands side by side is multiplied: y ln p, 2 a, p (1 - p)
    formula = re.sub(r"(\w) ln (\w)", r"\1 * ln(\2)", formula)
    formula = re.sub(r"\) ln\(", ") * ln(", formula)
    formula = re.sub(r"\b2 (\w)|(\w) \(", lambda m: m[0].replace(" ", " * "), formula)
    return eval(formula, functions | numbers)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_formulas_in_symbols_compute_the_value_and_the_slopes(operation):
    words = OPERATIONS[operation]
    numbers = {"a": 0.4, "b": 0.7, "c": -1.2, "d": 0.9, "e": 1.6}
    for count in [words.count] if words.count else [1, 3, 5]:
        names = list(numbers)[:count]
        inputs = [numbers[name] for name in names]
        value = words.value(*inputs)
        assert computed(words.symbols(*names), numbers) == pytest.approx(value)
        slopes = words.slopes(value, *inputs)
        formulas = words.slope_symbols("f", *names)
        for slope, formula in zip(slopes, formulas, strict=True):
            got = computed(formula, numbers | {"f": value})
            assert got == pytest.approx(slope), formula


def test_the_text_alone_tells_the_whole_story():
    explorer = explore_graph(NETWORK)
    inputs = random_inputs("network", 3)
    values, gradients = oracle("network", inputs)
    story = []
    for position in range(explorer.last + 1):
        explorer.set(position=position, **inputs)
        assert explorer.text == explorer.page.status
        story.append(explorer.text)
    for name, value in inputs.items():
        assert f"{name} = {number(value)}" in story[0]
    nodes = len(NETWORK.nodes)
    for sentence, name in zip(story[1 : nodes + 1], NETWORK.order, strict=True):
        assert f"forward: {name} = " in sentence
        assert f" = {number(values[name])}. Local derivatives" in sentence
        assert "gradient" not in sentence
    for sentence, name in zip(story[nodes + 1 :], NETWORK.order[::-1], strict=True):
        assert f"backward through {name}." in sentence
        assert f"is {number(gradients[name])}." in sentence or name == "loss"
        for source in NETWORK.nodes[name][1:]:
            assert f"{source} gets {number(gradients[name])} × " in sentence
    for name in inputs:
        assert f"{name} {number(gradients[name])}" in story[-1]
    assert "autograd agrees" in story[-1]


def test_paths_that_meet_add_up_in_words():
    explorer = explore_graph(SMALL)
    explorer.set(a=2.0, b=1.0, position=explorer.last)
    # out = (a b + a)**2, t = 4: dt = 8 goes to a twice, as it is and times b
    assert "a gets 8 × 1 = 8, which adds up to 16" in explorer.text
    # a node, not an input, in which two paths meet
    diamond = Graph(
        inputs={"x": 1.0},
        nodes={"u": ("square", "x"), "f": ("multiply", "u", "u")},
    )
    explorer = explore_graph(diamond)
    explorer.set(position=explorer.last)
    assert "2 paths met here and added up: 1 + 1 = 2." in explorer.text
    assert "x 4" in explorer.text


def test_a_wrong_gradient_is_told(monkeypatch):
    broken = OPERATIONS["add"]._replace(slopes=lambda value, *inputs: [2.0, 1.0])
    monkeypatch.setitem(graph.OPERATIONS, "add", broken)
    explorer = explore_graph(SMALL)
    explorer.set(position=explorer.last)
    assert "does NOT agree" in explorer.text


@pytest.mark.parametrize(
    ("inputs", "nodes", "message"),
    [
        ({"x": 1}, {"a": ("add", "x", "b"), "b": ("square", "a")}, "a cycle: a -> b"),
        ({"x": 1}, {"a": ("power", "x")}, "operation must be one of add, .*'power'"),
        ({"x": 1}, {"a": ("add", "x", "q")}, "its input 'q' is neither"),
        ({"x": 1}, {"a": ("sigmoid", "x", "x")}, "sigmoid takes 1 inputs, got 2"),
        ({"x": 1}, {"a": ("weighted sum", "x", "x")}, "an odd number"),
        ({"x": 1}, {"a": ("add",)}, "needs at least one input"),
        ({"x": 1}, {"x": ("square", "x")}, "cycle|both an input and a node"),
        ({"x": 1}, {"a": ("add", "x"), "b": ("square", "x")}, "one output"),
        ({"x": 1}, {}, "one output"),
    ],
)
def test_a_bad_graph_says_what_is_wrong(inputs, nodes, message):
    with pytest.raises(ValueError, match=message):
        Graph(inputs=inputs, nodes=nodes)


def test_the_y_of_a_loss_is_a_label_and_any_other_a_number():
    of_loss = explore_graph(NEURON).controls
    assert of_loss["y"].options == [0, 1]
    graph = Graph(inputs={"y": 1.0}, nodes={"out": ("square", "y")})
    for control in (of_loss["w1"], explore_graph(graph).controls["y"]):
        assert control.options == [whole / 100 for whole in range(-300, 301)]
        assert control.stride == 10  # a key moves a tenth


def test_a_box_of_the_graph_is_a_step_and_an_input_is_chosen():
    explorer, count = explore_graph(NETWORK), len(NETWORK.order)
    place = explorer.views["picture"].place
    for back in (False, True):
        for nth, name in enumerate(NETWORK.order):
            explorer.set(position=2 * count if back else 0)
            take(explorer, "picture", f"step to {name}", place[name])
            assert explorer.state.active == name
            wanted = 2 * count - nth if back else nth + 1
            assert explorer.state.position == wanted
    for name in NETWORK.inputs:
        take(explorer, "picture", f"change {name}", place[name])
        assert explorer.values()["input"] == name
        assert explorer.controls[name].only == ("input", name)


def test_a_graph_opens_when_all_is_computed():
    explorer = explore_graph(SMALL)
    assert explorer.values()["position"] == explorer.last
    assert "autograd agrees" in explorer.text


class Node(NamedTuple):
    """A node as a learner writes it."""

    value: float
    operation: str = "input"
    parents: tuple = ()


def test_a_learners_nodes_become_a_graph():
    a, b = Node(3.0), Node(3.0)  # equal, and not the same
    s = Node(9.0, "multiply", (a, b))
    out = Node(6.0, "subtract", (s, a))
    made = graph.graph_of({"out": out, "b": b, "s": s, "a": a})
    assert made.inputs == {"a": 3.0, "b": 3.0}
    assert made.nodes == {"s": ("multiply", "a", "b"), "out": ("subtract", "s", "a")}
    assert made.backward(made.forward(made.inputs))[1]["a"] == 3 - 1
    with pytest.raises(ValueError, match="node out: one of its parents has no name"):
        graph.graph_of({"out": out, "a": a, "b": b})
    cube = Node(27.0, "cube", (a,))
    with pytest.raises(ValueError, match="must be one of add, .*'cube'"):
        graph.graph_of({"a": a, "out": cube})


def test_explorer_wants_a_graph():
    with pytest.raises(TypeError, match="graph must be"):
        explore_graph({"x": 1})


def crossings(explorer):
    """What overlaps in the picture: labels, boxes, and edges that are not theirs."""
    renderer = explorer.figure.canvas.get_renderer()
    picture, bad = explorer.views["picture"], []
    labels = {
        edge: text.get_window_extent(renderer)
        for edge, text in picture.edge_labels.items()
        if text.get_text()
    }
    boxes = {}
    for name, text in picture.boxes.items():
        text.update_bbox_position_size(renderer)  # else it is as it was last drawn
        boxes[name] = text.get_bbox_patch().get_window_extent(renderer)
    paths = {
        edge: Path(line.get_transform().transform(line.get_xydata()))
        for edge, line in picture.edges.items()
    }
    for edge, label in labels.items():
        for other, path in paths.items():
            if other != edge and path.intersects_bbox(label, filled=False):
                bad.append(("edge over label", other, edge))
        for name, box in boxes.items():
            if Bbox.intersection(label, box) is not None:
                bad.append(("box over label", name, edge))
    for one, other in itertools.combinations(labels, 2):
        if Bbox.intersection(labels[one], labels[other]) is not None:
            bad.append(("labels", one, other))
    for name, box in boxes.items():
        for edge, path in paths.items():
            if name not in (edge[0], edge[2]) and path.intersects_bbox(box, False):
                bad.append(("edge over box", edge, name))
        inside = Bbox.intersection(box, explorer.figure.bbox)
        if inside is None or not np.allclose(inside.bounds, box.bounds):
            bad.append(("cut off", name))
    return bad


@pytest.mark.parametrize("name", GRAPHS)
def test_nothing_overlaps_in_the_picture(name):
    explorer = explore_graph(GRAPHS[name])
    for seed in range(3):
        inputs = random_inputs(name, seed)
        for position in range(explorer.last + 1):
            explorer.show(explorer.compute(position=position, **inputs))
            assert not crossings(explorer), (seed, position)
