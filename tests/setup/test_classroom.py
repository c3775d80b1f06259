"""The classroom: its passwords, its address, and what happens to students' folders."""

import importlib
import json
import os
import re
import signal
import stat
import sys
from threading import Thread
from types import SimpleNamespace

import classroom
import pytest
from bs4 import BeautifulSoup
from tornado.template import Loader
from traitlets.config import PyFileConfigLoader

from exercises.board import to_solve
from exercises.progress import record
from tools import handout
from tools.execute import ROOT

fcntl = pytest.importorskip("fcntl", reason="a hub does not run on Windows")

LESSON = "notebooks/04_manual_backprop.ipynb"
BESIDE = "notebooks/04_manual_backprop.new.ipynb"


@pytest.fixture
def folder(tmp_path):
    """A class with one student, who has the first version of a small handout."""
    path = tmp_path / "class"
    for name in (LESSON, "notebooks/glossary.md", "figures/x.svg"):
        write(path / "handout" / name, f"{name}, version 1")
    write(path / "handout" / "notebooks" / "mlplab" / "data.py", "shared")
    classroom.hand_out(path / "handout", path / "students" / "ada")
    return path


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def again(folder):
    return classroom.hand_out(folder / "handout", folder / "students" / "ada")


def texts(folder):
    """{name: text} of what the student sees."""
    home = folder / "students" / "ada"
    paths = [p for p in home.rglob("*") if p.is_file() and p.name[0] != "."]
    return {str(p.relative_to(home)): p.read_text("utf-8") for p in paths}


def test_a_student_gets_what_is_edited_and_imports_the_rest(folder):
    assert texts(folder).keys() == {LESSON, "notebooks/glossary.md", "figures/x.svg"}
    assert again(folder) == []


def test_what_a_student_changed_stays_and_the_update_lies_beside_it(folder):
    mine = folder / "students" / "ada" / LESSON
    write(mine, "MINE")
    assert again(folder) == []
    write(folder / "handout" / LESSON, "version 2")
    assert again(folder) == [BESIDE]
    assert texts(folder)[LESSON] == "MINE" and texts(folder)[BESIDE] == "version 2"
    assert again(folder) == []
    # Worked in as well; then a third version comes, and what is not wanted is deleted.
    write(mine.with_name("04_manual_backprop.new.ipynb"), "MINE TOO")
    assert again(folder) == []
    write(folder / "handout" / LESSON, "version 3")
    third = BESIDE.replace(".new.", ".new2.")
    assert again(folder) == [third]
    (folder / "students" / "ada" / third).unlink()
    assert again(folder) == []
    assert {texts(folder)[LESSON], texts(folder)[BESIDE]} == {"MINE", "MINE TOO"}


def test_what_nobody_changed_is_replaced_and_what_is_the_same_left_alone(folder):
    home = folder / "students" / "ada"
    glossary = home / "notebooks" / "glossary.md"
    before = glossary.stat()
    write(folder / "handout" / LESSON, "version 2")
    assert again(folder) == [LESSON]
    assert texts(folder)[LESSON] == "version 2" and BESIDE not in texts(folder)
    assert (glossary.stat().st_mtime_ns, glossary.stat().st_ino) == (
        before.st_mtime_ns,
        before.st_ino,
    )


def test_who_renames_a_notebook_gets_a_fresh_one(folder):
    home = folder / "students" / "ada"
    (home / LESSON).rename(home / "notebooks" / "mine.ipynb")
    assert again(folder) == [LESSON]
    assert len(texts(folder)) == 4


def test_hub_update_reaches_every_folder_and_loses_no_answer(folder, monkeypatch):
    filled = []
    monkeypatch.setattr(handout, "main", lambda new: write(new / LESSON, "version 2"))

    def run(*command, env, **options):
        filled.append(env["PYTHONPATH"])
        return SimpleNamespace(stdout=b"{}")

    monkeypatch.setattr(classroom.subprocess, "run", run)
    write(folder / "students" / "ada" / LESSON, "MINE")
    classroom.hand_out(folder / "handout", folder / "students" / "bob")
    for _ in range(2):
        classroom.update(folder)
        assert texts(folder)[LESSON] == "MINE"
        assert texts(folder)[BESIDE] == "version 2"
        assert (folder / "students" / "bob" / LESSON).read_text() == "version 2"
    assert filled == [str(folder / "handout" / "notebooks")] * 4


