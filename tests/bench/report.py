"""Time things side by side, and print tables."""

import statistics
import time

# of one contender in one turn
MOST_CALLS, TURN_SECONDS = 10, 0.2


def side_by_side(contenders, turns, rehearsal=None):
    """Seconds of each call, {name: list}: the contenders take turns.

    So what else the machine does meanwhile slows all of them alike. In its turn a quick
    one is called several times. A first turn, of the `rehearsal` where they are slow,
    fills caches and does not count.
    """
    seconds = {name: [] for name in contenders}
    for turn in range(turns + 1):
        calls = contenders if turn > 0 else rehearsal or contenders
        for name, call in calls.items():
            of_turn = []
            while len(of_turn) < MOST_CALLS and sum(of_turn) < TURN_SECONDS:
                start = time.perf_counter()
                call()
                of_turn.append(time.perf_counter() - start)
            if turn > 0:
                seconds[name] += of_turn
    return seconds


def medians(seconds):
    return {name: statistics.median(values) for name, values in seconds.items()}


def percentile(values, percent):
    """The smallest of the values that is not below `percent` of them."""
    ordered = sorted(values)
    return ordered[max(0, -(-len(ordered) * percent // 100) - 1)]


def digits(value):
    """A number with three digits."""
    return f"{value:,.0f}" if value >= 1000 else f"{value:.3g}"


def duration(seconds):
    """Seconds with three digits, in a unit that suits them."""
    for size, unit in ((1, "s"), (1e-3, "ms"), (1e-6, "us")):
        if abs(seconds) >= size:
            return f"{digits(seconds / size)} {unit}"
    return f"{digits(seconds / 1e-9)} ns"


def times(ratio):
    return f"{digits(ratio)} x"


def table(title, head, rows):
    """Print rows of text under a head: the first column to the left, others right."""
    rows = [[str(field) for field in row] for row in [head, *rows]]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    print(f"\n{title}")
    for number, row in enumerate(rows):
        first, *others = zip(row, widths, strict=True)
        line = [first[0].ljust(first[1]), *(text.rjust(w) for text, w in others)]
        print("  " + "   ".join(line).rstrip(), flush=True)
        if number == 0:
            print("  " + "   ".join("-" * width for width in widths))
