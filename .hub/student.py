"""Start the server of one student, as this student: JupyterHub runs this file.

First it hands out the course, in the folder that is the student's home. The student's
own process does so, and not the hub's, so that the files are the student's own, and the
hub, which may be root, never writes where a student can set a trap.
"""

import os
import sys
import tempfile
from pathlib import Path

from classroom import PROGRESS, hand_out, link_caches
from jupyterhub.singleuser import main

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
