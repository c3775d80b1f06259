"""The explorer of a computational graph: forward, then backward, node by node."""

import ipywidgets as widgets
import numpy as np

from ..graph import OPERATIONS, SMALL, Graph
from ..plots import BLUE, FAINT, INK, ORANGE
from . import texts
from .base import Explorer, slider

INPUT_RANGE = 3.0
MARGIN = 0.28  # beside the first and the last column
CROWDED, WIDE = 3, 1.42  # before a node with so many inputs, a wider space
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
        ax.set(xlim=(-MARGIN, last + MARGIN), ylim=(0, 1))
        ax.axis("off")
        ax.text(last + MARGIN, 0, texts.LABELS["gradient key"], ha="right", fontsize=9)
        self.edges, self.edge_labels, self.boxes = {}, {}, {}
        for (source, place, name), stops in bends.items():
            edge = source, place, name
            path = np.array([self.place[stop] for stop in (source, *stops, name)])
            (self.edges[edge],) = ax.plot(*path.T, color=FAINT, zorder=1)
            alone = len(graph.nodes[name]) == 2
            at = path[0] + (0.5 if alone else LABEL_AT) * (path[1] - path[0])
            self.edge_labels[edge] = ax.text(
                *at, "", ha="center", va="center", fontsize=7.5, zorder=4,
                bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.5},
            )  # fmt: skip
        for name in [*graph.inputs, *graph.nodes]:
            self.boxes[name] = ax.text(
                *self.place[name], "", ha="center", va="center", fontsize=9, zorder=5,
                linespacing=1.3,
                bbox={"boxstyle": "round,pad=0.35", "facecolor": "white"},
            )  # fmt: skip
        self.artists = [
            *self.edges.values(), *self.edge_labels.values(), *self.boxes.values()
        ]  # fmt: skip

    def update(self, values, gradients, slopes, products, active):
        """Show what is known so far; all arguments are dicts by node or edge.

        slopes are local derivatives; products are [upstream, local, product]; `active`
        is the node of this step.
        """
        for name, box in self.boxes.items():
            lines = [name]
            if name in values:
                lines[0] += f" = {number(values[name])}"
            if name in gradients:
                lines.append(f"{texts.LABELS['gradient']} {number(gradients[name])}")
            box.set_text("\n".join(lines))
            box.set_color(ORANGE if name in gradients else INK)
            frame = box.get_bbox_patch()
            frame.set(
                edgecolor=ORANGE if name == active else INK,
                linewidth=2.5 if name == active else 1,
                facecolor="#FFF6EC" if name in self.graph.inputs else "white",
            )
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


