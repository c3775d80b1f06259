"""How nbgrader makes the assignments of the course and grades them."""

c = get_config()  # noqa: F821

# An answer's cell goes out as the handout has it: it holds no solution to cut out.
c.ClearSolutions.enabled = False

# To nbgrader a line on stderr is a failed test. Here the check's word alone counts, and
# an answer may well warn.
c.IgnorePattern.enabled = True
c.IgnorePattern.pattern = "(?s)."

# A cell that hangs is interrupted, and says so; the next ones are run.
SECONDS = 120
c.Execute.timeout = SECONDS
c.Execute.error_on_timeout = {
    "ename": "TooLong",
    "evalue": f"it ran longer than {SECONDS} s",
    "traceback": [f"it ran longer than {SECONDS} s"],
}
c.Execute.iopub_timeout = 60  # its 4 s are too few for a busy machine
c.Execute.extra_arguments = ["--HistoryManager.hist_file=:memory:"]
