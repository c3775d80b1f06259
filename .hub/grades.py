"""Grade by nbgrader what a class has written: make assignment, make grades.

Students work in the notebooks of the handout, which know nothing of nbgrader. What it
wants is put into a copy of theirs, by the ids of the cells. So CLASS/grading is a
course as nbgrader has it: source, release, submitted, autograded, gradebook.db.
"""

import ast
import copy
import csv
import os
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import nbformat
from classroom import write

HERE = Path(__file__).resolve().parent
SECONDS = 900  # for one notebook in all
LONGEST = 300  # characters of a sentence in the table
POINT = """\
# Worth a point where the check finds the answer right. Leave this cell as it is.
from exercises import {lesson}

{call}
assert {check}.solved, "no point yet"
"""


# Notebooks


def read(path):
    return nbformat.read(path, as_version=4)


def answers(nb):
    """{slug: answer cell}."""
    cells = [cell for cell in nb.cells if cell.id.startswith("answer-")]
    return {cell.id.removeprefix("answer-"): cell for cell in cells}


def check_of(answer):
    """The check that an answer's cell ends with, `lesson_01.nand`, and its call."""
    call = ast.parse(answer.source).body[-1].value
    return ast.unparse(call.func), ast.unparse(call)


def mark(cell, name, **marks):
    about = {"grade": False, "solution": False, "locked": False, "task": False}
    about |= {"grade_id": name, "schema_version": 3, "cell_type": "code"}
    cell.metadata["nbgrader"] = nbformat.from_dict(about | marks)
    return cell


def point(slug, answer):
    """The locked cell that gives a point for an answer."""
    check, call = check_of(answer)
    source = POINT.format(lesson=check.partition(".")[0], check=check, call=call)
    cell = nbformat.v4.new_code_cell(source.strip(), id=f"point-{slug}")
    return mark(cell, cell.id, grade=True, locked=True, points=1)


def found(theirs, answer):
    """(the place of an answer or None, what is odd about it).

    In its own cell, unless that is gone, or is as it was handed out while another one
    that calls the check is not: a cell that was pasted or written anew has a new id.
    """
    called = check_of(answer)[0] + "("
    places = [p for p, c in enumerate(theirs.cells) if c.cell_type == "code"]
    own = [p for p in places if theirs.cells[p].id == answer.id]
    others = [p for p in places if called in theirs.cells[p].source and p not in own]
    for place in [*own, *reversed(others)]:
        if theirs.cells[place].source != answer.source:
            odd = "" if place in own else "taken from another cell, by its check"
            return place, odd
    return (own[0], "") if own else (None, "its cell is missing")


def tried(theirs, ours):
    """{slug: code} of the answers that are not as they were handed out."""
    places = {slug: found(theirs, answer)[0] for slug, answer in answers(ours).items()}
    code = {s: theirs.cells[p].source for s, p in places.items() if p is not None}
    return {s: text for s, text in code.items() if text != answers(ours)[s].source}


def submission(theirs, ours):
    """A copy of a student's notebook as nbgrader wants it, and {slug: what is odd}."""
    nb, odd = copy.deepcopy(theirs), {}
    points = {f"point-{slug}" for slug in answers(ours)}  # of one that was released
    nb.cells = [cell for cell in nb.cells if cell.id not in points]
    for cell in nb.cells:
        cell.metadata.pop("nbgrader", None)
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    for slug, answer in answers(ours).items():
        place, odd[slug] = found(nb, answer)
        if place is None:
            place = len(nb.cells)
            nb.cells.append(nbformat.v4.new_code_cell(answer.source))
        mark(nb.cells[place], answer.id, solution=True)
        nb.cells.insert(place + 1, point(slug, answer))
    return nb, odd


def notebooks(home):
    """{path: notebook} of all that a student has; None for what cannot be read.

    A link that leads out of the student's folder is another's work.
    """
    has = {}
    for path in sorted(home.rglob("*.ipynb")):
        inside = path.resolve().is_relative_to(home.resolve())
        if inside and ".ipynb_checkpoints" not in path.parts:
            try:
                nb = read(path)
                has[path] = nbformat.v4.upgrade(nb, from_minor=nb.nbformat_minor)
            except Exception:  # whatever it holds
                has[path] = None
    return has


