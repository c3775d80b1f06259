"""How well one colour can be read on another."""

import numpy as np
from matplotlib.colors import to_rgb


def contrast(one, other):
    """Return the contrast ratio of two colours (WCAG 2), from 1 to 21.

    A colour is a name or a tuple of red, green and blue up to 1, as matplotlib has it.
    """
    dark, light = sorted(map(luminance, (one, other)))
    return (light + 0.05) / (dark + 0.05)


def luminance(colour):
    return linear(colour) @ [0.2126, 0.7152, 0.0722]


def linear(colour):
    """Return the linear red, green and blue of a colour (IEC 61966-2-1)."""
    share = np.array(to_rgb(colour))
    return np.where(share > 0.04045, ((share + 0.055) / 1.055) ** 2.4, share / 12.92)
