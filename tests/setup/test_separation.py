"""server_config.py under a real systemd: what one student can do to the others."""

import json
import os
import re
import shutil
import subprocess
import sys
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests
from tornado.httpclient import HTTPRequest
from tornado.ioloop import IOLoop
from tornado.websocket import websocket_connect

from support.hub import INSTALLED, free_ports
from tools.execute import ROOT

BOOT = ROOT / "tests" / "support" / "boot_systemd.sh"
NAMESPACES = ["pid", "mount", "uts", "ipc", "cgroup"]
CLASS = "/srv/class"
SECONDS = 300
LESSON = "notebooks/04_manual_backprop.ipynb"


def why_not():
    if not INSTALLED.exists():
        return "needs .hub/.venv: make hub installs it"
    if sys.platform != "linux" or os.geteuid() != 0:
        return "needs root on Linux"
    if Path("/proc/1/comm").read_text().strip() == "systemd":
        return "two systemds would share the machine's cgroups; a container has none"
    tools = ["unshare", "nsenter", "/lib/systemd/systemd", "systemd-run", "node"]
    return ", ".join(f"needs {tool}" for tool in tools if not shutil.which(tool))


pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(bool(why_not()), reason=why_not() or "never"),
]


def wait_for(what, seconds=SECONDS):
    deadline = time.monotonic() + seconds
    while not (found := what()):
        assert time.monotonic() < deadline, "it takes too long"
        time.sleep(0.2)
    return found


class Server:
    """A systemd in namespaces of its own, and in it the classroom."""

    def __init__(self, folder):
        try:
            self.start(folder)
        except BaseException:
            self.stop()
            raise

    def start(self, folder):
        self.log, self.hub = folder / "hub.log", None
        root = folder / "root"
        root.mkdir()
        self.outside = subprocess.Popen(
            ["unshare", "--fork", "--kill-child", *(f"--{n}" for n in NAMESPACES)]
            + ["sh", BOOT, ROOT, root, os.path.realpath(sys.base_prefix)],
            stdout=(folder / "systemd.log").open("w"),
            stderr=subprocess.STDOUT,
        )
        children = Path(f"/proc/{self.outside.pid}/task/{self.outside.pid}/children")
        self.pid = wait_for(lambda: children.read_text().split(), 10)[0]
        wait_for(lambda: Path(f"/proc/{self.pid}/comm").read_text() == "systemd\n", 20)
        wait_for(
            lambda: self.run("systemctl", "is-active", "class.target", code=None), 20
        )
        # What is written in there must not reach the machine.
        self.run("touch", "/tmp/inside", "/var/inside")
        assert not os.path.exists("/tmp/inside") and not os.path.exists("/var/inside")
        self.python = "/srv/course/.hub/.venv/bin/python"
        self.run(self.python, ".hub/classroom.py", CLASS, mkdir=CLASS)
        public, hub, proxy = free_ports(3)
        self.url = f"http://127.0.0.1:{public}"
        self.hub = subprocess.Popen(
            self.inside(self.python, "-m", "jupyterhub", "-f", ".hub/server_config.py")
            + [f"--port={public}", f"--JupyterHub.hub_port={hub}"]
            + [f"--ConfigurableHTTPProxy.api_url=http://127.0.0.1:{proxy}"],
            stdout=self.log.open("w"),
            stderr=subprocess.STDOUT,
        )
        wait_for(self.answers)
        self.passwords = json.loads(self.run("cat", f"{CLASS}/passwords.json"))

    def inside(self, *command):
        path = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
        path += f":{Path(shutil.which('node')).parent}"
        env = [path, "PYTHONPATH=.", f"MLP_CLASS={CLASS}", "PYTHONDONTWRITEBYTECODE=1"]
        entered = ["nsenter", "-t", self.pid, "-r", *(f"--{n}" for n in NAMESPACES)]
        return [*entered, "--wdns=/srv/course", "env", "-i", *env, *command]

    def run(self, *command, mkdir=None, code=0):
        if mkdir:
            subprocess.run(self.inside("mkdir", "-p", mkdir), check=True)
        done = subprocess.run(
            self.inside(*command), capture_output=True, text=True, timeout=SECONDS
        )
        if code is None:
            return done.returncode == 0
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout

    def answers(self):
        assert self.hub.poll() is None, self.log.read_text()
        try:
            return requests.get(f"{self.url}/hub/api").ok
        except requests.ConnectionError:
            return False

    def stop(self):
        """End systemd, and with it all that runs in its namespace."""
        self.outside.kill()
        self.outside.wait()
        if self.hub:
            self.hub.wait()


