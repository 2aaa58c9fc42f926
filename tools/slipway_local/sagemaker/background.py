"""Work that goes on after a call has been answered."""

from __future__ import annotations

import threading
from collections.abc import Callable

Job = Callable[[], None]
Executor = Callable[[Job], None]


def in_thread(job: Job) -> None:
    """Run a job in a thread of its own, which does not keep the process alive.

    A thread for each job, because jobs mostly wait: in a small pool they would wait for each other too.
    """
    threading.Thread(target=job, name="sagemaker", daemon=True).start()
