"""Start the server of one student, as this student: JupyterHub runs this file.

First it hands out the course, in the folder that is the student's home. The student's
own process does so, and not the hub's, so that the files are the student's own, and the
hub, which may be root, never writes where a student can set a trap.
"""

import os
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path
from types import ModuleType

from classroom import PROGRESS, hand_out, link_caches

# What a student's server imports and never uses, 48 MB and a second of a processor:
# JupyterHub's part of it the hub's own database, jsonschema what tells whether a text
# is an address or a span of time. In their place stands nothing, or a class that nobody
# makes; whoever did use more would get an error. Another version, such as Kubernetes
# brings, keeps all its own.
NOT_USED = {
    "jupyterhub.handlers": (),
    "jupyterhub.handlers.pages": ("HealthCheckHandler",),
    "jupyterhub.orm": (),
    "jupyterhub.roles": (),
    "sqlalchemy": (),
    "sqlalchemy.exc": ("SQLAlchemyError",),
}
if version("jupyterhub").startswith("6.1."):
    for name, classes in NOT_USED.items():
        sys.modules[name] = ModuleType(name)
        vars(sys.modules[name]).update({c: type(c, (Exception,), {}) for c in classes})
    sys.modules |= {"rfc3987_syntax": None, "isoduration": None}

from jupyterhub.singleuser import main  # noqa: E402

if __name__ == "__main__":
    home, folder = Path.home(), Path(os.environ["MLP_CLASS"])
    try:
        print("handed out:", *hand_out(folder / "handout", home))
        link_caches(folder / "cache", home)
    except (OSError, ValueError) as error:  # such as a full disk: start all the same
        print("could not hand out:", error)
    os.environ["MLPLAB_PROGRESS"] = str(home / PROGRESS)
    os.environ["NUMBA_CACHE_DIR"] = str(home / ".cache" / "numba")
    if os.geteuid() == 0:  # a trial in a container; on a server students are not root
        sys.argv.append("--allow-root")
    # Kernels talk through sockets in this folder, whose paths must stay below 108
    # characters; the student's own folder may be deep.
    with tempfile.TemporaryDirectory(prefix="mlp-", dir="/tmp") as runtime:
        os.environ["JUPYTER_RUNTIME_DIR"] = runtime
        main()
