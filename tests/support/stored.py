"""Compare a notebook that was executed with the one that is stored, pictures too.

nbval skips pictures, so they are compared here, within a tolerance; everything else
must agree byte for byte.
"""

import base64
import difflib
import io
import re
from itertools import zip_longest

import numpy as np
import pytest
from matplotlib import image

from support.profiles import DRAWS
from tools.execute import NOTEBOOKS, RESTORE, read, to_text

# Another CPU may round a line's edge differently. A wrong picture changes more: one
# marker more or one digit more is beyond the share of pixels.
VISIBLE = 0.1  # difference of a pixel's channel that counts, of 1
SHARE_OF_PIXELS = 1e-4
# From a moved start the deep run of 06 jumps up and down otherwise in the few steps of
# its fall, about which the notebook warns; its explorer draws them.
SHARE_OF_PIXELS_MOVED = 1e-3
MEAN_DIFFERENCE = 1e-3
DIFF_LINES = 60


def pictures(nb):
    """Yield cell id and PNG bytes of each stored picture."""
    for cell in nb.cells:
        for output in cell.get("outputs", []):
            if encoded := output.get("data", {}).get("image/png"):
                yield cell.id, base64.b64decode(encoded)


def difference(stored, new, allowed=SHARE_OF_PIXELS):
    """Say how two PNG files differ beyond the tolerance; None if they do not."""
    stored, new = (image.imread(io.BytesIO(png)) for png in (stored, new))
    if stored.shape != new.shape:
        return f"has the shape {new.shape}, stored {stored.shape}"
    distance = np.abs(stored - new)
    mean = distance.mean()
    share = (distance.max(axis=-1) > VISIBLE).mean()
    if mean > MEAN_DIFFERENCE or share > allowed:
        return f"differs in {share:.2%} of its pixels, by {mean:.2%} on average"
    return None


def wrong_pictures(stored, new, allowed=SHARE_OF_PIXELS):
    """What differs in the pictures of a stored and a newly executed notebook."""
    stored, new = list(pictures(stored)), list(pictures(new))
    cells = [cell for cell, _ in stored]
    if [cell for cell, _ in new] != cells:
        return [f"the stored pictures are those of other cells: {', '.join(cells)}"]
    return [
        f"the picture of cell {cell} {found}"
        for (cell, before), (_, after) in zip(stored, new, strict=True)
        if (found := difference(before, after, allowed))
    ]


def wrong_lines(stored, new):
    """The first lines of the difference of two notebook files, but for pictures."""
    stored, new = (
        re.sub(r'("image/png": )"[^"]*"', r"\1<picture>", text)
        for text in (stored, new)
    )
    diff = difflib.unified_diff(
        stored.splitlines(), new.splitlines(), "stored", "executed now", n=2
    )
    # Equal lines may end otherwise.
    return [line[:200] for line in diff][:DIFF_LINES] or ["line ends"] * (stored != new)


def outputs(cell):
    """{what it is: its text} of a code cell's outputs, but for pictures."""
    texts = {}
    for number, output in enumerate(cell.get("outputs", [])):
        data = output.get("data", {output.get("name", "error"): output.get("text", "")})
        for kind, text in data.items():
            if not kind.startswith("image/"):
                texts[f"output {number + 1}, {kind}"] = text
    return texts


def wrong_outputs(stored, new):
    """What differs in the words and numbers of two notebooks, by cell and line."""
    problems = []
    for before, after in zip(stored.cells, new.cells, strict=True):
        old, now = outputs(before), outputs(after)
        for kind in sorted(old.keys() ^ now.keys()):
            state = "only stored" if kind in old else "only here"
            problems.append(f"cell {before.id}: {kind} is {state}")
        for kind in sorted(old.keys() & now.keys()):
            lines = zip_longest(old[kind].splitlines(), now[kind].splitlines())
            problems += [
                f"cell {before.id}: stored {one!r}, here {other!r}"
                for one, other in lines
                if one != other
            ]
    return problems


def assert_stored(name, new, place="native"):
    """Fail unless a notebook that was executed in a place is the stored one."""
    stored = read(NOTEBOOKS / name)
    allowed = SHARE_OF_PIXELS_MOVED if place in DRAWS else SHARE_OF_PIXELS
    problems = wrong_pictures(stored, new, allowed) + wrong_outputs(stored, new)
    if not problems and place == "native":
        text = (NOTEBOOKS / name).read_bytes().decode("utf-8")
        problems = wrong_lines(text, to_text(new))
    if problems:
        where = f"{name}, in the surroundings {place!r} of support/profiles.py:"
        pytest.fail("\n".join([where, *problems, RESTORE]), pytrace=False)
