"""What a container's processes may use, other than memory. Only Linux can hold another process to it.

How many processes there may be is not limited: RLIMIT_NPROC counts all of the user's, whatever started them, so that
a bound low enough to mean anything would fail with the browser's tabs.
"""

from __future__ import annotations

import resource
import sys
from contextlib import suppress

MAX_OPEN_FILES = 4096
# The storage volume that SageMaker gives an endpoint where the model asks for none (see slipway.preflight.storage).
MAX_FILE = 30 << 30
LIMITS = {
    resource.RLIMIT_NOFILE: MAX_OPEN_FILES,
    resource.RLIMIT_FSIZE: MAX_FILE,
    resource.RLIMIT_CORE: 0,  # what a model held in memory does not end on the disk
}


def limit_resources(pid: int) -> None:
    """Hold a process, and what it starts, to the limits; one that is lower already stays."""
    if sys.platform != "linux":
        return
    for kind, limit in LIMITS.items():
        with suppress(ProcessLookupError):  # it has ended already
            hard = resource.prlimit(pid, kind)[1]
            least = limit if hard == resource.RLIM_INFINITY else min(limit, hard)
            resource.prlimit(pid, kind, (least, least))
