"""Processes for ezkl's work: it holds the interpreter's lock, may abort, and eats memory."""

import atexit
import contextlib
import os
import selectors
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self, TypeVar, cast
from weakref import WeakSet

from zk.errors import ZkError
from zk.messages import Reply, receive, send

Result = TypeVar("Result")

DEFAULT_MEMORY_BYTES = 8 << 30
DEFAULT_TIMEOUT_SECONDS = 1_800.0
_LAST_WORDS_BYTES = 2_000
_LONGEST_LINE = 200


class Worker:
    """
    One process that carries out one job at a time, under a memory cap and a time-out.

    It starts with the first job and again after a crash; it ends with the thread that started it,
    even where that is killed. A job is a module-level function.
    """

    def __init__(
        self,
        memory_bytes: int = DEFAULT_MEMORY_BYTES,
        timeout_seconds: float = DEFAULT_TIMEOUT_SECONDS,
    ) -> None:
        self.memory_bytes = memory_bytes
        self.timeout_seconds = timeout_seconds
        self.peak_memory_bytes = 0
        self._process: subprocess.Popen[bytes] | None = None
        self._errors: BinaryIO | None = None
        self._scratch: tempfile.TemporaryDirectory[str] | None = None
        _alive.add(self)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def call(self, job: Callable[..., Result], *arguments: Any) -> Result:
        """
        Return job(*arguments), computed by the process.

        Raises the job's ZkError, or one that says that the process crashed, ran out of memory or
        of time. RuntimeError with the traceback stands for a bug.
        """
        process = self._started()
        place = getattr(job, "__name__", "job").strip("_")
        try:
            send(_pipe(process.stdin), (job, arguments))
            if not self._wait(process):
                problem = f"took longer than {self.timeout_seconds:g} s and was stopped"
                raise ZkError(place, problem, "a smaller circuit or more time")
            reply: Reply = receive(_pipe(process.stdout))
        except (EOFError, OSError, ValueError):
            raise self._crash(place) from None
        except BaseException:
            self.close()
            raise
        self.peak_memory_bytes = max(self.peak_memory_bytes, reply.peak_memory_bytes)
        if reply.error is not None:
            raise reply.error
        if reply.bug is not None:
            raise RuntimeError(reply.bug)
        return cast(Result, reply.value)

    def close(self) -> None:
        """End the process at once, whatever it does."""
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.wait()
        for stream in (process.stdin, process.stdout, self._errors):
            if stream is not None:
                with contextlib.suppress(OSError):
                    stream.close()
        if self._scratch is not None:
            self._scratch.cleanup()

    def _started(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            # Open for as long as the process lives; close() closes it.
            self._errors = tempfile.TemporaryFile()  # noqa: SIM115
            self._scratch = tempfile.TemporaryDirectory(
                prefix="mnft-ezkl-", ignore_cleanup_errors=True
            )
            source_root = str(Path(__file__).resolve().parent.parent)
            inherited = os.environ.get("PYTHONPATH")
            search_path = os.pathsep.join([source_root, *([inherited] if inherited else [])])
            self._process = subprocess.Popen(
                [sys.executable, "-m", "zk.child", str(self.memory_bytes), str(os.getpid())],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._errors,
                # ezkl keeps look-up tables here, by default in the home folder: there may be none,
                # or it cannot be written, and then ezkl speaks of other things.
                env={
                    **os.environ,
                    "PYTHONPATH": search_path,
                    "EZKL_REPO_PATH": self._scratch.name,
                },
                # Ctrl-C is for who started the work; close() ends this process.
                start_new_session=True,
            )
        return self._process

    def _wait(self, process: subprocess.Popen[bytes]) -> bool:
        with selectors.DefaultSelector() as selector:
            selector.register(_pipe(process.stdout), selectors.EVENT_READ)
            return bool(selector.select(self.timeout_seconds))

    def _crash(self, place: str) -> ZkError:
        process, errors = self._process, self._errors
        last_words = ""
        code: int | None = None
        if process is not None and errors is not None:
            code = process.wait()
            size = errors.seek(0, os.SEEK_END)
            errors.seek(max(0, size - _LAST_WORDS_BYTES))
            lines = errors.read().decode(errors="replace").split("\n")
            last_words = next((line.strip() for line in reversed(lines) if line.strip()), "")
        self.close()
        if "memory allocation" in last_words or "MemoryError" in last_words:
            gigabytes = self.memory_bytes / 1e9
            problem = f"needs more memory than its cap of {gigabytes:.2f} GB"
            return ZkError(place, problem, "a smaller circuit or a higher memory cap")
        problem = f"the process ended with code {code}: {last_words[:_LONGEST_LINE]}"
        return ZkError(place, problem, "a circuit that ezkl can handle")


def _pipe(stream: Any) -> BinaryIO:
    return cast(BinaryIO, stream)


_alive: WeakSet[Worker] = WeakSet()


@atexit.register
def _end_all() -> None:
    for worker in list(_alive):
        worker.close()
