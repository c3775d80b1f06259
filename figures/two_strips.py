"""The slope of a product: two strips

A rectangle with the sides f and g. When both sides grow, f by f' times the nudge and g
by g' times the nudge, the area gains two strips and a corner. The strip at the right
has the area f' g times the nudge, the one at the top f g' times the nudge. The corner
is too tiny to count.
"""

from matplotlib.patches import Rectangle
from style import (
    BACKWARD,
    FORMULA,
    FORWARD,
    GREY,
    INK,
    LARGE,
    PALE,
    SMALL,
    arrow,
    canvas,
    label,
)

LEFT, BOTTOM = 1.5, 0.5
F, G = 4.4, 1.7  # the sides
MORE_F, MORE_G = 1.4, 0.6  # what they gain


def draw():
    figure, ax = canvas(9.2, 3.1)
    right, top = LEFT + F, BOTTOM + G
    for x, y, width, height, colour, shade in [
        (LEFT, BOTTOM, F, G, PALE, 1),
        (right, BOTTOM, MORE_F, G, FORWARD, 0.35),
        (LEFT, top, F, MORE_G, BACKWARD, 0.35),
        (right, top, MORE_F, MORE_G, "white", 1),
    ]:
        ax.add_patch(Rectangle((x, y), width, height, facecolor=colour, alpha=shade))
        ax.add_patch(
            Rectangle((x, y), width, height, fill=False, edgecolor=INK, linewidth=1.5)
        )

    middle_f, middle_g = LEFT + F / 2, BOTTOM + G / 2
    strip_f, strip_g = right + MORE_F / 2, top + MORE_G / 2
    for x, y, text in [
        (middle_f, BOTTOM - 0.25, "f"),
        (strip_f, BOTTOM - 0.25, "f' ε"),
        (LEFT - 0.25, middle_g, "g"),
        (LEFT - 0.45, strip_g, "g' ε"),
        (middle_f, middle_g, "f g"),
        (strip_f, middle_g, "f' g ε"),
        (middle_f, strip_g, "f g' ε"),
    ]:
        label(ax, x, y, text, **FORMULA | {"fontsize": LARGE})
    corner = right + MORE_F, strip_g
    arrow(ax, (corner[0] + 0.55, strip_g), corner, GREY, gaps=(0, 0.05))
    note = {"color": GREY, "fontsize": SMALL, "ha": "left"}
    label(ax, corner[0] + 0.65, strip_g, "too tiny", **note)
    return figure
