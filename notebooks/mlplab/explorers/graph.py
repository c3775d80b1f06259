"""The explorer of a computational graph: forward, then backward, node by node."""

from functools import partial
from typing import NamedTuple

import numpy as np

from ..graph import OPERATIONS, SMALL, Graph
from ..language import tr
from ..plots import BLUE, FAINT, INK, ORANGE
from .base import Explorer, Handle, Panel
from .controls import Control, chooser, number_slider

KEY = "∂: the derivative of the output by this box"
FARTHEST = 3.0  # from 0, of an input
MARGIN = 0.28  # beside the first and the last column
CROWDED, WIDE = 3, 1.42  # before a node with so many inputs, a wider space
TYPE, LARGE_TYPE, LARGE_UP_TO = 7, 9.5, 4  # of a box; large in a graph so narrow
BOX_PAD = 0.4  # around the text of a box, in sizes of its type
LABEL_TYPE = 0.8  # of an edge, beside that of a box
LABEL_AT = 0.41  # of an edge from its source, where the edges into a node stand apart


def number(value):
    """Return a number with 3 digits, and no minus before a zero."""
    return f"{value + 0.0:.3g}"  # minus zero plus zero is zero


def bracketed(value):
    """Return a number, in brackets where it is negative."""
    return f"({number(value)})" if value < 0 else number(value)


def places(graph):
    """Return {name: (x, y)} and the bends of edges that skip a column.

    Nodes stand one column right of their rightmost input, inputs one column left of
    their first use; within a column, as their users stand in the next one. An edge
    over several columns takes a place of its own in each, so that it crosses no node.
    """
    column = {}
    for name in graph.order:
        of_nodes = [column[s] for s in graph.nodes[name][1:] if s in graph.nodes]
        column[name] = 1 + max(of_nodes, default=0)
    for name in graph.inputs:
        column[name] = min((column[n] for n in graph.consumers(name)), default=1) - 1
    next_on_path = {}  # node or bend -> what its edges lead to, one column right
    bends = {}
    for name in graph.order:
        for place, source in enumerate(graph.nodes[name][1:]):
            stops = [
                (source, place, name, c)
                for c in range(column[source] + 1, column[name])
            ]
            bends[source, place, name] = stops
            column.update({stop: stop[-1] for stop in stops})
            for here, there in zip([source, *stops], [*stops, name], strict=True):
                next_on_path.setdefault(here, []).append(there)
    height, last = {graph.order[-1]: 0.5}, max(column.values())
    for c in range(last - 1, -1, -1):
        members = [name for name in next_on_path if column[name] == c]
        wanted = {m: np.mean([height[n] for n in next_on_path[m]]) for m in members}
        members.sort(key=wanted.get, reverse=True)
        for row, member in enumerate(members):
            height[member] = 1 - (row + 0.5) / len(members)
    x = np.zeros(last + 1)  # of each column
    for c in range(1, last + 1):
        inputs = [len(graph.nodes[n]) - 1 for n in graph.nodes if column[n] == c]
        x[c] = x[c - 1] + (WIDE if max(inputs, default=0) >= CROWDED else 1)
    return {name: (x[column[name]], height[name]) for name in column}, bends


