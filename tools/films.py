"""Record the explorers of the notebooks as films, for pages that have no kernel.

A film is some states of an explorer: of each the values of its controls, its picture,
its words, and what a click in the picture leads to. films/film.js plays it, with the
page of the live explorer. Pictures are the same in each language: a film is a file of
pictures, and for each language one of words.
"""

import ast
import base64
import builtins
import contextlib
import io
import itertools
import json
import os
import tempfile
from pathlib import Path
from typing import NamedTuple
from unittest import mock

import numpy as np
from matplotlib import pyplot as plt
from PIL import Image

from mlplab.explorers.base import Explorer
from mlplab.language import tr
from tools.execute import NOTEBOOKS, read, write
from tools.languages import language_of, speaking

FILMS = Path(__file__).resolve().parent / "html" / "films"
PAGE = NOTEBOOKS / "mlplab" / "explorers" / "page"  # of a live explorer: .js and .css
EXPORT = "export default { render };\n"
SCALE = 1.5  # pixels of a picture for each on a plain screen
AVIF = {"quality": 42, "speed": 8, "max_threads": 1}  # the same bytes every time
COLUMNS = 24  # places across an area at which a hand is tried
INTERVAL_MS = 250  # between two pictures of the player
ALL = 99
GATES = {"gate": ("AND", "OR", "NAND", "XOR")}


class Cut(NamedTuple):
    """What of an explorer is recorded, so that its page stays small.

    places   of a control that no product names, which is recorded by itself
    start    products of controls, {name: how many places, or the options}, from the
             values at the start
    presets  the same, from those of each preset
    leaves   controls that are not in the film
    """

    places: int = 6
    start: tuple = ()
    presets: tuple = ({"step": 6},)
    leaves: tuple = ()


CUTS = {
    "BackpropExplorer": Cut(start=({"learning_rate": 5, "step": 5},), presets=()),
    "DepthExplorer": Cut(
        start=({"layers": ALL}, {"step": 7}, {"init": ("pytorch", "large", "zeros")}),
        presets=({"step": (123, 1000)},),
        leaves=("unit", "width"),
    ),
    "FoldingExplorer": Cut(start=({"step": 26},)),
    "GraphExplorer": Cut(places=3, start=({"position": ALL},)),
    "LineExplorer": Cut(
        start=({"w1": (-2, -1, 0, 1, 2), "w2": (-2, -1, 0, 1, 2), "b": 9},),
        presets=({"b": 9}, {"w1": 9}, {"w2": 9}),
    ),
    "OutcomesExplorer": Cut(
        places=ALL, start=({"seed": 6},), presets=(), leaves=("init",)
    ),
    "PadExplorer": Cut(
        start=({"digit": ALL, "turn": ALL},),
        presets=({"right": 5}, {"down": 5}),
        leaves=("column", "row", "width"),
    ),
    "PerceptronExplorer": Cut(start=(GATES, {"learning_rate": 7, "step": 6})),
    "SlopeExplorer": Cut(start=({"function": ALL, "t": 7, "nudge": 4},)),
    "TrainingExplorer": Cut(start=(GATES, {"learning_rate": 8, "step": 6})),
    "ValleyExplorer": Cut(
        start=(GATES, {"learning_rate": 8}, {"w1": 4, "w2": 4}),
        presets=({"step": 4}, {"learning_rate": 4}),
    ),
    "XorExplorer": Cut(start=({"step": 40},)),
}


def some(control, wanted):
    """Options of a control: these, or so many, the first, the last and its own."""
    options = control.options
    if not isinstance(wanted, int):
        return [control.nearest(option) for option in wanted]
    if control.buttons:
        return options
    places = np.linspace(0, len(options) - 1, min(wanted, len(options))).round()
    return [options[n] for n in sorted({*places.astype(int).tolist(), control.place})]


def products(explorer, values, wanted):
    """The values of all controls for each choice of those wanted, {name: how many}."""
    known = {n: each for n, each in wanted.items() if n in explorer.controls}
    options = [some(explorer.controls[name], each) for name, each in known.items()]
    for chosen in itertools.product(*options):
        state = values | dict(zip(known, chosen, strict=True))
        for name in known:
            if only := explorer.controls[name].only:  # shown where that is chosen
                state[only[0]] = only[1]
        yield state


