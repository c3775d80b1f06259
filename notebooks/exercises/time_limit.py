"""Stop a learner's code that takes too long, whatever it does.

No maintained library does this on every system: those with signals (which Windows and
threads lack) or with a process of their own (which cannot take a learner's function)
leave some learners waiting, and those that raise in a thread are no longer kept up.
"""

import ctypes
import sys
import threading
import time

PATIENCE = 12  # times as long may pass where little is computed
AGAIN = 0.1  # seconds until the next try, where an `except:` held the last one


class TooLong(BaseException):
    """Not an Exception, so that `except Exception` in a loop does not hold it."""


def within_time(seconds, function, *arguments):
    """Call a function; raise TooLong where it computes longer than so many seconds.

    What others compute on a busy machine does not count, so code that only waits, as in
    `sleep`, may take PATIENCE times as long. An import is not broken off, since half a
    module would be left behind.
    """
    caller = threading.get_ident()
    over, raising = threading.Event(), threading.Lock()
    ended, computed = False, time.process_time()

    def watch():
        began, wait, last = computed, seconds, time.monotonic() + PATIENCE * seconds
        while not over.wait(wait):
            wait = began + seconds - time.process_time()
            if wait > 0 and time.monotonic() < last:
                wait = max(wait, seconds / 100)
            elif _imports(caller):
                began, wait = time.process_time(), seconds
            else:
                with raising:
                    if not ended:
                        _raise_in(caller, ctypes.py_object(TooLong))
                wait = AGAIN

    try:
        threading.Thread(target=watch, daemon=True).start()
        return function(*arguments)
    finally:
        ended, late = True, True  # not by a call, in which a late one would be raised
        while late:
            try:
                with raising:
                    _raise_in(caller, ctypes.py_object())  # takes it back
                    late = False
            except TooLong:
                pass
        over.set()


def _imports(thread):
    """Return whether the function that a thread was given is importing something."""
    frame = sys._current_frames().get(thread)
    while frame and frame.f_code is not within_time.__code__:
        if frame.f_code.co_filename.startswith("<frozen importlib"):
            return True
        frame = frame.f_back
    return False


def _raise_in(thread, error):
    """Raise an exception in a thread; unlike a trace, this does not slow it down."""
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), error)