class GraphPicture:
    """A graph on Axes: a box for each node, a line for each edge, numbers on both."""

    def __init__(self, ax, graph):
        self.ax, self.graph = ax, graph
        self.place, bends = places(graph)
        last = max(x for x, _ in self.place.values())
        self.type = LARGE_TYPE if last < LARGE_UP_TO else TYPE
        ax.set(xlim=(-MARGIN, last + MARGIN), ylim=(0, 1))
        ax.axis("off")
        ax.text(last + MARGIN, 0, KEY, ha="right", fontsize=self.type)
        self.edges, self.edge_labels, self.boxes = {}, {}, {}
        for (source, place, name), stops in bends.items():
            edge = source, place, name
            path = np.array([self.place[stop] for stop in (source, *stops, name)])
            (self.edges[edge],) = ax.plot(*path.T, color=FAINT, zorder=1)
            alone = len(graph.nodes[name]) == 2
            at = path[0] + (0.5 if alone else LABEL_AT) * (path[1] - path[0])
            self.edge_labels[edge] = ax.text(
                *at, "", ha="center", va="center", fontsize=LABEL_TYPE * self.type,
                zorder=4,
                bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.5},
            )  # fmt: skip
        for name in [*graph.inputs, *graph.nodes]:
            self.boxes[name] = ax.text(
                *self.place[name], "", ha="center", va="center", fontsize=self.type,
                zorder=5, linespacing=1.3,
                bbox={"boxstyle": "round,pad=0.35", "facecolor": "white"},
            )  # fmt: skip
        self.artists = [
            *self.edges.values(), *self.edge_labels.values(), *self.boxes.values()
        ]  # fmt: skip

    def update(self, state):
        """Show what a State knows."""
        _, values, gradients, slopes, products, active = state
        for name, box in self.boxes.items():
            lines = [name]
            if name in values:
                # the long name of one unit among several has a line of its own
                own_line = name in self.graph.nodes and "[" in name
                between = "\n= " if own_line else " = "
                lines[0] += between + number(values[name])
            if name in self.graph.nodes:
                lines.insert(0, OPERATIONS[self.graph.nodes[name][0]].sign)
            if name in gradients:
                lines.append(f"∂ {number(gradients[name])}")
            box.set_text("\n".join(lines))
            box.set_color(ORANGE if name in gradients else INK)
            frame = box.get_bbox_patch()
            frame.set(
                edgecolor=ORANGE if name == active else INK,
                linewidth=2.5 if name == active else 1,
                facecolor="#FFF6EC" if name in self.graph.inputs else "white",
            )
        self._mark_edges(active, slopes, products)

    def _mark_edges(self, active, slopes, products):
        for edge, label in self.edge_labels.items():
            text, colour = "", FAINT
            if edge in products:
                upstream, local, product = map(number, products[edge])
                text, colour = product, ORANGE
                if edge[2] == active:
                    text = f"{upstream}\n× {bracketed(products[edge][1])}\n= {product}"
            elif edge in slopes:
                text, colour = number(slopes[edge]), BLUE
            label.set_text(text)
            label.set_color(colour)
            self.edges[edge].set(
                color=colour if edge[2] == active else FAINT,
                linewidth=2.5 if edge[2] == active else 1,
            )

    def corners(self, name):
        """Return two opposite corners of a box, in data coordinates."""
        pad = BOX_PAD * self.type * self.ax.figure.dpi / 72
        drawn = self.boxes[name].get_window_extent().padded(pad)
        return self.ax.transData.inverted().transform(drawn.get_points())

    def handles(self, state):
        """Return the boxes: a node is a step, an input is chosen."""
        choices = {name: {"input": name} for name in self.graph.inputs}
        nodes = self.graph.nodes
        steps = {name: {"position": self.step_of(name, state)} for name in nodes}
        return [
            Handle(
                tr("change {name}" if name in choices else "step to {name}", name=name),
                self.corners(name),
                lambda x, y, moves=moves: moves,
                area=True,
            )
            for name, moves in (choices | steps).items()
        ]

    def step_of(self, name, state):
        """Return the step of a node: forward, and once all are known, backward."""
        count, place = len(self.graph.order), self.graph.order.index(name)
        return place + 1 if state.position < count else 2 * count - place


class State(NamedTuple):
    """What is known at a position; the edges are those of Graph.backward.

    values, gradients   {name: number}, the gradients as far as they have added up
    slopes              {edge: local derivative}
    products            {edge: (upstream, local, product)}, in the order of the pass
    active              the node of this step, None at the start
    """

    position: int
    values: dict
    gradients: dict
    slopes: dict
    products: dict
    active: str | None


