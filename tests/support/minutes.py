"""How many minutes a notebook takes, by the rule in CONTRIBUTING.md.

`PYTHONPATH=tests python -m support.minutes` prints them for the whole course.
"""

import re

from tools.execute import COURSE, NOTEBOOKS, read
from tools.export import CODE, deeper_sections

WORDS_A_MINUTE = 150
LINES_A_MINUTE = 12
EXERCISE, EXPLORER, QUIZ = 5, 3, 4  # minutes
FOLDED = re.compile(r"<details>.*?</details>", re.DOTALL)
MOST = {COURSE[0]: 25}  # of the core, for all others
MOST_OF_A_LESSON = 40


def minutes(cells):
    """The minutes that some cells take, not rounded."""
    total = 0
    for cell in cells:
        if cell.cell_type == "markdown":
            words = CODE.sub("", FOLDED.sub("", cell.source)).split()
            total += len(words) / WORDS_A_MINUTE
            total += EXERCISE * cell.id.startswith("exercise-")
        else:
            lines = [line for line in cell.source.splitlines() if line.strip()]
            total += len(lines) / LINES_A_MINUTE
            total += EXPLORER * len(re.findall(r"^explore_", cell.source, re.MULTILINE))
            total += QUIZ * ("Quiz(" in cell.source)
    return total


def core_and_deeper(cells):
    """The minutes of a notebook's core, and of what goes deeper."""
    deeper = sum(map(minutes, deeper_sections(cells)))
    return minutes(cells) - deeper, deeper


def rounded(time):
    """To the nearest 5; what takes any time at all takes 5."""
    return max(5, int(time / 5 + 0.5) * 5) if time else 0


def stated(cells):
    """What a lesson says of its time."""
    core, deeper = map(rounded, core_and_deeper(cells))
    more = f", and {deeper} more for what goes deeper" if deeper else ""
    return f"{core} minutes{more}."


def in_the_map(cells):
    """The same in the map of the course, such as "40 + 15"."""
    core, deeper = map(rounded, core_and_deeper(cells))
    return f"{core} + {deeper}" if deeper else f"{core}"


def most(name):
    """The most minutes that the core of a notebook may take."""
    return MOST.get(name, MOST_OF_A_LESSON)


if __name__ == "__main__":
    for name in COURSE:
        cells = read(NOTEBOOKS / name).cells
        core, deeper = core_and_deeper(cells)
        print(f"{name}: {stated(cells)} In the map: {in_the_map(cells)}.")
        print(f"  before rounding {core:.1f} and {deeper:.1f}")