class Person(requests.Session):
    """A browser of somebody, and what runs in the own kernel."""

    def __init__(self, server, name, password):
        super().__init__()
        self.server, self.name = server, name
        self.get(f"{server.url}/hub/login")
        self.signed_in = self.post(
            f"{server.url}/hub/login?next=/hub/home",
            {"username": name, "password": password, "_xsrf": self.cookies["_xsrf"]},
        )

    def start(self):
        """Start the own server and a kernel."""
        self.home = f"{self.server.url}/user/{self.name}"
        self.get(f"{self.server.url}/hub/spawn")
        ready = f"{self.home}/lab"
        wait_for(lambda: self.get(ready).url.startswith(ready))
        (token,) = [c.value for c in self.cookies if (c.name, c.path) == self.xsrf()]
        made = self.post(f"{self.home}/api/kernels", headers={"X-XSRFToken": token})
        self.kernel = made.json()["id"]

    def xsrf(self):
        return "_xsrf", f"/user/{self.name}/"

    def run(self, code):
        """What the code prints, as the student's kernel runs it."""
        return IOLoop(make_current=False).run_sync(lambda: self._run(code), SECONDS)

    async def _run(self, code):
        address = f"{self.home}/api/kernels/{self.kernel}/channels"
        asked = requests.Request("GET", address)
        cookies = self.prepare_request(asked).headers["Cookie"]
        address = address.replace("http", "ws", 1)
        socket = await websocket_connect(
            HTTPRequest(address, headers={"Cookie": cookies})
        )
        header = {"msg_id": uuid.uuid4().hex, "msg_type": "execute_request"}
        header |= {"username": "", "session": uuid.uuid4().hex, "version": "5.3"}
        message = {"channel": "shell", "header": header, "parent_header": {}}
        message |= {"metadata": {}, "content": {"code": code, "silent": False}}
        await socket.write_message(json.dumps(message))
        said = ""
        while True:
            got = json.loads(await socket.read_message())
            if got["parent_header"].get("msg_id") != header["msg_id"]:
                continue
            said += got["content"].get("text", "")
            said += "\n".join(got["content"].get("traceback", []))
            if got["content"].get("execution_state") == "idle":
                socket.close()
                return said


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    server = Server(tmp_path_factory.mktemp("server"))
    yield server
    server.stop()


@pytest.fixture(scope="module")
def students(server):
    """Ada, and Bob, who has solved something and keeps a secret."""
    two = [
        Person(server, name, server.passwords["students"]) for name in ("ada", "bob")
    ]
    with ThreadPoolExecutor() as pool:
        list(pool.map(Person.start, two))
    ada, bob = two
    bob.run(
        "from exercises.progress import record\n"
        "record('01 NAND alone')\n"
        "from pathlib import Path\n"
        "Path.home().joinpath('secret').write_text('of Bob')\n"
        "Path('/tmp/secret').write_text('of Bob')"
    )
    return ada, bob


TRY = """
import json, os, glob, urllib.request
def refused(act):
    try:
        return f"NOT REFUSED: {act()!r}"[:200]
    except OSError as error:
        return error.strerror or str(error)
def read(path):
    return refused(lambda: open(path, "rb").read(100))
def change(path):
    return refused(lambda: open(path, "ab"))
def make(folder):
    return refused(lambda: open(folder + "/planted.py", "x"))
"""


def tries(student, **attempts):
    """{attempt: how it is refused}, each tried in the student's kernel."""
    each = ", ".join(f"{name!r}: {code}" for name, code in attempts.items())
    return json.loads(student.run(f"{TRY}\nprint(json.dumps({{{each}}}))"))


def test_a_student_works_in_an_own_folder_under_an_own_user(server, students):
    ada, bob = students
    who = "import os; print(os.getuid(), os.getcwd(), os.access('.', os.W_OK))"
    (uid_a, home_a, can_a), (uid_b, *_) = ada.run(who).split(), bob.run(who).split()
    assert uid_a != uid_b and "0" not in (uid_a, uid_b)
    assert home_a.startswith("/var/lib/private/ada") and can_a == "True"
    assert "0.6931" in ada.run("import math, mlplab.network; print(math.log(2))")
    # The paths that Ada is refused below are there.
    for path in ("secret", LESSON, ".mlplab_progress.json"):
        assert server.run("test", "-f", f"/var/lib/private/bob/{path}") == ""
    assert server.run("test", "-d", "/run/jupyter-bob-singleuser") == ""
    assert bob.run("print(open('/tmp/secret').read())") == "of Bob\n"


def test_a_student_reaches_nothing_of_another(students):
    ada, bob = students
    bobs = bob.run("import os; print(os.getpid())").strip()
    said = tries(
        ada,
        notebook=f"read('/var/lib/bob/{LESSON}')",
        secret="read('/var/lib/private/bob/secret')",
        progress="read('/var/lib/private/bob/.mlplab_progress.json')",
        listed="refused(lambda: os.listdir('/var/lib/private/bob'))",
        changed=f"change('/var/lib/private/bob/{LESSON}')",
        made="make('/var/lib/private/bob')",
        environment=f"read('/proc/{bobs}/environ')",
        killed=f"refused(lambda: os.kill({bobs}, 0))",
        temporary="read('/tmp/secret')",
        runtime="refused(lambda: os.listdir('/run/jupyter-bob-singleuser'))",
    )
    others = "Permission denied", "Operation not permitted", "No such file or directory"
    assert {name: how for name, how in said.items() if how not in others} == {}
    foreign = "{os.stat(path).st_uid for path in glob.glob('/proc/[0-9]*')}"
    assert ada.run(f"{TRY}\nprint({foreign} - {{os.getuid()}})") == "set()\n"


