"""Two whole notebooks pass strict nbval on machines unlike the author's.

Each environment has a probe, a notebook of one cell that runs first, by which it is
seen that the kernel really is in that environment.
"""

import shutil
import subprocess
import textwrap

import matplotlib
import pytest
from nbformat import v4

from support.mounts import CANNOT_WRITE, FULL, NO_NETWORK, READ_ONLY
from support.nbval import outcomes, run_nbval
from tools.execute import COURSE, ROOT, normalise, read, to_text

pytestmark = pytest.mark.long

# Short ones; the second trains, and so needs Numba and its cache.
LESSONS = COURSE[1:3]
PROBE = "probe.ipynb"
# As Windows calls it, a folder of a Korean learner.
HANGUL_FOLDER = "새 폴더/다층 퍼셉트론 (1)"
NOT_COPIED = shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints")


@pytest.fixture
def course(tmp_path):
    return copy_of_the_course(tmp_path / "course")


def copy_of_the_course(folder, ignore=None):
    """A copy to run in. With the cache of the compiled loop, if it is not ignored."""
    for name in ("notebooks", "figures"):
        shutil.copytree(ROOT / name, folder / name, ignore=ignore)
    shutil.copy(ROOT / "requirements.txt", folder)
    return folder


def write_probe(folder, source):
    """A notebook of one cell that prints nothing, but may fail."""
    cell = v4.new_code_cell(textwrap.dedent(source), id="probe", execution_count=1)
    nb = normalise(v4.new_notebook(cells=[cell]))
    (folder / PROBE).write_text(to_text(nb), encoding="utf-8")


def assert_passes(course, probe, names=LESSONS, **how):
    """Every code cell of the notebooks was compared, and passed."""
    notebooks = course / "notebooks"
    write_probe(notebooks, probe)
    names = [PROBE, *names]
    result = run_nbval(notebooks, *[notebooks / name for name in names], **how)
    found = outcomes(result)
    assert set(found.values()) == {"PASSED"}, result.stdout + result.stderr
    assert found.keys() == {
        (name, number)
        for name in names
        for number in range(
            sum(cell.cell_type == "code" for cell in read(notebooks / name).cells)
        )
    }
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.fixture(scope="session")
def locales(tmp_path_factory):
    """Makes a locale, in a folder of its own, and returns the variables that set it."""
    folder = tmp_path_factory.mktemp("locales")

    def make(name):
        if name == "C":
            return {"LC_ALL": name}
        if shutil.which("localedef") is None:
            pytest.skip("needs localedef, to generate a locale")
        language, _, charmap = name.partition(".")
        made = subprocess.run(
            ["localedef", "-i", language, "-f", charmap, folder / name],
            capture_output=True,
            text=True,
        )
        if made.returncode:
            pytest.skip(f"the locale {name} cannot be generated: {made.stderr}")
        return {"LC_ALL": name, "LOCPATH": str(folder)}

    return make


# EUC-KR: a Korean Windows, too, opens files in an encoding that is not UTF-8.
@pytest.mark.parametrize("name", ["C", "ko_KR.UTF-8", "ko_KR.EUC-KR", "de_DE.UTF-8"])
def test_in_another_locale(name, course, locales):
    environment = locales(name) | {"PYTHONUTF8": "0", "LANGUAGE": ""}
    encoding, point = {
        "C": ("US-ASCII", "."),
        "ko_KR.UTF-8": ("UTF-8", "."),
        "ko_KR.EUC-KR": ("EUC-KR", "."),
        "de_DE.UTF-8": ("UTF-8", ","),
    }[name]
    probe = f"""
    import codecs
    import locale
    assert locale.setlocale(locale.LC_ALL, "") == "{name}"
    assert codecs.lookup(locale.getencoding()) == codecs.lookup("{encoding}")
    assert locale.localeconv()["decimal_point"] == "{point}"
    _ = locale.setlocale(locale.LC_ALL, "C")
    """
    assert_passes(course, probe, environment=environment)


