"""How well one colour stands out from another."""

import re

from matplotlib.colors import to_rgb


def channels(colour):
    """(r, g, b) from 0 to 1 of a CSS string or of what matplotlib takes."""
    if isinstance(colour, str) and colour.startswith("rgb"):
        return [float(part) / 255 for part in re.findall(r"[\d.]+", colour)[:3]]
    return to_rgb(colour)


def luminance(colour):
    """Relative luminance of WCAG 2."""
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in channels(colour)
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    """Contrast ratio of WCAG 2, from 1 to 21."""
    low, high = sorted([luminance(one), luminance(other)])
    return (high + 0.05) / (low + 0.05)
