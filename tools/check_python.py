"""Refuse, in one sentence, a Python for which the pinned packages are not made.

There pip would fail, after a wall of text. Whoever changes a pin looks here: these are
the Pythons and systems that every pin has a wheel for. Any Python must be able to read
this file, 2.7 too, so it has no f-strings.
"""

import platform
import sys
import sysconfig

OLDEST = (3, 11)
NEWEST = (3, 14)  # torch, numpy and contourpy have nothing for 3.15 yet
EXCLUDED = (3, 14, 1)  # by networkx
ADVISED = (3, 13)
# torch asks for these two.
GLIBC = (2, 28)
MACOS = (14,)
COMPUTERS = (("linux", "x86_64"), ("win32", "win-amd64"), ("darwin", "arm64"))


def dotted(version):
    """Write (3, 11) as 3.11."""
    return ".".join(str(number) for number in version)


def numbers(text):
    """Read 3.11 as (3, 11)."""
    return tuple(int(part) for part in text.split(".") if part.isdigit())


def computer():
    """Return the system and the processor that pip would choose packages for."""
    if sys.platform == "win32":  # an x64 Python on an ARM processor is win-amd64
        return "win32", sysconfig.get_platform()
    # Python 2 says linux2.
    return sys.platform.replace("linux2", "linux"), platform.machine()


def mismatch():
    """Return what the course needs, what is here, and what to do; None if it fits."""
    system, processor = computer()
    such_a_python = "install such a Python, for example {0}, and {1}".format(
        dotted(ADVISED),
        "start with py -{0} as README.md says".format(dotted(ADVISED))
        if system == "win32"
        else "run make lab PYTHON=python{0}".format(dotted(ADVISED)),
    )
    if sys.prefix != getattr(sys, "base_prefix", sys.prefix):
        such_a_python = "remove the folder {0}, {1}".format(sys.prefix, such_a_python)

    # What no other Python would mend comes first.
    if sys.maxsize < 2**32 and processor in ("x86_64", "win32"):
        return "a 64-bit Python", "a 32-bit one", such_a_python
    # The kernel's own words, which Rosetta does not change.
    if (system, processor) == ("darwin", "x86_64") and "ARM64" in platform.version():
        return "a Python for Apple silicon", "one for Intel", such_a_python
    if processor.startswith("mingw"):
        return "a Python from python.org", "one of MSYS2", such_a_python
    if (system, processor) not in COMPUTERS:
        return (
            "Linux on x86-64, Windows on x64 or macOS on Apple silicon",
            "{0} on {1}".format(platform.system(), processor.replace("win-", "")),
            "use such a computer",
        )

    kind = platform.python_implementation()
    if kind != "CPython":
        return "the usual Python, CPython", kind, such_a_python
    if sysconfig.get_config_var("Py_GIL_DISABLED"):
        return "the usual build of Python", "a free-threaded one", such_a_python
    version = tuple(sys.version_info[:3])
    if version < OLDEST or version[:2] > NEWEST or version == EXCLUDED:
        return (
            "Python {0} to {1}, but not {2}".format(
                dotted(OLDEST), dotted(NEWEST), dotted(EXCLUDED)
            ),
            "Python " + dotted(version),
            such_a_python,
        )

    if system == "linux":
        library, release = platform.libc_ver()
        if library != "glibc" or numbers(release) < GLIBC:
            return (
                "Linux with glibc {0} or newer".format(dotted(GLIBC)),
                "one with {0} {1}".format(library or "another C library", release),
                "use such a Linux, for example Ubuntu 24.04",
            )
    release = platform.mac_ver()[0]
    if system == "darwin" and numbers(release) < MACOS:
        needs = "macOS {0} or newer".format(dotted(MACOS))
        return needs, "macOS " + release, "update macOS"
    return None


def problem():
    """Return the sentence, or None where all is well."""
    found = mismatch()
    if found is None:
        return None
    needs, here, remedy = found
    where = " ({0})".format(sys.executable) if sys.executable else ""
    return "This course needs {0}, and this is {1}{2}: {3}.".format(
        needs, " ".join(here.split()), where, remedy
    )


if __name__ == "__main__":
    sys.exit(problem())
