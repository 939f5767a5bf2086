"""`python -m modeling import` of a stranger's files: under limits, without network, and ending with its parent.

Run as `python -P -m modeling.importing.confined MEMORY_BYTES CPU_S FILE_BYTES SOURCE --from ...`. Exit status and
sentences are those of `python -m modeling import`.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
import signal
import sys
from pathlib import Path
from typing import Final

_OPEN_FILES: Final = 256
_PR_SET_PDEATHSIG: Final = 1
_CLONE_NEWUSER: Final = 0x10000000
_CLONE_NEWNET: Final = 0x40000000
_REFUSED_EVENTS: Final = ("socket.", "subprocess.", "os.system", "os.exec", "os.posix_spawn", "os.fork")


def confine_this_process(*, memory_bytes: int, cpu_s: int, file_bytes: int) -> None:
    """For good: nothing that runs afterwards can raise the limits or reach the network."""
    limits = {
        resource.RLIMIT_AS: memory_bytes,
        resource.RLIMIT_CPU: cpu_s,
        resource.RLIMIT_FSIZE: file_bytes,
        resource.RLIMIT_NOFILE: _OPEN_FILES,
        resource.RLIMIT_CORE: 0,
    }
    for kind, value in limits.items():
        resource.setrlimit(kind, (value, value))
    _leave_the_network()
    sys.addaudithook(_refuse_network_and_programs)


def _leave_the_network() -> None:
    """A network namespace without devices where the kernel grants one; the audit hook stands in any case."""
    user_id = os.getuid()
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if libc.unshare(_CLONE_NEWUSER | _CLONE_NEWNET) == 0:
        with contextlib.suppress(OSError):
            Path("/proc/self/uid_map").write_text(f"{user_id} {user_id} 1")


def _refuse_network_and_programs(event: str, _details: tuple[object, ...]) -> None:
    if event.startswith(_REFUSED_EVENTS):
        raise PermissionError(f"{event} is not allowed while a checkpoint is imported.")


def main(arguments: list[str]) -> int:
    memory_bytes, cpu_s, file_bytes = map(int, arguments[:3])
    confine_this_process(memory_bytes=memory_bytes, cpu_s=cpu_s, file_bytes=file_bytes)
    # Imported under the limits already: torch reads what a stranger wrote.
    from modeling.__main__ import main as run_command

    return run_command(["import", *arguments[3:]])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
