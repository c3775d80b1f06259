"""How large a cluster a class needs: the tables in README.md, from what was measured.

Run it after you replaced the figures; a test holds the tables and values.yaml to them.
"""

from math import ceil

# Measured on one machine, 2 cores and 24 GiB, with 20 students at the same moment:
# make bench PART=hub.
MEGABYTES = 411  # of one student after 04 (PSS: what several share is parted)
PEAK = 460  # megabytes of one student at worst, after 06; measured alone, not by bench
SECONDS_TO_START = 14.4  # of a core, for a student's server, kernel, and all of 04
SECONDS_A_MOVE = 0.0523  # of a core, for a move of a slider
# Chosen
WAIT = 300  # seconds in which all who sign in at one moment have run 04
MOVES = 1  # of each student in a second
NODE = {"cores": 16, "gigabytes": 64}
KEPT = {"cores": 0.5, "gigabytes": 4}  # of each node, for Kubernetes itself
PODS = 100  # on one node; Kubernetes allows 110, some are its own
CLASSES = (30, 300, 3000)


def cores_a_student():
    """The larger of what starting in time and moving need."""
    return max(SECONDS_TO_START / WAIT, SECONDS_A_MOVE * MOVES)


def students_a_node():
    memory = (NODE["gigabytes"] - KEPT["gigabytes"]) * 1000 / PEAK
    cores = (NODE["cores"] - KEPT["cores"]) / cores_a_student()
    return int(min(memory, cores, PODS))


def measured():
    return f"""\
| A student, of 20 on 2 cores and 24 GiB | |
|:--|--:|
| memory after 04 (PSS) | {MEGABYTES} MB |
| memory at the peak, after 06 | {PEAK} MB |
| server, kernel, and all of 04 | {SECONDS_TO_START} CPU seconds |
| one move of a slider | {SECONDS_A_MOVE * 1000:g} CPU milliseconds |"""


def sizes():
    lines = [
        "| Students | Memory in use | at the peak | Cores to start | to move | Nodes |",
        "|--:|--:|--:|--:|--:|--:|",
    ]
    for n in CLASSES:
        cells = (
            f"{n:,}",
            f"{n * MEGABYTES / 1000:,.0f} GB",
            f"{n * PEAK / 1000:,.0f} GB",
            f"{n * SECONDS_TO_START / WAIT:,.1f}",
            f"{n * SECONDS_A_MOVE * MOVES:,.1f}",
            f"{ceil(n / students_a_node())}",
        )
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


if __name__ == "__main__":
    print(measured(), sizes(), sep="\n\n")
