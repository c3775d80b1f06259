"""What a learner has solved, in one small local file that can be deleted."""

import json
import os
from pathlib import Path

from mlplab.language import tr

FILE_VARIABLE = "MLPLAB_PROGRESS"  # environment variable: another place for the file
NO_HOME = (
    "Your progress cannot be kept, since this computer names no home folder for you. "
    "Set the environment variable MLPLAB_PROGRESS to the path of a file."
)


def progress_file():
    """Return where the progress is kept; raise RuntimeError if there is no place."""
    return Path(os.environ.get(FILE_VARIABLE) or Path.home() / ".mlplab_progress.json")


def solved():
    """Return the names of what is solved, a set, and what is wrong with the file.

    The second value is "" where all is well. A damaged file counts as empty.
    """
    try:
        path = progress_file()
    except RuntimeError:
        return set(), tr(NO_HOME)
    try:
        names = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(names, list) or not all(isinstance(n, str) for n in names):
            raise ValueError("not a list of names")
    except FileNotFoundError:
        return set(), ""
    except (OSError, ValueError, RecursionError) as error:
        why = getattr(error, "strerror", None) or error  # the path is told already
        return set(), tr(
            "The progress file {path} cannot be read ({why}). Delete it to start anew;"
            " until then nothing is recorded.",
            path=path,
            why=why,
        )
    return set(names), ""


def record(name):
    """Note that something is solved; return what went wrong, or ""."""
    names, problem = solved()
    if problem or name in names:
        return problem
    path = progress_file()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # written beside it first, so that a full disk cannot damage what is there
        part = path.with_name(path.name + ".part")
        part.write_text(json.dumps(sorted({*names, name})), encoding="utf-8")
        part.replace(path)
    except OSError as error:
        return tr(
            "Your progress could not be recorded in {path} ({why}).",
            path=path,
            why=error.strerror,
        )
    return ""