def handed_in(home, has, name, ours):
    """(the path of a lesson in a student's folder or None, [what is odd about it]).

    It is the notebook of this name, unless the answers are in another one: who renames
    a notebook gets a fresh one beside it.
    """
    own, odd = home / "notebooks" / name, []
    if has.get(own, ours) is None:
        odd.append(f"{own.relative_to(home)} cannot be read")
    done = {path: code for path, nb in has.items() if nb and (code := tried(nb, ours))}
    by_age = sorted(done, key=lambda path: (path == own, path.stat().st_mtime))
    path = by_age[-1] if by_age else own if has.get(own) else None
    if path is None:
        odd.append(f"no notebook {name}")
    elif path != own:
        odd.append(f"taken from {path.relative_to(home)}")
    for other in by_age[:-1]:
        if not done[other].items() <= done[path].items():
            odd.append(f"other answers, which do not count: {other.relative_to(home)}")
    return path, odd


# nbgrader


def nbgrader(course, *arguments):
    """Run it; return what went wrong, or None."""
    own = course / "own"
    surroundings = {
        # it calls alembic by name
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        # the kernel is the hub's Python, and not the one that nbgrader runs in
        "JUPYTER_PATH": str(HERE / "grading"),
        "PYTHONPATH": str(course.parent / "handout" / "notebooks"),
        # as in the students' servers: on a busy machine threads wait for each other
        "OMP_NUM_THREADS": "1",
        # nothing of the teacher's is used, or changed
        "JUPYTER_CONFIG_DIR": str(own),
        "IPYTHONDIR": str(own),
        "MLPLAB_PROGRESS": str(own / "progress.json"),
        "NUMBA_CACHE_DIR": str(own / "numba"),
    }
    with open(course / "nbgrader.log", "ab") as log:
        start = log.tell()
        try:
            subprocess.run(
                [sys.executable, "-m", "nbgrader", *arguments],
                cwd=course,
                env=os.environ | surroundings,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                timeout=SECONDS,
                check=True,
            )
        except subprocess.TimeoutExpired:  # its kernel sees that, and ends
            return f"it ran longer than {SECONDS} s in all"
        except subprocess.CalledProcessError:
            if b"DeadKernelError" in Path(log.name).read_bytes()[start:]:
                return "it ended its kernel (out of memory, a crash, or exit())"
            return f"nbgrader failed, see {log.name}"
    return None


def assign(course, name, ours):
    """Make a lesson an assignment, anew."""
    stem = Path(name).stem
    text = nbformat.writes(submission(ours, ours)[0])
    write(course / "source" / stem / name, text.encode())
    if problem := nbgrader(course, "generate_assignment", stem, "--force"):
        sys.exit(f"{name} could not be made an assignment: {problem}")
    for graded in (course / "autograded").glob(f"*/{stem}"):  # by an older version
        shutil.rmtree(graded)
    print(f"{stem}: {len(answers(ours))} exercises", flush=True)


def autograde(course, student, name, nb, saved):
    """Grade a notebook, unless it was graded as it is; return what went wrong."""
    stem = Path(name).stem
    sent = course / "submitted" / student / stem / name
    graded = course / "autograded" / student / stem
    done = graded / "as_sent"  # written last: who is interrupted grades it again
    text = nbformat.writes(nb)
    if done.exists() and done.read_text("utf-8") == text:
        return None
    shutil.rmtree(graded, ignore_errors=True)
    write(sent, text.encode())
    write(sent.with_name("timestamp.txt"), f"{saved:%Y-%m-%d %H:%M:%S} UTC".encode())
    print(f"{student}: {stem}", flush=True)
    problem = nbgrader(course, "autograde", stem, f"--student={student}")
    if problem:  # half a graded notebook
        shutil.rmtree(graded, ignore_errors=True)
    else:
        write(done, text.encode())
    return problem


# The table


def error_in(cell):
    """What stopped a cell, or ""."""
    errors = [output for output in cell.outputs if output.output_type == "error"]
    told = [f"{e.ename}: {e.evalue}" for e in errors if e.ename != "AssertionError"]
    return " ".join(", ".join(told).split())[:LONGEST]


def said(nb, slug):
    """What the check said to an answer, and what stopped it or the answer's cell."""
    marks = [cell.metadata.get("nbgrader", {}).get("grade_id") for cell in nb.cells]
    answer, check = (
        nb.cells[marks.index(f"{at}-{slug}")] for at in ("answer", "point")
    )
    told = "".join(out.get("text", "") for out in check.outputs).strip().splitlines()
    why = error_in(check) or (told[-1][:LONGEST] if told else "the check said nothing")
    stopped = error_in(answer)
    return why + (f" (its cell stopped: {stopped})" if stopped else "")


def outcome(course, gradebook, student, name, ours):
    """({slug: (points, why)} of what nbgrader has graded, [what is odd])."""
    stem = Path(name).stem
    sent = gradebook.find_submission(stem, student)
    points = {
        grade.name: grade.score for each in sent.notebooks for grade in each.grades
    }
    nb = read(course / "autograded" / student / stem / name)
    found = {s: (f"{points[f'point-{s}']:g}", said(nb, s)) for s in answers(ours)}
    late = sent.total_seconds_late
    return found, [f"saved {late / 3600:.1f} hours too late"] if late else []


