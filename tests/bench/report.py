"""Time things side by side, and print tables."""

import re
import statistics
import timeit

TURNS = 5


def side_by_side(calls):
    """Seconds that each call takes, the median of its turns: {name: seconds}.

    They take turns, so that what else the machine does slows all of them alike; a quick
    one is called for 0.2 s or more in its turn. What fills a cache in the first turn is
    not the median.
    """
    seconds = {name: [] for name in calls}
    for _ in range(TURNS):
        for name, call in calls.items():
            count, whole = timeit.Timer(call).autorange()
            seconds[name].append(whole / count)
    return {name: statistics.median(found) for name, found in seconds.items()}


def compared(title, calls):
    """A table of what each call takes, also as a multiple of the first."""
    seconds = side_by_side(calls)
    first = next(iter(seconds))
    rows = [
        (name, duration(seconds[name]), times(seconds[name] / seconds[first]))
        for name in sorted(seconds, key=seconds.get)
    ]
    return table(title, ("", "time", "beside mlplab"), rows)


def digits(value):
    """A number with three digits."""
    return f"{value:,.0f}" if value >= 999.5 else f"{value:#.3g}".rstrip(".")


def duration(seconds):
    """Seconds with three digits, in a unit that suits them."""
    size, unit = (1, "s") if seconds >= 1 else (1e-3, "ms")
    return f"{digits(seconds / size)} {unit}"


def times(ratio):
    return f"{digits(ratio)} x"


def table(title, head, rows):
    """Markdown, lined up: the first column to the left, the others to the right."""
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    first, *others = widths
    rule = ["-" * first, *("-" * (width - 1) + ":" for width in others)]
    lines = [f"### {title}\n"]
    for name, *numbers in [head, rule, *rows]:
        cells = [name.ljust(first), *map(str.rjust, numbers, others)]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def keep(page, heading, texts):
    """Print texts as they come, and put them below a heading of a page, up to the next.

    Nothing is kept of texts that end in an error.
    """
    kept = []
    for text in texts:
        print(text, flush=True)
        kept.append(text)
    before, _, after = page.read_text(encoding="utf-8").partition(heading)
    others = re.search(r"\n## .*|\Z", after, re.DOTALL)[0]
    page.write_text(before + "\n".join([heading, *kept]) + others, encoding="utf-8")