@pytest.mark.parametrize("threads", [1, 2])
def test_with_so_many_threads(threads, course):
    probe = f"import torch\nassert torch.get_num_threads() == {threads}"
    assert_passes(course, probe, environment={"OMP_NUM_THREADS": str(threads)})


def test_in_another_time_zone(course):
    probe = "import time\nassert time.timezone == -(5 * 3600 + 45 * 60)"
    assert_passes(course, probe, environment={"TZ": "<+0545>-5:45"})


def test_in_a_folder_with_spaces_and_korean_letters(tmp_path):
    course = copy_of_the_course(tmp_path / HANGUL_FOLDER, ignore=NOT_COPIED)
    probe = f"from pathlib import Path\nassert {HANGUL_FOLDER!r} in str(Path.cwd())"
    assert_passes(course, probe)
    # What is compiled there is kept there.
    assert list((course / "notebooks/mlplab/__pycache__").glob("*.nbc"))


def test_without_any_network(course):
    probe = """
    import errno
    import socket
    try:
        socket.create_connection(("192.0.2.1", 80), timeout=1)
    except OSError as error:
        assert error.errno == errno.ENETUNREACH
    else:
        raise AssertionError("there is a network")
    """
    assert_passes(course, probe, before=[NO_NETWORK], unshare=["--net"])


def test_in_a_read_only_checkout(course, tmp_path):
    before = [part.format(course) for part in (READ_ONLY, CANNOT_WRITE)]
    cache = tmp_path / "cache"
    environment = {
        "XDG_CACHE_HOME": str(cache),
        "MPLCONFIGDIR": matplotlib.get_cachedir(),
    }
    probe = cannot_write(course)
    assert_passes(course, probe, environment=environment, before=before)
    # What is compiled is kept in the reader's own folder.
    assert list(cache.rglob("*.nbc"))


def cannot_write(*folders):
    return f"""
    from pathlib import Path
    for folder in {[str(folder) for folder in folders]}:
        try:
            (Path(folder) / "probe").write_bytes(bytes(70_000))
        except OSError:
            continue
        raise AssertionError(f"{{folder}} can be written")
    """


@pytest.mark.parametrize("how", [READ_ONLY, FULL], ids=["read-only", "full"])
@pytest.mark.parametrize("checkout", ["writable", "too"])
def test_where_home_and_cache_cannot_be_written(how, checkout, tmp_path):
    course = copy_of_the_course(tmp_path / "course", NOT_COPIED)
    home, cache, runtime = (tmp_path / name for name in ("home", "cache", "runtime"))
    blocked = [home, cache] + [course] * (checkout == "too")
    for folder in (home, cache, runtime):
        folder.mkdir()
    environment = {
        "HOME": str(home),
        "XDG_CACHE_HOME": str(cache),
        # Without these Jupyter starts no kernel, and matplotlib says in red that it
        # keeps its fonts nowhere: before any code of ours runs.
        "JUPYTER_RUNTIME_DIR": str(runtime),
        "IPYTHONDIR": str(runtime),
        "MPLCONFIGDIR": matplotlib.get_cachedir(),
    }
    write_probe(course / "notebooks", "")  # there is room for it now
    before = [part.format(folder) for folder in blocked for part in (how, CANNOT_WRITE)]
    assert_passes(
        course, cannot_write(*blocked), environment=environment, before=before
    )


def test_in_another_order(course):
    assert_passes(course, "", names=LESSONS[::-1])


def test_two_at_once_in_a_new_checkout(tmp_path):
    """Which of them compiles depends on luck: test_descent.py makes both."""
    course = copy_of_the_course(tmp_path / "course", NOT_COPIED)
    both = (COURSE[2], COURSE[4])
    assert_passes(course, "", names=both, options=["-n2", "--dist=loadfile"])
    assert list((course / "notebooks/mlplab/__pycache__").glob("*.nbc"))
