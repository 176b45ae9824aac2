"""Real-time priority for the playing threads, where the system allows it."""

from __future__ import annotations

import contextlib
import ctypes
import os
import sys
import threading

PLAYING, ATTENDING = 10, 1  # real-time priorities: timing threads, and threads they may have to wait for
_NICE = -11
_MAC_USER_INTERACTIVE = 0x21
_WINDOWS_TIME_CRITICAL = 15


def hurry() -> bool:
    """Give the calling thread real-time priority. Return False if the system does not allow it."""
    return _hurry(PLAYING)


def may_hurry() -> bool:
    """Return True if `hurry` would be allowed. The calling thread is not changed."""
    found: list[bool] = []
    trial = threading.Thread(target=lambda: found.append(hurry()))
    trial.start()
    trial.join()
    return found == [True]


def hurry_process() -> bool:
    """Give the calling thread and all threads that it starts real-time priority, below that of `hurry`.

    A playing thread waits for the interpreter lock, and therefore for every other thread of the process.
    """
    return _hurry(ATTENDING)


def _hurry(priority: int) -> bool:
    with contextlib.suppress(OSError, AttributeError, ValueError):
        if sys.platform == "win32":
            kernel = ctypes.windll.kernel32
            kernel.GetCurrentThread.restype = ctypes.c_void_p
            level = _WINDOWS_TIME_CRITICAL if priority >= PLAYING else 1
            return bool(kernel.SetThreadPriority(ctypes.c_void_p(kernel.GetCurrentThread()), level))
        if sys.platform == "darwin":
            return ctypes.CDLL(None).pthread_set_qos_class_self_np(_MAC_USER_INTERACTIVE, 0) == 0
        return _hurry_posix(priority)
    return False


def _hurry_posix(priority: int) -> bool:
    if not hasattr(os, "sched_setscheduler"):
        return False
    policy = os.SCHED_FIFO if priority >= PLAYING else os.SCHED_RR
    if priority >= PLAYING:
        policy |= getattr(os, "SCHED_RESET_ON_FORK", 0)
    try:
        os.sched_setscheduler(0, policy, os.sched_param(priority))
    except OSError:
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICE)  # OSError: not allowed either
    return True
