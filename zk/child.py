"""
The process that does ezkl's work for another: `python -m zk.child MEMORY_BYTES PARENT`.

Jobs come in on standard input, replies go out on what was standard output. ezkl's own prints,
and Rust's words when it panics, go to standard error.
The process ends when its standard input does; on Linux also in the middle of a job, as soon as
the process that started it is gone.
"""

import ctypes
import io
import logging
import os
import resource
import signal
import sys
import traceback
from collections.abc import Callable
from typing import Any

from zk.errors import ZkError
from zk.messages import Reply, receive, send

_KIBIBYTE = 1024
_SET_SIGNAL_AT_PARENTS_DEATH = 1
"""PR_SET_PDEATHSIG of Linux's prctl."""


def peak_memory_bytes() -> int:
    """Return the most memory that this process has had at once."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * _KIBIBYTE


def _perform(job: Callable[..., Any], arguments: tuple[Any, ...]) -> Reply:
    value: Any = None
    error: ZkError | None = None
    bug: str | None = None
    try:
        value = job(*arguments)
    except ZkError as refusal:
        error = refusal
    except MemoryError:
        error = ZkError("worker", "out of memory", "a smaller circuit or a higher memory cap")
    except Exception:
        bug = traceback.format_exc()
    return Reply(value, error, bug, peak_memory_bytes())


def _cap_memory(limit_bytes: int) -> None:
    if sys.platform != "linux":
        return
    # Private writable memory; the address space would count code and reserved stacks too.
    resource.setrlimit(resource.RLIMIT_DATA, (limit_bytes, limit_bytes))


def _end_with(parent: int) -> None:
    """Have the kernel end this process with its parent: ezkl leaves no thread a turn to look."""
    if sys.platform != "linux":
        return
    ctypes.CDLL(None).prctl(_SET_SIGNAL_AT_PARENTS_DEATH, signal.SIGKILL)
    if os.getppid() != parent:
        sys.exit("the process that started this one is gone")


def main() -> None:
    """Serve jobs until standard input ends."""
    memory_bytes, parent = (int(argument) for argument in sys.argv[1:])
    _end_with(parent)
    _cap_memory(memory_bytes)
    replies = io.BufferedWriter(io.FileIO(os.dup(1), "w"))
    os.dup2(2, 1)
    logging.getLogger().addHandler(logging.NullHandler())
    while True:
        try:
            job, arguments = receive(sys.stdin.buffer)
        except EOFError:
            return
        send(replies, _perform(job, arguments))


if __name__ == "__main__":
    main()
