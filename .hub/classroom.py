"""What a class has: its passwords, the handout, and each student's folder.

`make hub-update` runs this file. It needs nothing of JupyterHub.
"""

import contextlib
import hashlib
import json
import os
import secrets
import shutil
import stat
import subprocess
import sys
from itertools import count
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
# What students edit, and the pictures that it shows. mlplab and exercises they import
# from the handout that all share: so nobody can break them, a mended one reaches
# everybody, and the loop that is compiled once is everybody's.
THEIRS = ("notebooks/*.ipynb", "notebooks/*.md", "figures/*.svg")
RECORD = ".handed_out.json"
PROGRESS = ".mlplab_progress.json"  # in a student's folder
LONGEST = 65536  # bytes; all there is to solve takes less than a thousand
LIST = "import exercises.board as b, json; print(json.dumps(b.to_solve()))"
LETTERS = "abcdefghjkmnpqrstuvwxyz"  # without i, l, o, which are taken for 1 and 0


def passwords(folder):
    """{"students": ..., "teacher": ...}; made, and printed, at the first start."""
    path = folder / "passwords.json"
    if not path.exists():
        groups = ("".join(secrets.choice(LETTERS) for _ in range(4)) for _ in range(3))
        # JupyterHub asks 8 characters of the one and 32 of the other.
        made = {"students": "-".join(groups), "teacher": secrets.token_urlsafe(32)}
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as f:
            json.dump(made, f, indent=1)
        for who, password in made.items():
            print(f"Password of {who:8}  {password}")
        print(f"They are in {path}; change them there, and start the hub again.")
    path.chmod(0o600)  # an editor may have written it anew
    return json.loads(path.read_text(encoding="utf-8"))


def digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def beside(path):
    """The path, and after it the names of what may be put beside it."""
    yield path
    for n in count(1):
        yield path.with_name(f"{path.stem}.new{'' if n == 1 else n}{path.suffix}")


def write(path, content):
    """In one go: a full disk damages nothing that is there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    part.write_bytes(content)
    part.replace(path)


def hand_out(handout, home):
    """Bring a student's folder up to date; return the names of what was brought.

    A file that the student changed stays: the new version goes beside it, once. One
    that is as it was handed out is replaced. A notebook that was renamed or deleted
    comes again, what stood beside it does not.
    """
    record, brought = home / RECORD, []
    given = json.loads(record.read_text()) if record.exists() else {}
    for source in sorted(path for theirs in THEIRS for path in handout.glob(theirs)):
        version, first = digest(source), home / source.relative_to(handout)
        for path in beside(first):
            name = str(path.relative_to(home))
            if given.get(name) == version and (path.exists() or path != first):
                break
            if not path.exists() or digest(path) in (version, given.get(name)):
                write(path, source.read_bytes())
                given[name] = version
                brought.append(name)
                break
    if brought:
        write(record, json.dumps(given, indent=1).encode())
    return brought


def link_caches(cache, home):
    """Let a student's empty cache folder point to what was compiled for all.

    Numba and matplotlib want a folder that they can write to. What they write there
    takes the place of a link, and never reaches the shared file.
    """
    for source in cache.rglob("*.*"):
        link = home / ".cache" / source.relative_to(cache)
        link.parent.mkdir(parents=True, exist_ok=True)
        link.unlink(missing_ok=True)
        link.symlink_to(source)


def solved(path):
    """The names in a student's file, a set; None where it cannot be read.

    The student can put anything in its place, and who reads it may be root. So no link
    is followed, and nothing waits: not for a pipe, nor for a file under a lease.
    """
    try:
        file = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        try:
            if not stat.S_ISREG(os.fstat(file).st_mode):
                return None
            content = os.read(file, LONGEST + 1)
        finally:
            os.close(file)
        names = json.loads(content) if len(content) <= LONGEST else None
    except FileNotFoundError:
        return set()
    except (OSError, ValueError, RecursionError):
        return None
    if not isinstance(names, list) or not all(isinstance(n, str) for n in names):
        return None
    return set(names)


def update(folder):
    """Make the handout of a class anew, and bring it to who has a folder."""
    from tools import handout  # in this environment, and not in a student's server

    os.umask(0o022)  # students must be able to read it
    new, now, old = (folder / f"handout{end}" for end in (".new", "", ".old"))
    with contextlib.redirect_stdout(None):
        handout.main(new)
    shutil.rmtree(old, ignore_errors=True)
    if now.exists():
        now.rename(old)
    new.rename(now)
    caches = {
        "PYTHONPATH": str(now / "notebooks"),
        "NUMBA_CACHE_DIR": str(folder / "cache" / "numba"),
        "XDG_CACHE_HOME": str(folder / "cache"),
    }
    env = {k: v for k, v in os.environ.items() if k != "MPLCONFIGDIR"} | caches
    subprocess.run([sys.executable, ROOT / "tools" / "caches.py"], env=env, check=True)
    # For progress.py, which then need not import what the lessons do.
    listed = subprocess.run(
        [sys.executable, "-c", LIST], env=env, check=True, stdout=subprocess.PIPE
    )
    write(folder / "to_solve.json", listed.stdout)
    for home in sorted((folder / "students").glob("*/")):
        for name in hand_out(now, home):
            print(f"{home.name}: {name}")


if __name__ == "__main__":
    update(Path(sys.argv[1]).resolve())