def tables(course, rows):
    """Write why.csv, a line for each answer, and points.csv, one for each student."""
    keys = ["student", "exercise", "points", "why", "remarks"]
    with open(course / "why.csv", "w", encoding="utf-8-sig", newline="") as file:
        lines = [[*row, "; ".join(odd)] for *row, odd in rows]
        csv.writer(file).writerows([keys, *lines])
    exercises = list(dict.fromkeys(row[1] for row in rows))
    with open(course / "points.csv", "w", encoding="utf-8-sig", newline="") as file:
        table = csv.writer(file)
        table.writerow(["student", *exercises, "points", "of", "remarks"])
        for student in dict.fromkeys(row[0] for row in rows):
            own = [row for row in rows if row[0] == student]
            points = [row[2] for row in own]
            odd = dict.fromkeys(
                f"{row[1][:2]} {each}" for row in own for each in row[4]
            )
            total = sum(float(each or 0) for each in points)
            table.writerow([student, *points, f"{total:g}", len(own), "; ".join(odd)])
            print(f"{student:30} {total:g} of {len(own)}", *odd, sep="\n    ")
    print(
        f"The points are in {course / 'points.csv'}, the reasons in why.csv beside it."
    )


def students(folder):
    roster = folder / "roster.txt"
    names = roster.read_text("utf-8").lower().split() if roster.exists() else []
    names += [path.name for path in (folder / "students").glob("*/")]
    return sorted({*names}) or sys.exit(
        f"There is no student in {folder / 'students'}."
    )


def grade(folder, lessons, gradebook):
    """Grade what is new, and write the tables."""
    course, rows = folder / "grading", []
    if os.geteuid() == 0:
        print("You are root, and so is what the students wrote while it is graded.")
    for student in students(folder):
        home = folder / "students" / student
        has = notebooks(home)
        for name, ours in lessons.items():
            path, odd = handed_in(home, has, name, ours)
            strange, judged = {}, {}
            if path:
                nb, strange = submission(has[path], ours)
                saved = datetime.fromtimestamp(path.stat().st_mtime, UTC)
                if problem := autograde(course, student, name, nb, saved):
                    odd.append(f"could not be graded: {problem}")
                else:
                    judged, late = outcome(course, gradebook, student, name, ours)
                    odd += late
            for slug in answers(ours):
                points, why = judged.get(slug, ("", "not graded"))
                own = [f"{slug}: {strange[slug]}"] if strange.get(slug) else []
                rows.append([student, f"{name[:2]} {slug}", points, why, odd + own])
    tables(course, rows)


def due_date(text):
    """A local time, as nbgrader keeps it."""
    try:
        local = datetime.fromisoformat(text)
    except ValueError:
        sys.exit(f'DUE should be a time such as "2027-03-01 18:00", got "{text}".')
    return local.astimezone(UTC).replace(tzinfo=None)


def main(do, folder, prefix="", due=""):
    from nbgrader.api import Gradebook  # only in its own environment

    folder = Path(folder).resolve()
    course, handout = folder / "grading", folder / "handout" / "notebooks"
    # Answers in a Korean notebook count for its lesson, by the ids of their cells.
    paths = sorted(handout.glob(f"{prefix}*.ipynb"))
    lessons = {path.name: read(path) for path in paths if ".ko." not in path.name}
    if not lessons:
        sys.exit(f'No notebook in {handout} begins with "{prefix}".')
    date = due and due_date(due)
    os.umask(0o077)
    (course / "own").mkdir(parents=True, exist_ok=True)
    # where nbgrader looks for it, in a command by hand as well
    shutil.copy(HERE / "grading_config.py", course / "nbgrader_config.py")
    made = {path.name for path in course.glob("release/*/*.ipynb")}
    if do == "grades" and made:  # the teacher has chosen
        lessons = {name: ours for name, ours in lessons.items() if name in made}
    for name, ours in lessons.items():
        source = course / "source" / Path(name).stem / name
        as_made = name in made and source.read_text("utf-8")
        if do == "assignment" or as_made != nbformat.writes(submission(ours, ours)[0]):
            assign(course, name, ours)
    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        for name in lessons if date else ():
            gradebook.update_or_create_assignment(Path(name).stem, duedate=date)
        if do == "grades":
            grade(folder, lessons, gradebook)


if __name__ == "__main__":
    main(*sys.argv[1:])
