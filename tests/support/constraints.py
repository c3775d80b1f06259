"""Write constraints.txt: the versions of what the requirements bring with them.

Run in an environment in which `make test` passes. With it pip installs the same
packages again, to the last one; without it only the direct dependencies are the same.
"""

import importlib.metadata
import re

from tools.execute import ROOT

CONSTRAINTS = ROOT / "constraints.txt"
HEAD = """\
# Indirect dependencies, at the versions that the tests last passed with. Written by
# tests/support/constraints.py. Without hashes: torch's CPU and CUDA builds differ.
"""
# They come with the CUDA build of torch alone, at the versions that it asks for.
OF_CUDA = re.compile(r"nvidia-|cuda-|triton$")
# Tools of pip, as in pip freeze; torch asks for them on some Pythons only.
TOOLS = {"pip", "setuptools"}


def canonical(name):
    return re.sub(r"[-_.]+", "-", name).lower()


def needs(name, extras):
    """(name, extras) of what an installed distribution requires with these extras."""
    for line in importlib.metadata.requires(name) or []:
        wanted, asked, marker = re.fullmatch(
            r"([\w.-]+)\s*(?:\[([^]]*)\])?[^;]*(?:;(.*))?", line
        ).groups()
        extra = re.search(r"""extra == ['"]([^'"]+)""", marker or "")
        if extra is None or canonical(extra[1]) in extras:
            yield wanted, {canonical(e) for e in re.split(r"\s*,\s*", asked or "") if e}


def indirect(direct):
    """{name: version} of all that these distributions need, themselves left out.

    What is not installed is for another platform or Python.
    """
    found, waiting = {}, [(name, frozenset()) for name in direct]
    seen = set()
    while waiting:
        name, extras = waiting.pop()
        name = canonical(name)
        if (name, frozenset(extras)) in seen or OF_CUDA.match(name) or name in TOOLS:
            continue
        seen.add((name, frozenset(extras)))
        try:
            # torch adds its build: 2.13.0+cpu.
            found[name] = importlib.metadata.version(name).partition("+")[0]
        except importlib.metadata.PackageNotFoundError:
            continue
        waiting += needs(name, extras)
    return {n: found[n] for n in sorted(found.keys() - set(map(canonical, direct)))}


def direct():
    """The names in the two lists of requirements."""
    for path in (ROOT / "requirements.txt", ROOT / "tests" / "requirements.txt"):
        text = path.read_text(encoding="utf-8")
        yield from re.findall(r"^([\w.-]+)==", text, flags=re.MULTILINE)


if __name__ == "__main__":
    lines = [f"{name}=={version}\n" for name, version in indirect([*direct()]).items()]
    CONSTRAINTS.write_text(HEAD + "".join(lines), encoding="utf-8", newline="\n")