class GraphExplorer(Explorer):
    """Step through a Graph: position 0 is the start, then each node forward, each back.

    At first all is computed. Arrow keys on the position slider step, as the buttons do.
    """

    title = "a computational graph"
    invitation = "Move an input, click a box, or press reset and step forward."
    size = (8.4, 4.6)
    actions_label = "go"

    def __init__(self, graph):
        if not isinstance(graph, Graph):
            raise TypeError(f"graph must be a mlplab.graph.Graph, got {graph!r}")
        self.graph, self.last = graph, 2 * len(graph.order)
        self.panels = {
            "picture": Panel(
                lambda ax: GraphPicture(ax, graph),
                GraphPicture.update,
                GraphPicture.handles,
            )
        }
        super().__init__()

    def make_controls(self):
        """Return the position, and every input of the graph."""
        names = list(self.graph.inputs)
        controls = {
            "position": Control("position", range(self.last + 1), self.last),
            "input": chooser("change input", names, names[0]),
        }
        of_loss = self.graph.nodes[self.graph.order[-1]][0] == "bce"
        for name, value in self.graph.inputs.items():
            only = ("input", name)
            # the y of a loss is a label, 0 or 1; everything else moves freely
            if of_loss and name == "y":
                options = [0.0, 1.0]
                made = Control(name, options, value, write="{:g}".format, only=only)
            else:
                made = number_slider(name, value, -FARTHEST, FARTHEST, only=only)
            controls[name] = made
        return controls

    def make_actions(self):
        """Return the buttons that change the position."""

        def go(move):
            at = self.controls["position"]
            at.value = at.nearest(move(at.value))

        moves = {
            "reset": lambda at: 0,
            "back": lambda at: at - 1,
            "forward": lambda at: at + 1,
            "to the end": lambda at: self.last,
        }
        return {label: partial(go, move) for label, move in moves.items()}

    def compute(self, position, input=None, **inputs):
        """Compute everything; return what is known at the position."""
        graph, order = self.graph, self.graph.order
        values = graph.forward(inputs)
        forward = order[:position]
        backward = order[::-1][: max(0, position - len(order))]
        slopes = {}
        for name in forward:
            for place, slope in enumerate(graph.slopes(name, values)):
                slopes[graph.nodes[name][1 + place], place, name] = slope
        every, gradients = graph.backward(values)
        products = {
            edge: (gradients[edge[2]], slopes[edge], product)
            for edge, product in every.items()
            if edge[2] in backward
        }
        so_far = {order[-1]: 1.0} if position > len(order) else {}
        for (source, _, _), (_, _, product) in products.items():
            so_far[source] = so_far.get(source, 0.0) + product
        known = {name: values[name] for name in [*inputs, *forward]}
        active = (backward or forward or [None])[-1]
        return State(position, known, so_far, slopes, products, active)

    def words(self, state):
        """Say what this step computes, and at the end all gradients."""
        at = {"position": state.position, "last": self.last}
        if state.active is None:
            inputs = ", ".join(f"{n} = {number(v)}" for n, v in state.values.items())
            return tr(
                "Position {position} of {last}. The inputs are known: {inputs}."
                " Step forward to compute the first node.",
                inputs=inputs, **at,
            )  # fmt: skip
        if not state.products:
            where = tr("Position {position} of {last}, forward:", **at)
            return f"{where} {self._forward_words(state)}"
        text = tr(
            "Position {position} of {last}, backward through {node}.",
            node=state.active, **at,
        )  # fmt: skip
        text += f" {self._gradient_words(state)} {self._product_words(state)}"
        return text + (self._end_words(state) if state.position == self.last else "")

    def _forward_words(self, state):
        name = state.active
        operation, *sources = self.graph.nodes[name]
        words = OPERATIONS[operation]
        write = number if len(sources) == 1 else bracketed
        of_sources = [write(state.values[source]) for source in sources]
        symbols = words.slope_symbols(name, *sources)
        values = [
            number(state.slopes[source, place, name])
            for place, source in enumerate(sources)
        ]
        slopes = [
            tr("by {input}:", input=source)
            + (f" {value}" if symbol == value else f" {symbol} = {value}")
            for source, symbol, value in zip(sources, symbols, values, strict=True)
        ]
        return (
            f"{name} = {words.symbols(*sources)} = {words.symbols(*of_sources)} ="
            f" {number(state.values[name])}. "
            + tr("Local derivatives: {slopes}.", slopes=", ".join(slopes))
        )

    def _gradient_words(self, state):
        gradient = number(state.gradients[state.active])
        to, products = state.active, state.products.items()
        arrived = [product for (source, *_), (*_, product) in products if source == to]
        if state.active == self.graph.order[-1]:
            return tr("The gradient of the output by itself is 1.")
        if len(arrived) == 1:
            return tr("Its gradient is {gradient}.", gradient=gradient)
        added = " + ".join(map(bracketed, arrived))
        return tr(
            "{count} paths met here and added up: {added} = {gradient}.",
            count=len(arrived), added=added, gradient=gradient,
        )  # fmt: skip

    def _product_words(self, state):
        gets, totals = [], {}
        for (source, _, node), (upstream, local, product) in state.products.items():
            total = totals.get(source, 0.0) + product
            if node == state.active:
                text = "{input} gets {factors} = {product}"
                if source in totals:
                    text = (
                        "{input} gets {factors} = {product}, which adds up to {total}"
                    )
                factors = f"{number(upstream)} × {bracketed(local)}"
                known = {"product": number(product), "total": number(total)}
                gets.append(tr(text, input=source, factors=factors, **known))
            totals[source] = total
        text = "Upstream times local goes to each input: {gets}."
        return tr(text, gets="; ".join(gets))

    def _end_words(self, state):
        by_torch = self.graph.autograd({n: state.values[n] for n in self.graph.inputs})
        ours = {name: state.gradients[name] for name in by_torch}
        agrees = np.allclose(list(ours.values()), list(by_torch.values()), atol=1e-6)
        gradients = ", ".join(f"{name} {number(g)}" for name, g in ours.items())
        text = tr(
            "All gradients of {output}: {gradients}.",
            output=self.graph.order[-1], gradients=gradients,
        )  # fmt: skip
        judged = "PyTorch's autograd agrees to 6 digits."
        if not agrees:
            judged = "PyTorch's autograd does NOT agree to 6 digits."
        return f" {text} {tr(judged)}"


def explore_graph(graph=SMALL):
    """Step through a computational graph, forward and backward."""
    return GraphExplorer(graph)
