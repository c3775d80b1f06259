"""Compile the training loop with Numba; keep the result on disk where possible."""

import functools

import numba


def compiled(function):
    """Compile `function` with Numba at its first call; later kernels load it from disk.

    The compiled code goes beside the module, else into the user's cache folder. Where
    it cannot be kept there, or what is there is damaged, it stays in memory.
    """
    options = {"nogil": True, "error_model": "numpy"}
    in_memory = numba.njit(**options)(function)
    try:
        chosen = numba.njit(cache=True, **options)(function)
    except RuntimeError:  # no folder that Numba knows of can be written
        return in_memory

    @functools.wraps(function)
    def call(*arguments):
        nonlocal chosen
        try:
            return chosen(*arguments)
        except Exception:  # full disk, damaged file; an error of `function` comes again
            chosen = in_memory
            return in_memory(*arguments)

    return call
