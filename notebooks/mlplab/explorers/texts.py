"""Every sentence of the explorers in one place, so that they can be translated.

A preset is a label, its story, and the controls that it sets. The rules that judge a
challenge stand beside the explorers.
"""

LABELS = {
    "gate": "gate",
    "hidden_units": "hidden units",
    "layers": "layers",
    "width": "units per hidden layer",
    "activation": "activation",
    "init": "initialisation",
    "learning_rate": "learning rate",
    "seed": "seed",
    "step": "step",
    "w1": "w1",
    "w2": "w2",
    "b": "b",
    "presets": "Show me:",
    "keep": "Keep this run to compare",
    "drop": "Forget the kept run",
    "position": "position",
    "gradient": "∂",
    "gradient key": "∂: the derivative of the output by this box",
    "reset": "Reset",
    "back": "Back",
    "forward": "Forward",
    "end": "To the end",
    "code": "Show the PyTorch code",
}

LINE_PRESETS = [
    ("AND", "One line does it.", {"gate": "AND", "w1": 1, "w2": 1, "b": -1.5}),
    (
        "OR",
        "The same slope, moved towards 00.",
        {"gate": "OR", "w1": 1, "w2": 1, "b": -0.5},
    ),
    (
        "the best for XOR",
        "Three of four. Move the line as you like: it never gets all four.",
        {"gate": "XOR", "w1": 1, "w2": 1, "b": -0.5},
    ),
]
PERCEPTRON_PRESETS = [
    (
        "AND is learned",
        "The loss falls towards 0; the boundary settles between 11 and the rest.",
        {"gate": "AND"},
    ),
    (
        "XOR ends at ln 2",
        "Every probability becomes 0.5: the best that one layer can do.",
        {},
    ),
    (
        "too large a step",
        "Past a learning rate of about 5 every step overshoots, and the loss stays"
        " above ln 2.",
        {"learning_rate": 6.0},
    ),
]
BACKPROP_PRESETS = [
    (
        "the run of the lecture notes",
        "About 2,200 steps at ln 2, then the hidden units fold 01 and 10 onto one"
        " point. Press play to watch.",
        {},
    ),
    (
        "a tenth of the step",
        "The plateau lasts ten times as long: 10,001 steps are not enough.",
        {"learning_rate": 0.1},
    ),
    (
        "three rows merged",
        "Three rows share one probability, 2/3. More steps do not help.",
        {"learning_rate": 7.0},
    ),
    (
        "too large a step",
        "The weights jump to and fro and never settle.",
        {"learning_rate": 50.0},
    ),
]
TRAINING_PRESETS = [
    (
        "the run of the lecture notes",
        "2 sigmoid units, learning rate 1: solved after a long wait at ln 2.",
        {},
    ),
    (
        "a way out: tanh",
        "From the same initial weights, tanh waits far less.",
        {"activation": "tanh"},
    ),
    (
        "dead ReLU",
        "Both units give 0 for all four rows; where a unit gives 0 its gradient is 0"
        " too, so nothing can ever change them.",
        {"activation": "relu", "seed": 3},
    ),
    (
        "all weights equal",
        "Equal units get equal gradients and stay equal: two units act as one.",
        {"init": "equal"},
    ),
]
DEPTH_PRESETS = [
    (
        "the deep net",
        "4 layers, 10 sigmoid units each: 5,188 steps at the saddle, then solved.",
        {},
    ),
    (
        "waiting at the saddle",
        "At step 1,000 all batch gradients are small, because the rows cancel. Summed"
        " over rows they still shrink on the way back, layer by layer.",
        {"step": 1000},
    ),
    (
        "too deep for sigmoid",
        "With 8 layers nothing happens in 10,001 steps: the saddle is too flat.",
        {"layers": 8},
    ),
    (
        "a way out: tanh",
        "Slope 1 at zero instead of 1/4: the signals reach the first layer.",
        {"activation": "tanh"},
    ),
    (
        "a way out: larger weights",
        "PyTorch's initial weights times 4 make up for the small slope.",
        {"init": "large"},
    ),
]
OUTCOMES_PRESETS = [
    ("2 sigmoid units", "About nine in ten seeds solve XOR at moderate rates.", {}),
    (
        "4 sigmoid units",
        "More units than XOR needs: the failures vanish at moderate rates.",
        {"hidden_units": 4},
    ),
    (
        "2 relu units",
        "Fast when it works. But about half of the seeds begin with a unit that gives 0"
        " for all four rows: it never learns, and one unit is not enough.",
        {"activation": "relu"},
    ),
    (
        "too large a step",
        "At rate 30 nearly every seed bounces.",
        {"learning_rate": 30.0},
    ),
]

LINE_CHALLENGES = (
    "find a line for AND, all 4 correct",
    "find a line for NAND: which signs do the weights need?",
    "get 3 of 4 correct for XOR",
)
PERCEPTRON_CHALLENGES = (
    "find a gate, other than XOR, that the perceptron cannot learn",
    "solve AND with a loss below 0.1 before step 50",
)
BACKPROP_CHALLENGES = (
    "at seed 777, solve XOR and leave the plateau before step 300",
    "find a seed that is stuck at 0.3466 at learning rate 1",
)
TRAINING_CHALLENGES = (
    "solve XOR with 2 hidden units, loss below 0.1 before step 300",
    "find a gate that 1 hidden unit solves and one that it does not",
)
DEPTH_CHALLENGES = (
    "solve XOR with 8 layers",
    "solve XOR with 6 sigmoid layers or more",
    "leave the plateau within 100 steps with 4 sigmoid layers",
)

# The sentences of the graph explorer.
GRAPH_START = (
    "Position 0 of {last}. The inputs are known: {inputs}."
    " Step forward to compute the first node."
)
GRAPH_FORWARD = (
    "Position {position} of {last}, forward: {name} = {symbols} = {value}."
    " Local derivatives: {slopes}."
)
GRAPH_SLOPE = "by {source}: {derivative}"
GRAPH_BACKWARD = (
    "Position {position} of {last}, backward through {name}. {arrived}"
    " Upstream times local goes to each input: {products}."
)
GRAPH_OUTPUT = "The gradient of the output by itself is 1."
GRAPH_ONE_PATH = "Its gradient is {gradient}."
GRAPH_PATHS = "{count} paths met here and added up: {sum} = {gradient}."
GRAPH_PRODUCT = "{source} gets {upstream} × {local} = {product}"
GRAPH_ADDED = ", which adds up to {gradient}"
GRAPH_END = (
    "All gradients of {output}: {gradients}. PyTorch's autograd {agrees} to 6 digits."
)
GRAPH_AGREES, GRAPH_DIFFERS = "agrees", "does NOT agree"
