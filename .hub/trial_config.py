"""A classroom on this machine, for a trial: make hub.

All servers run under your own account: a student who means to can read and change what
the others have, and what you have. For strangers take server_config.py.
"""

import os
import socket
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
COURSE = HERE.parent
CLASS = Path(os.environ["MLP_CLASS"]).resolve()
sys.path.insert(0, str(HERE))

from classroom import passwords  # noqa: E402

c = get_config()  # noqa: F821
# The hub's database, its log, and the students' files are no one else's.
os.umask(0o077)

# Only this machine can reach it, unless make is told otherwise: ARGS=--ip=0.0.0.0.
# What comes through a network should come through a proxy with TLS.
c.JupyterHub.ip = "127.0.0.1"
c.ConfigurableHTTPProxy.command = [
    str(HERE / "node_modules" / ".bin" / "configurable-http-proxy")
]
c.ConfigurableHTTPProxy.pid_file = str(CLASS / "proxy.pid")
c.JupyterHub.db_url = f"sqlite:///{CLASS}/hub.sqlite"
c.JupyterHub.cookie_secret_file = str(CLASS / "cookie_secret")

# Sign-in
secret = passwords(CLASS)
c.JupyterHub.authenticator_class = "signin.ClassPassword"
c.SharedPasswordAuthenticator.user_password = secret["students"]
c.SharedPasswordAuthenticator.admin_password = secret["teacher"]
c.Authenticator.admin_users = {"teacher"}
# A name becomes the name of a folder.
c.Authenticator.username_pattern = r"\w[\w-]{0,29}\Z"
roster = CLASS / "roster.txt"  # one name a line; without it any name may sign in
c.Authenticator.allow_all = not roster.exists()
if roster.exists():
    c.Authenticator.allowed_users = {*roster.read_text("utf-8").lower().split()}
c.JupyterHub.cookie_max_age_days = 0.5  # laptops of a school change hands
c.JupyterHub.template_vars = {
    "announcement_login": "Your name, always the same, and the password of the class. "
    "Your teacher sees which exercises and quizzes you have solved; "
    '<a href="../services/progress/">what is counted of you</a> you see as well.'
}

# A student's server
c.JupyterHub.spawner_class = "simple"
c.SimpleLocalProcessSpawner.home_dir_template = f"{CLASS}/students/{{username}}"
c.Spawner.cmd = [sys.executable, str(HERE / "student.py")]
c.Spawner.default_url = "/lab/tree/notebooks/00_start_here.ipynb"
c.Spawner.environment = {
    "MLP_CLASS": str(CLASS),
    "PYTHONPATH": str(CLASS / "handout" / "notebooks"),
    # exercises.board says so, and where
    "MLPLAB_COUNTED": lambda s: f"{s.hub.base_url}../services/progress/",
    "JUPYTER_CONFIG_PATH": f"{COURSE}/tools/server:{HERE}/server",
    # Students share the cores: several threads each would wait for each other.
    "OMP_NUM_THREADS": "1",
    # What is freed goes back to the system: by itself glibc keeps more and more of it,
    # 20 MB of a student who has run 04. At 1 MB instead of 4 it is another 8 MB less,
    # but a move of a slider takes 5 % longer.
    "MALLOC_MMAP_THRESHOLD_": f"{4 << 20}",
    "MALLOC_TRIM_THRESHOLD_": f"{4 << 20}",
}
c.Spawner.args = [
    "--KernelManager.transport=ipc",  # TCP ports of kernels collide between servers
    # A kernel that nobody used for an hour ends, though its page be open, then the
    # server. What is in the notebook's file stays.
    "--MappingKernelManager.cull_idle_timeout=3600",
    "--MappingKernelManager.cull_connected=True",
    "--ServerApp.shutdown_no_activity_timeout=3600",
]
c.Spawner.start_timeout = c.Spawner.http_timeout = 300  # all sign in at the same moment
# So many as have room in the memory, at 500 MB each (06 takes most, 460): the next one
# is told so, and those who work go on.
memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
c.JupyterHub.active_server_limit = max(1, int((memory - 2e9) // 5e8))

# What the class has solved: /services/progress/, for the teacher and for each student
with socket.socket() as free:
    # A new port each time: after a kill of the hub the old one may still be taken.
    free.bind(("127.0.0.1", 0))
    port = free.getsockname()[1]
c.JupyterHub.services = [
    {
        "name": "progress",
        "url": f"http://127.0.0.1:{port}",
        "command": [sys.executable, str(HERE / "progress.py")],
        "environment": {
            "MLP_CLASS": str(CLASS),
            "MLP_HOMES": f"{CLASS}/students/{{username}}",
        },
        "oauth_no_confirm": True,  # it is the hub's own
    }
]
c.JupyterHub.load_roles = [
    {"name": "progress", "services": ["progress"], "scopes": ["list:users"]},
    {"name": "user", "scopes": ["self", "access:services!service=progress"]},
]