def states(explorer):
    """The values that a film shows: those at the start come first, each once."""
    cut = CUTS.get(type(explorer).__name__, Cut())
    shown = [n for n, c in explorer.controls.items() if c.shown and n not in cut.leaves]
    alone = [
        {n: cut.places} for n in shown if not any(n in wanted for wanted in cut.start)
    ]
    found = [explorer.start]
    for wanted in (*cut.start, *alone):
        found += products(explorer, explorer.start, wanted)
    for preset in explorer.presets.values():
        values = explorer.start | preset.values
        found.append(values)
        for wanted in cut.presets:
            found += products(explorer, values, wanted)
    unique = {tuple(values.items()): values for values in found}
    return shown, [*unique.values()]


def record(explorer, drawn=True):
    """The film of an explorer, for JSON: its pictures, if drawn, and its words."""
    shown, found = states(explorer)
    controls = {name: explorer.controls[name] for name in shown}
    options = {
        name: sorted({values[name] for values in found}, key=control.options.index)
        for name, control in controls.items()
    }
    places = [
        {n: options[n].index(v) for n, v in values.items() if n in options}
        for values in found
    ]

    def recorded(wanted):
        return any(wanted.items() <= each.items() for each in places)

    page = explorer.page
    width = round(SCALE * page.size[0])
    explorer.receive(page, {"id": "", "kind": "resize", "width": width}, None)
    seen, said = Kept(), Kept()
    pictures, frames = [], []
    undrawn = mock.patch.object(Explorer, "_render", lambda explorer: b"")
    with contextlib.nullcontext() if drawn else undrawn:
        for values in found:
            explorer.set(**values)
            if drawn:
                pictures.append(seen(small(page.picture)))
            told = page.status, page.details, handles(explorer, options, recorded)
            frames.append([said(each) for each in told])
    specs = {name: control.spec() for name, control in controls.items()}
    for name, spec in specs.items():
        spec["texts"] = [
            controls[name].texts[controls[name].options.index(option)]
            for option in options[name]
        ]
        spec |= {"stride": 1, "play": min(1, spec["play"]), "interval": INTERVAL_MS}
    presses = {
        tr(label): {"frame": found.index(explorer.start | preset.values)}
        | {"story": tr(preset.story)}
        for label, preset in explorer.presets.items()
    }
    form = page.form | {
        "controls": specs,
        "invitation": tr("Move a slider, or press a button."),
    }
    form["buttons"] = [[tr("show me"), [*presses]]] if presses else []
    drawing = {
        "size": page.size, "names": shown, "places": [[*at.values()] for at in places],
        "pictures": pictures, "kept": seen.things,
    }  # fmt: skip
    return drawing, {
        "form": form, "presses": presses, "frames": frames, "kept": said.things,
        "player": player_words(),
    }  # fmt: skip


def player_words():
    """What film.js says."""
    return {
        "recording": tr("A recording: in JupyterLab (make lab) every place answers."),
        "apart": tr(
            "Not recorded together with what was set before; changed as well: {labels}."
        ),
        "known": tr("{label}: recorded are {texts}."),
    }


class Kept:
    """Things that many frames share, each once; a call returns a thing's number."""

    def __init__(self):
        self.things, self._numbers = [], {}

    def __call__(self, thing):
        key = json.dumps(thing)
        if key not in self._numbers:
            self._numbers[key] = len(self.things)
            self.things.append(thing)
        return self._numbers[key]


def small(png):
    """A PNG file as an AVIF file, in base64."""
    file = io.BytesIO()
    with Image.open(io.BytesIO(png)) as image:
        image.convert("RGB").save(file, "AVIF", **AVIF)
    return base64.b64encode(file.getvalue()).decode()


