"""Compile the training loop with Numba; keep the result on disk where possible."""

import functools
import tempfile

import numba


def compiled(function):
    """Compile `function` with Numba at its first call; later kernels load it from disk.

    The compiled code goes beside the module, else into the user's cache folder, else
    into a temporary folder. Where none of them can be written, it stays in memory.
    """
    options = {"nogil": True, "error_model": "numpy"}

    @functools.cache
    def on_disk():
        try:
            return numba.njit(cache=True, **options)(function)
        except RuntimeError:  # no folder that Numba knows of can be written
            numba.config.CACHE_DIR = tempfile.mkdtemp(prefix="mlplab-")
            return numba.njit(cache=True, **options)(function)

    in_memory = functools.cache(lambda: numba.njit(**options)(function))

    @functools.wraps(function)
    def call(*arguments):
        try:
            return on_disk()(*arguments)
        except (OSError, EOFError, RuntimeError):  # full disk, no folder, damaged file
            return in_memory()(*arguments)

    return call
