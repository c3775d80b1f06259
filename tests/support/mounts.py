"""Read-only and full folders, and no network, for a subprocess.

As root, file modes prove nothing, so these are mounts, in a namespace that ends with
the subprocess.
"""

import shutil
import subprocess

import pytest

NAMESPACES = (
    ["unshare", "--mount"],
    ["unshare", "--user", "--map-root-user", "--mount"],
)
READ_ONLY = 'mount --bind "{0}" "{0}" && mount -o remount,ro,bind "{0}"'
# Room for a copy of the folder, and then none: a file of zeros fills the rest. A disk
# in memory: so much of it is used.
FULL = """
cp -a "{0}" "{0}.copy" && mount -t tmpfs -o size=16m none "{0}" &&
cp -a "{0}.copy/." "{0}" && ! cat /dev/zero > "{0}/filling" 2>/dev/null
"""
CANNOT_WRITE = '! head -c 70000 /dev/zero 2>/dev/null > "{0}/probe"'
# With the option --net: this machine alone, over which Jupyter talks to its kernels.
NO_NETWORK = "ip link set lo up"


def after(before, command, *options):
    """The command, run after shell commands in a namespace of its own.

    `options` are further ones of `unshare`, such as --net.
    """
    script = " && ".join(part.strip() for part in before) + ' && exec "$@"'
    return [*namespace(*options), "sh", "-c", script, "sh", *command]


def namespace(*options):
    """Return the command that runs another one with mounts of its own, or skip."""
    if shutil.which("unshare"):
        for command in NAMESPACES:
            command = [*command, *options]
            trial = [*command, "mount", "-t", "tmpfs", "none", "/mnt"]
            if subprocess.run(trial, capture_output=True).returncode == 0:
                return command
    needed = " ".join(["unshare --mount", *options])
    pytest.skip(f"needs namespaces ({needed}), which are not permitted here")
