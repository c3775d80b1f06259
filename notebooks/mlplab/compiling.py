"""Compile the training loop with Numba; keep the result on disk where possible."""

import contextlib
import functools
import os

import numba
from numba.core import event

# Never fastmath: it lets the compiler round otherwise on another processor.
OPTIONS = {"nogil": True, "error_model": "numpy"}
NOTICE = "Compiling the training loop, as a rule only this once: some seconds ..."


class _Notice(event.Listener):
    """Says once that Numba compiles, which loading from disk is not."""

    _said = False

    def on_start(self, event):
        if not self._said:
            print(NOTICE)
        self._said = True

    def on_end(self, event):
        pass


_notice = _Notice()  # one for all loops: a notebook that needs two says it once


def compiled(function):
    """Compile `function` with Numba at its first call; later kernels load it from disk.

    The compiled code goes beside the module, else into the user's cache folder. Where
    it cannot be kept there, or what is there is damaged, it stays in memory. A first
    call that has to compile says so.
    """
    # for the first call only; an iterator hands it to one of several threads
    listeners = iter([event.install_listener("numba:compile", _notice)])
    if "PYTEST_VERSION" in os.environ:  # strict nbval would find another output
        listeners = iter([])
    chosen = in_memory = numba.njit(**OPTIONS)(function)
    with contextlib.suppress(RuntimeError):  # no folder that Numba knows can be written
        chosen = numba.njit(cache=True, **OPTIONS)(function)

    @functools.wraps(function)
    def call(*arguments):
        nonlocal chosen
        with next(listeners, contextlib.nullcontext()):
            try:
                return chosen(*arguments)
            except Exception:  # full disk, damaged file; `function`'s own comes again
                chosen = in_memory
                return in_memory(*arguments)

    return call
