"""The classroom: its passwords, its address, and what happens to students' folders."""

import json
import stat
import sys
from types import SimpleNamespace

import classroom
import pytest
from traitlets.config import PyFileConfigLoader

from tools import handout
from tools.execute import ROOT

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
    run = SimpleNamespace(run=lambda *a, env, **k: filled.append(env["PYTHONPATH"]))
    monkeypatch.setattr(classroom, "subprocess", run)
    write(folder / "students" / "ada" / LESSON, "MINE")
    classroom.hand_out(folder / "handout", folder / "students" / "bob")
    for _ in range(2):
        classroom.update(folder)
        assert texts(folder)[LESSON] == "MINE"
        assert texts(folder)[BESIDE] == "version 2"
        assert (folder / "students" / "bob" / LESSON).read_text() == "version 2"
    assert filled == [str(folder / "handout" / "notebooks")] * 2


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