def test_a_student_changes_nothing_that_all_share_and_reads_no_secret(server, students):
    ada, _ = students
    said = tries(
        ada,
        handout=f"change('{CLASS}/handout/{LESSON}')",
        helper=f"change('{CLASS}/handout/notebooks/mlplab/data.py')",
        beside=f"make('{CLASS}/handout/notebooks')",
        cache=f"change(glob.glob('{CLASS}/cache/numba/*/*.nbi')[0])",
        cached=f"make('{CLASS}/cache/numba')",
        packages="make(os.path.dirname(json.__file__))",
        site="make(__import__('numpy').__path__[0])",
        hub="change('/srv/course/.hub/student.py')",
        passwords=f"read('{CLASS}/passwords.json')",
        cookies=f"read('{CLASS}/cookie_secret')",
        database=f"read('{CLASS}/hub.sqlite')",
        database_changed=f"change('{CLASS}/hub.sqlite')",
    )
    secrets = ("passwords", "cookies", "database")
    assert {said[name] for name in secrets} == {"Permission denied"}
    shared = {how for name, how in said.items() if name not in secrets}
    assert shared <= {"Permission denied", "Read-only file system"}
    # by the rights of the files as well, where the folder is not read-only
    for path in (f"{CLASS}/handout", f"{CLASS}/cache", "/srv/course/.hub"):
        find = ["find", path, "!", "-type", "l", "(", "-perm", "/022", "-o", "!"]
        assert server.run(*find, "-user", "root", ")") == ""


def test_a_student_does_not_see_anothers_progress(server, students):
    ada, bob = students
    page = f"{server.url}/services/progress/"
    assert "1 of " in bob.get(page).text and "Your teacher sees" in bob.get(page).text
    assert "0 of " in ada.get(page).text
    asked = ada.get(page, params={"student": "bob", "names": "yes"})
    assert asked.status_code == 403 and "NAND" not in asked.text
    assert "bob" not in ada.get(page, params={"names": "yes"}).text
    assert requests.get(page).url.startswith(f"{server.url}/hub/login")
    board = "from exercises.board import Progress; print(Progress().box.value)"
    assert "/services/progress/" in ada.run(board)
    # nor by the hub, nor at the other's server
    for path in ("hub/api/users", "hub/api/users/bob", "user/bob/api/contents"):
        ask = (
            f"urllib.request.urlopen(urllib.request.Request('{server.url}/{path}', "
            "headers={'Authorization': 'token ' + os.environ['JUPYTERHUB_API_TOKEN']}))"
        )
        (how,) = tries(ada, asked=f"refused(lambda: {ask}.read())").values()
        assert re.search("Forbidden|Not Found", how), (path, how)

    teacher = Person(server, "teacher", server.passwords["teacher"])
    assert "1 of 2" in teacher.get(page).text and "bob" not in teacher.get(page).text
    assert "bob" in teacher.get(page, params={"names": "yes"}).text
    # whatever a student puts in its place: here a link to what only root can read
    ada.run(
        "import os; from pathlib import Path\n"
        "path = Path.home() / '.mlplab_progress.json'; path.unlink(missing_ok=True)\n"
        "path.symlink_to('/var/lib/private/bob/.mlplab_progress.json')"
    )
    shown = teacher.get(page, params={"names": "yes"}).text
    assert "1 of 1" in shown and "cannot be read" in shown


def test_each_student_has_limits(server, students):
    shown = server.run("systemctl", "show", "jupyter-ada-singleuser")
    assert "\nMemoryMax=1073741824\n" in shown
    assert "\nCPUQuotaPerSecUSec=1s\n" in shown
    ada, bob = students
    take = (
        "import subprocess, sys\n"
        "take = [sys.executable, '-c', 'b\"1\" * {}']\n"
        "print(subprocess.run(take).returncode)"
    )
    assert ada.run(take.format(10**8)) == "0\n"
    assert ada.run(take.format(13 * 10**8)) == "-9\n", "it is ended"
    assert bob.run("print('here')") == ada.run("print('here')") == "here\n"


def test_everything_listens_on_this_machine_alone(server, students):
    lines = server.run("ss", "-Htlnp").splitlines()
    ours = [line.split()[3] for line in lines if "users:" in line]
    assert len(ours) >= 6  # hub, proxy twice, the view, two servers
    assert [a for a in ours if not a.startswith("127.0.0.1:")] == []


def test_a_wrong_password_is_refused_and_waits_for_the_others(server):
    began = time.monotonic()
    with ThreadPoolExecutor() as pool:
        wrong = [pool.submit(Person, server, "eve", f"guess {n}") for n in range(4)]
        Person(server, "eve", server.passwords["students"])
        right = time.monotonic() - began
        wrong = [person.result().signed_in for person in wrong]
    assert all(w.status_code == 403 and "Invalid username" in w.text for w in wrong)
    assert time.monotonic() - began > 4 > right
