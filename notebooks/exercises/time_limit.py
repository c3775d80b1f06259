"""Stop a learner's code that takes too long, whatever it does.

No maintained library does this on every system: those with signals (which Windows and
threads lack) or with a process of their own (which cannot take a learner's function)
leave some learners waiting, and those that raise in a thread are no longer kept up.
"""

import ctypes
import threading

AGAIN = 0.1  # seconds until the next try, where an `except:` held the last one


class TooLong(BaseException):
    """Not an Exception, so that `except Exception` in a loop does not hold it."""


def within_time(seconds, function, *arguments):
    """Call a function; raise TooLong where it takes longer than so many seconds."""
    caller = threading.get_ident()
    over, raising = threading.Event(), threading.Lock()
    ended = False

    def watch():
        wait = seconds
        while not over.wait(wait):
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


def _raise_in(thread, error):
    """Raise an exception in a thread; unlike a trace, this does not slow it down."""
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), error)