def test_a_students_cache_points_to_the_shared_one_and_never_writes_to_it(folder):
    home = folder / "students" / "ada"
    shared = folder / "cache" / "numba" / "mlplab_1" / "train.nbi"
    write(shared, "compiled")
    for _ in range(2):
        classroom.link_caches(folder / "cache", home)
        link = home / ".cache" / "numba" / "mlplab_1" / "train.nbi"
        assert link.read_text() == "compiled"
        classroom.write(link, b"own")  # as numba does, a new file in its place
        assert link.read_text() == "own" and shared.read_text() == "compiled"


# Its settings


def test_each_class_has_passwords_of_its_own_in_a_file_for_the_teacher(
    tmp_path, capsys
):
    made = []
    for name in ("9a", "9b"):
        (tmp_path / name).mkdir()
        made.append(classroom.passwords(tmp_path / name))
        said = capsys.readouterr().out
        assert all(password in said for password in made[-1].values())
        assert classroom.passwords(tmp_path / name) == made[-1]
        assert capsys.readouterr().out == ""
        file = tmp_path / name / "passwords.json"
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert len({*made[0].values(), *made[1].values()}) == 4
    # JupyterHub's own rules
    assert all(len(m["students"]) >= 8 and len(m["teacher"]) >= 32 for m in made)


def settings(folder, monkeypatch, name="trial_config.py"):
    monkeypatch.setenv("MLP_CLASS", str(folder))
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.setattr("os.umask", lambda mask: 0o022)
    # as make starts the hub: from the project's folder
    return PyFileConfigLoader(f".hub/{name}", path=str(ROOT)).load_config()


@pytest.mark.parametrize("name", ["trial_config.py", "server_config.py"])
def test_the_hub_listens_on_this_machine_alone_and_has_no_default_password(
    name, tmp_path, monkeypatch
):
    c = settings(tmp_path, monkeypatch, name)
    assert c.JupyterHub.ip == "127.0.0.1"
    # not set: JupyterHub's own defaults, which are this machine as well
    assert not {"hub_ip", "hub_bind_url", "bind_url"} & c.JupyterHub.keys()
    made = json.loads((tmp_path / "passwords.json").read_text())
    secrets = c.SharedPasswordAuthenticator
    assert (secrets.user_password, secrets.admin_password) == (*made.values(),)
    assert c.Authenticator.allow_all


def test_with_a_roster_only_its_names_may_sign_in(tmp_path, monkeypatch):
    (tmp_path / "roster.txt").write_text("Ada\nbob\n", encoding="utf-8")
    c = settings(tmp_path, monkeypatch)
    assert not c.Authenticator.allow_all
    assert c.Authenticator.allowed_users == {"ada", "bob"}


# What the class has solved


def beside_a_secret(path):
    secret = path.with_name("secret.json")
    write(secret, '["01 NAND alone"]')
    return secret


def solved(path):
    """What is read, or a failure where reading waits."""
    read = []
    reader = Thread(target=lambda: read.append(classroom.solved(path)), daemon=True)
    reader.start()
    reader.join(10)
    assert read, "it waits, or failed"
    return read[0]


HOSTILE = {
    "half a file": lambda path: write(path, '["01 a line'),
    "no list": lambda path: write(path, '{"01 NAND alone": 1}'),
    "no names": lambda path: write(path, '[["01 NAND alone"]]'),
    "no text": lambda path: path.write_bytes(b'["\xff"]'),
    "a digit too many": lambda path: write(path, f"[{'1' * 5000}]"),
    "deep": lambda path: write(path, "[" * 60_000),
    "huge": lambda path: write(path, json.dumps(["01 NAND alone"] * 10_000)),
    "a link": lambda path: path.symlink_to(beside_a_secret(path)),
    "a link to nothing": lambda path: path.symlink_to(path.with_name("nothing")),
    "a pipe": os.mkfifo,
    "a folder": lambda path: path.mkdir(),
}


@pytest.mark.parametrize("make", HOSTILE.values(), ids=HOSTILE)
def test_a_students_file_of_progress_can_be_anything(make, tmp_path):
    path = tmp_path / classroom.PROGRESS
    make(path)
    files = len(os.listdir("/proc/self/fd"))
    assert solved(path) is None
    assert len(os.listdir("/proc/self/fd")) == files


