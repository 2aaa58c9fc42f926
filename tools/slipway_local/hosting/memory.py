"""How much memory a container gets, and how its process is held to it.

On AWS the kernel kills what outgrows the instance. Here the process is refused the memory: Python code sees a
MemoryError, whose traceback is in the log, and native code that does not expect it is ended by a signal, which the
log names.
"""

from __future__ import annotations

import resource
import sys
from collections.abc import Mapping
from contextlib import suppress

from slipway_local.ports import HostingFailed

# A variable of the model's Environment. Ours, not SageMaker's.
MEMORY_LIMIT = "SLIPWAY_CONTAINER_MEMORY_MIB"
MIB = 1 << 20
# The memory of ml.m5.large, the smallest type that models are usually hosted on (2026-11).
DEFAULT_MIB = 8192


def memory_limit(environment: Mapping[str, str], default_mib: int) -> int:
    """Return a container's memory in bytes: what its Environment names, in MiB, or else the default.

    Raises `HostingFailed` for a value that is no such number.
    """
    named = environment.get(MEMORY_LIMIT, str(default_mib))
    if not named.isdecimal() or int(named) == 0:
        raise HostingFailed(f'{MEMORY_LIMIT} of the model\'s Environment must be a number of MiB; it is "{named}".')
    return int(named) * MIB


def limit_memory(pid: int, limit: int) -> None:
    """Hold a process, and what it starts, to `limit` bytes each. Only Linux can; elsewhere nothing is limited.

    RLIMIT_DATA counts private writable memory, which is what a model fills. RLIMIT_AS would also count what
    OpenBLAS and the threads' arenas merely reserve, gigabytes that are never touched, and keep numpy from starting.
    """
    if sys.platform == "linux":
        with suppress(ProcessLookupError):  # it has ended already
            resource.prlimit(pid, resource.RLIMIT_DATA, (limit, limit))