def handles(explorer, options, recorded):
    """The areas that a hand can take, and where it leads: `to`, from left to right.

    Left out is what leads to where nothing is recorded.
    """
    found = []
    known = {panel: explorer.handles(panel) for panel in explorer.views}
    for spec in explorer.page.handles:
        handle = known[spec["panel"]][spec["says"]]
        if not handle.area or handle.draws:
            continue
        (left, low), (right, high) = np.asarray(handle.at, float)[[0, -1]]
        across = left + (right - left) * (np.arange(COLUMNS) + 0.5) / COLUMNS
        moves = [handle.moves(x, (low + high) / 2) for x in across]
        exact = all(move == moves[0] for move in moves)  # a box, not an axis
        to = [
            {
                n: place(explorer.controls[n], options.get(n, []), move[n], exact)
                for n in move
            }
            for move in moves[: 1 if exact else None]
        ]
        if all(recorded(each) for each in to):
            found.append(spec | {"at": np.round(spec["at"], 3).tolist(), "to": to})
    return found


def place(control, options, value, exact):
    """The place among the options of a value, or of the nearest; None without one."""
    if options and not exact:
        numbers = np.asarray(options, float)
        return int(np.abs(numbers - control.nearest(value)).argmin())
    return options.index(value) if value in options else None


# The notebooks


def explorers_of(path):
    """(cell, explorer) of each cell of a notebook that makes one.

    The cells before are run as well, where it needs more than what they import.
    """
    namespace, waiting = {}, []
    for cell in read(path).cells:
        if cell.cell_type != "code":
            continue
        tree = ast.parse(cell.source)
        if all(isinstance(part, ast.Import | ast.ImportFrom) for part in tree.body):
            _run(tree.body, namespace)
        elif explores(tree):
            if _lacks(tree, namespace):
                while waiting:
                    _run(waiting.pop(0), namespace)
            _run(tree.body[:-1], namespace)
            made = ast.Expression(tree.body[-1].value)
            yield cell, eval(compile(made, cell.id, "eval"), namespace)
        else:
            waiting.append(tree.body)


def explores(tree):
    """Whether the last line of a cell makes an explorer."""
    match tree.body[-1:]:
        case [ast.Expr(ast.Call(ast.Name(name)))]:
            return name.startswith("explore_")
    return False


def film_name(path, cell):
    """The name of a film, of its file and in its page."""
    return f"{path.name[:2]}-{cell.id}"


def _lacks(tree, namespace):
    """Whether a cell needs a name that neither the namespace nor itself has."""
    names = {False: set(), True: {*namespace, *dir(builtins)}}
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            names[isinstance(node.ctx, ast.Store)].add(node.id)
        elif isinstance(node, ast.alias):
            names[True].add(node.asname or node.name)
    return not names[False] <= names[True]


def _run(body, namespace):
    exec(compile(ast.Module(body, []), "cell", "exec"), namespace)
    plt.close("all")


def record_notebook(path, folder):
    """Write the films of a notebook into a folder; return the names of the files.

    The pictures are those of the English one.
    """
    names, language = [], language_of(path)
    with tempfile.TemporaryDirectory() as home:
        quiet = contextlib.redirect_stdout(io.StringIO())
        kept = {"MLPLAB_PROGRESS": str(Path(home) / "progress")}
        with quiet, mock.patch.dict(os.environ, kept), speaking(path):
            plt.switch_backend("Agg")
            for cell, explorer in explorers_of(path):
                name = film_name(path, cell)
                drawing, words = record(explorer, drawn=language == "en")
                explorer.close()
                parts = {f"{name}.{language}": words}
                if drawing["pictures"]:
                    parts[name] = drawing
                for part, film in parts.items():
                    write_script(part, film, Path(folder))
                names += parts
    return names


def write_script(name, film, folder):
    text = json.dumps(film, ensure_ascii=False, separators=(",", ":"))
    script = f"(globalThis.films ??= {{}})[{json.dumps(name)}]={text};\n"
    write(folder / f"{name}.js", script)


def write_player(folder):
    """Write what plays films into a folder: a script and a style sheet."""
    for kind in ("js", "css"):
        parts = [
            path.read_text(encoding="utf-8")
            for path in (PAGE.with_suffix(f".{kind}"), FILMS / f"film.{kind}")
        ]
        text = "\n".join(parts)
        if kind == "js":  # a module could not be loaded from disk
            text = "{\n" + text.replace(EXPORT, "") + "}\n"
        write(Path(folder) / f"player.{kind}", text)