class GraphExplorer(Explorer):
    """Step through a Graph: position 0 is the start, then each node forward, each back.

    Arrow keys on the position slider step, as the buttons do.
    """

    def __init__(self, graph):
        if not isinstance(graph, Graph):
            raise TypeError(f"graph must be a mlplab.graph.Graph, got {graph!r}")
        self.graph = graph
        self.last = 2 * len(graph.order)
        controls = {
            "position": slider(
                widgets.IntSlider, texts.LABELS["position"], max=self.last
            )
        }
        for name, value in graph.inputs.items():
            # y is a label, 0 or 1; everything else moves freely
            kind, step = (widgets.FloatSlider, 0.1)
            low, high = -INPUT_RANGE, INPUT_RANGE
            if name == "y" and graph.nodes[graph.order[-1]][0] == "bce":
                low, high, step = 0.0, 1.0, 1.0
            controls[name] = slider(
                kind, name, value=value, min=low, max=high, step=step
            )
            controls[name].layout.width = "200px"
        moves = {
            "reset": lambda position: 0,
            "back": lambda position: max(0, position - 1),
            "forward": lambda position: min(self.last, position + 1),
            "end": lambda position: self.last,
        }
        buttons = [
            self._button(texts.LABELS[label], move) for label, move in moves.items()
        ]
        position = widgets.HBox([controls["position"], *buttons])
        position.layout.flex_flow = "row wrap"
        super().__init__(controls, size=(11.2, 5.8), boxes={"position": position})
        self.status.layout.min_height = "84px"
        self.update()

    def make_views(self):
        """Draw the graph."""
        self._picture = GraphPicture(self.figure.subplots(), self.graph)
        return [self._picture]

    def _button(self, label, move):
        button = widgets.Button(description=label, layout=widgets.Layout(width="auto"))

        def click(_):
            position = self.controls["position"]
            position.value = move(position.value)

        button.on_click(click)
        return button

    def show(self):
        """Compute everything, and show what is known at the position."""
        inputs = self.values()
        position = inputs.pop("position")
        order = self.graph.order
        values = self.graph.forward(inputs)
        forward, backward = (
            order[:position],
            order[::-1][: max(0, position - len(order))],
        )
        known = {name: values[name] for name in [*inputs, *forward]}
        slopes = {
            (source, place, name): slope
            for name in forward
            for place, (source, slope) in enumerate(
                zip(
                    self.graph.nodes[name][1:],
                    self.graph.slopes(name, values),
                    strict=True,
                )
            )
        }
        every, gradients = self.graph.backward(values)
        products = {
            edge: (gradients[edge[2]], slopes[edge], product)
            for edge, product in every.items()
            if edge[2] in backward
        }
        so_far = {order[-1]: 1.0} if position > len(order) else {}
        for (source, _, _), (_, _, product) in products.items():
            so_far[source] = so_far.get(source, 0.0) + product
        active = (backward or forward or [None])[-1]
        self._picture.update(known, so_far, slopes, products, active)
        if position == 0:
            text = texts.GRAPH_START.format(
                last=self.last,
                inputs=", ".join(f"{n} = {number(v)}" for n, v in inputs.items()),
            )
        elif not backward:
            text = self._say_forward(position, active, values)
        else:
            text = self._say_backward(position, active, products, so_far)
        if position == self.last:
            text += " " + self._say_end(inputs, gradients)
        return text, position, False

    def _say_forward(self, position, name, values):
        operation, *sources = self.graph.nodes[name]
        words = OPERATIONS[operation]
        write = number if len(sources) == 1 else bracketed
        of_sources = [write(values[source]) for source in sources]
        slopes = zip(
            sources,
            words.slope_symbols(name, *sources),
            self.graph.slopes(name, values),
            strict=True,
        )
        return texts.GRAPH_FORWARD.format(
            position=position,
            last=self.last,
            name=name,
            symbols=f"{words.symbols(*sources)} = {words.symbols(*of_sources)}",
            value=number(values[name]),
            slopes=", ".join(
                texts.GRAPH_SLOPE.format(
                    source=source,
                    derivative=symbols
                    if symbols == number(value)
                    else f"{symbols} = {number(value)}",
                )
                for source, symbols, value in slopes
            ),
        )

    def _say_backward(self, position, name, products, so_far):
        arrived = [
            p for (source, _, _), (_, _, p) in products.items() if source == name
        ]
        gradient = number(so_far[name])
        if name == self.graph.order[-1]:
            arrived_text = texts.GRAPH_OUTPUT
        elif len(arrived) == 1:
            arrived_text = texts.GRAPH_ONE_PATH.format(gradient=gradient)
        else:
            arrived_text = texts.GRAPH_PATHS.format(
                count=len(arrived),
                sum=" + ".join(map(bracketed, arrived)),
                gradient=gradient,
            )
        gets, earlier = [], {}
        for (source, _, node), (upstream, local, product) in products.items():
            if node == name:
                text = texts.GRAPH_PRODUCT.format(
                    source=source,
                    upstream=number(upstream),
                    local=bracketed(local),
                    product=number(product),
                )
                total = earlier.get(source, 0.0) + product
                if source in earlier:
                    text += texts.GRAPH_ADDED.format(gradient=number(total))
                gets.append(text)
            earlier[source] = earlier.get(source, 0.0) + product
        return texts.GRAPH_BACKWARD.format(
            position=position,
            last=self.last,
            name=name,
            arrived=arrived_text,
            products="; ".join(gets),
        )

    def _say_end(self, inputs, gradients):
        by_torch = self.graph.autograd(inputs)
        agrees = np.allclose(
            [gradients[name] for name in by_torch], list(by_torch.values()), atol=1e-6
        )
        return texts.GRAPH_END.format(
            output=self.graph.order[-1],
            gradients=", ".join(f"{n} {number(gradients[n])}" for n in by_torch),
            agrees=texts.GRAPH_AGREES if agrees else texts.GRAPH_DIFFERS,
        )


def explore_graph(graph=SMALL):
    """Step through a computational graph, forward and backward."""
    return GraphExplorer(graph)