def test_a_file_of_progress_is_read_as_the_course_writes_it(tmp_path, monkeypatch):
    path = tmp_path / classroom.PROGRESS
    assert classroom.solved(path) == set()
    monkeypatch.setenv("MLPLAB_PROGRESS", str(path))
    for names in to_solve().values():
        for name in names:
            assert record(name) == ""
    assert classroom.solved(path) == {n for names in to_solve().values() for n in names}


@pytest.mark.skipif(not hasattr(fcntl, "F_SETLEASE"), reason="needs leases")
def test_a_file_under_a_lease_makes_nobody_wait(tmp_path):
    path = tmp_path / classroom.PROGRESS
    write(path, "[]")
    with path.open("r+") as file:
        signal.signal(signal.SIGIO, signal.SIG_IGN)  # the kernel tells the holder
        fcntl.fcntl(file, fcntl.F_SETLEASE, fcntl.F_WRLCK)
        assert solved(path) is None


TO_SOLVE = {"00": ["00 the moment"], "01": ["01 a line by thought", "quiz 01"]}
DONE = {
    "ada": {"00 the moment", "quiz 01", "no <b>exercise</b>"},
    "<i>bob&": set(),
    "eve": None,
}


def shown(template, **values):
    """The text of the page, its rows, and all of it."""
    text = (
        Loader(str(ROOT / ".hub/progress")).load(template).generate(**values).decode()
    )
    tree = BeautifulSoup(text, "html.parser")
    rows = [
        [cell.get_text() for cell in row.find_all(["th", "td"])]
        for row in tree.find_all("tr")
    ]
    return " ".join(tree.get_text(" ").split()), rows, text


def class_page(with_names):
    return shown(
        "class.html",
        to_solve=TO_SOLVE,
        done=DONE,
        unreadable=["eve"],
        with_names=with_names,
    )


def test_the_teacher_sees_numbers_and_names_only_where_wanted():
    text, rows, page = class_page(with_names=False)
    assert "3 students" in text and "file of one student cannot be read" in text
    assert [row[:2] for row in rows[1:]] == [
        ["00 the moment", "1 of 2"],
        ["01 a line by thought", "0 of 2"],
        ["quiz 01", "1 of 2"],
    ]
    assert not any(name in page for name in ("ada", "bob", "eve"))

    text, rows, page = class_page(with_names=True)
    assert "file of eve cannot be read" in text
    assert rows[5:] == [
        ["ada", "1", "1"],
        ["<i>bob&", "0", "0"],
        ["eve", "cannot be read"],
    ]
    assert "exercise</b>" not in page, "shown are names that the course knows"
    assert "?student=%3Ci%3Ebob%26" in page


def test_a_student_sees_the_own_row():
    text, rows, page = shown(
        "student.html", to_solve=TO_SOLVE, name="ada", own=True, done=DONE["ada"]
    )
    assert "Your teacher sees this as well" in text and "2 of 3 solved" in text
    assert [row[1] for row in rows] == ["Solved", "yes", "not yet", "yes"]
    assert "exercise</b>" not in page
    text, rows, _ = shown(
        "student.html", to_solve=TO_SOLVE, name="eve", own=True, done=None
    )
    assert "cannot be read" in text and "Delete it" in text and rows == []


# Larger than one machine

KUBERNETES = ROOT / ".hub" / "kubernetes"


@pytest.fixture
def sizes(monkeypatch):
    monkeypatch.syspath_prepend(KUBERNETES)
    return importlib.import_module("sizes")


def test_the_tables_of_sizes_are_of_the_figures_that_were_measured(sizes):
    page = (KUBERNETES / "README.md").read_text(encoding="utf-8")
    assert sizes.measured() in page and sizes.sizes() in page
    assert f" {sizes.students_a_node()} students a node" in page


def test_a_pod_is_given_what_was_measured(sizes):
    values = (KUBERNETES / "values.yaml").read_text(encoding="utf-8")
    memory, cpu = re.findall(r"guarantee: (\S+)", values)
    assert memory == f"{sizes.PEAK}M" and float(cpu) >= sizes.cores_a_student()
    # it starts what the image has, from where the image has it
    course = "/srv/course"
    assert f"cmd: [python, {course}/.hub/student.py]" in values
    assert f"MLP_CLASS: {course}/class\n" in values
    page = (KUBERNETES / "README.md").read_text(encoding="utf-8")
    assert f"--target-repo-dir {course} " in page
    image = (KUBERNETES / "Dockerfile").read_text(encoding="utf-8")
    assert f"cd {course} && PYTHONPATH=. python .hub/classroom.py class" in image
