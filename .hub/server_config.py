"""A classroom on a Linux server with systemd: sudo make hub CONFIG=server_config.py.

Tried with systemd 252 in a container, where tests/setup/test_separation.py starts the
hub as root, two students try to reach each other, and one takes too much memory. Not
tried: a machine that systemd itself has started, and Caddy.

Each student's server runs as a user of its own, which systemd makes for it, in the
folder /var/lib/NAME; it can write nowhere else, and can read neither the passwords nor
what others have. The course, and the Python that it is installed with, must stand where
all users can read them: in /opt, not in root's home.

A proxy with TLS stands in front, on the same machine. Caddy needs no more than this:

    class.example.org {
        reverse_proxy 127.0.0.1:8000
    }
"""

from pathlib import Path

# With its whole path: what is not found is passed over in silence.
load_subconfig(str(Path(__file__).with_name("trial_config.py")))  # noqa: F821
c = get_config()  # noqa: F821

c.JupyterHub.spawner_class = "systemd"
c.SystemdSpawner.dynamic_users = True
c.SystemdSpawner.isolate_tmp = True
c.SystemdSpawner.isolate_devices = True
c.SystemdSpawner.unit_extra_properties = {
    "StateDirectoryMode": "0700",
    "UMask": "0077",
    "ProtectProc": "invisible",  # nobody sees what the others run
}
# Above it a kernel is ended, and its page says so; the others go on.
c.Spawner.mem_limit = "1G"
c.Spawner.cpu_limit = 1.0

# A name must not be that of a service's folder, and systemd knows only these letters.
STATE = Path("/var/lib")
c.Authenticator.username_pattern = r"[a-z][a-z0-9-]{1,29}\Z"
c.Authenticator.blocked_users = {p.name for p in STATE.iterdir() if not p.is_symlink()}
c.JupyterHub.services[0]["environment"]["MLP_HOMES"] = f"{STATE}/{{username}}"
# To start the hub anew ends no student's server.
c.JupyterHub.cleanup_servers = False
