"""A hand drags along the loss curve, and the network answers

Recorded from the course's explorer of XOR: a hand drags the step along the loss curve,
from the plateau at ln 2 down the steep drop. The network's units and its answer over
the input plane follow: at first all of the plane looks the same, then a strip appears
that holds 01 and 10, and all four rows are right.
"""

import io

import numpy as np
from PIL import Image, ImageDraw
from style import LN2  # it tells Python where mlplab is

from mlplab.explorers import explore_xor

LOSS = "loss", "the step"  # the panel, and what a hand takes in it
PLACES = [*np.linspace(100, 1_700, 9), *np.linspace(1_800, 2_600, 17), 3_100, 3_700]
FRAME_MS, REST_MS = 140, 1_600  # of a picture; of the first one and of the last
COLOURS = 96
HAND = [(0, 0), (0, 21), (5, 16), (9, 25), (13, 23), (9, 15), (16, 15)]  # pixels


def frames():
    """Yield the pictures, and for how many milliseconds each is shown."""
    explorer = explore_xor()
    panel, says = LOSS
    transform = explorer.views[panel].ax.transData.transform
    width, height = explorer.page.size
    for number, step in enumerate(PLACES):
        loss = explorer.state.run.loss_at(int(step))
        across, up = transform((step, min(loss, LN2)))
        explorer.receive(
            explorer.page,
            {"id": "", "kind": "take", "panel": panel, "says": says}
            | {"x": across / width, "y": 1 - up / height, "first": number == 0},
            None,
        )
        image = Image.open(io.BytesIO(explorer.page.picture)).convert("RGB")
        place = [(across + x, height - up + y) for x, y in HAND]
        ImageDraw.Draw(image).polygon(place, "white", "black", 2)
        rests = number in (0, len(PLACES) - 1)
        yield image.quantize(COLOURS), REST_MS if rests else FRAME_MS
    explorer.close()
