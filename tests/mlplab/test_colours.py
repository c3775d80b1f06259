"""The colours of the pictures are told apart, whatever the eyes."""

from itertools import combinations

import numpy as np
import pytest

from mlplab import plots
from mlplab.explorers.outcomes import VERDICT_COLOURS, VERDICT_LETTERS
from mlplab.network import VERDICTS
from support.contrast import contrast, linear

# Machado, Oliveira and Fernandes, "A Physiologically-based Model for Simulation of
# Color Vision Deficiency" (2009), severity 1.0; for linear RGB.
MACHADO = {
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "tritanopia": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
    "usual vision": np.eye(3),
    "grey": [[0.2126, 0.7152, 0.0722]] * 3,
}
FROM_LINEAR_RGB_TO_XYZ = [
    [0.4124564, 0.3575761, 0.1804375],
    [0.2126729, 0.7151522, 0.0721750],
    [0.0193339, 0.1191920, 0.9503041],
]


def lab(rgb):
    """CIE L*a*b* of linear RGB, white D65."""
    matrix = np.array(FROM_LINEAR_RGB_TO_XYZ)
    x, y, z = (matrix @ np.clip(rgb, 0, 1)) / matrix.sum(axis=1)
    fx, fy, fz = (
        t ** (1 / 3) if t > (6 / 29) ** 3 else t / (3 * (6 / 29) ** 2) + 4 / 29
        for t in (x, y, z)
    )
    return np.array([116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)])


@pytest.mark.parametrize("vision", MACHADO)
def test_the_classes_are_told_apart(vision):
    def difference(one, other):
        return np.linalg.norm(
            np.subtract(*(lab(MACHADO[vision] @ linear(c)) for c in (one, other)))
        )

    # 2.3 is just noticeable
    if vision != "grey":
        assert difference(*plots.CLASS_COLOURS) > 25
        assert difference(plots.PROBS_CMAP(0.0), plots.PROBS_CMAP(1.0)) > 15
        for one, other in combinations(VERDICTS, 2):
            found = difference(VERDICT_COLOURS[one], VERDICT_COLOURS[other])
            assert found > 7, (one, other)
    # in print, and whatever the eyes: shapes and letters
    assert len(set(plots.CLASS_MARKERS)) == 2
    assert len(set(VERDICT_LETTERS.values())) == len(VERDICTS)


def test_markers_stand_out_from_what_is_behind_them():
    for colour, prob in zip(plots.CLASS_COLOURS, (0.0, 1.0), strict=True):
        for behind in ("white", plots.PROBS_CMAP(0.5), plots.PROBS_CMAP(1 - prob)):
            # WCAG 2 asks 3 of graphics; a marker has a white edge on the last two
            assert max(contrast(colour, behind), contrast("white", behind)) > 1.9
        assert contrast(colour, "white") > 3
