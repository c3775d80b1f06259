"""The check of notebook 00: is everything there that the course needs?

It must run where packages are missing, so it imports none of them at its top; language
needs nothing but Python.
"""

import importlib
import runpy
from importlib import metadata
from pathlib import Path

from mlplab.language import tr

COURSE = Path(__file__).resolve().parents[2]
# Installed is not enough; the widgets' part inside JupyterLab is a package of its own.
MODULES = ("torch", "ipywidgets", "jupyterlab_widgets", "mlplab.explorers")

ALL_WELL = "All is well: this computer can run every notebook of the course."
ALONE = "This page stands alone, without the other files of the course."
GET_ALL = "Get the whole folder of the course; open the page in its folder notebooks."
REMEDY = "Put this line into a new cell and run it; then restart the kernel:"
PIP = "\n%pip install -r ../requirements.txt"
PIP_ANEW = "\n%pip install --force-reinstall -r ../requirements.txt"


def check_environment(course=COURSE):
    """Print one sentence if all is well; else what is wrong, and how to mend it.

    It looks at this Python, at the packages that requirements.txt pins in the folder
    `course`, and whether the important ones can be loaded.
    """
    pins, check = course / "requirements.txt", course / "tools" / "check_python.py"
    if not (pins.is_file() and (course / "notebooks" / "mlplab").is_dir()):
        problems, remedy = [tr(ALONE)], tr(GET_ALL)
    else:
        problems = package_problems(pins)
        remedy = tr(REMEDY) + PIP
        if not problems:
            problems = import_problems(MODULES)
            remedy = tr(REMEDY) + PIP_ANEW
        if check.is_file():  # where no packages are made for this Python
            remedy = runpy.run_path(str(check))["problem"]() or remedy
    if problems:
        print(tr("Something is not as it should be:"), *problems, remedy, sep="\n")
    else:
        print(tr(ALL_WELL))


def package_problems(requirements):
    """Return a sentence for each pinned package that is missing or another version."""
    problems = []
    for line in requirements.read_text(encoding="utf-8").splitlines():
        name, pinned, wanted = line.partition("#")[0].strip().partition("==")
        if not pinned:
            continue
        try:
            found = metadata.version(name).partition("+")[0]  # 2.1+cpu is 2.1, too
        except metadata.PackageNotFoundError:
            problems.append(
                tr(
                    "{name} is not installed, the course needs {wanted}.",
                    name=name,
                    wanted=wanted,
                )
            )
        else:
            if found != wanted:
                problems.append(
                    tr(
                        "{name} is {found}, the course needs {wanted}.",
                        name=name,
                        found=found,
                        wanted=wanted,
                    )
                )
    return problems


def import_problems(modules):
    """Return a sentence for each module that cannot be loaded."""
    problems = []
    for module in modules:
        try:
            importlib.import_module(module)
        except Exception as error:  # whatever it is, the reader must hear of it
            problems.append(
                tr("{module} cannot be loaded: {error!r}", module=module, error=error)
            )
    return problems
