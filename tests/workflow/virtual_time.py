"""Time that passes only when nothing else can happen, and background work that waits in it.

A job runs in a thread of its own, but never beside anything else: it has the baton until it sleeps or ends.
"""

from __future__ import annotations

import heapq
import itertools
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

START = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)
HANG = 120.0  # real seconds after which a job that keeps the baton is a bug

Job = Callable[[], None]


class Baton:
    """One job's turn: the scheduler hands it over and waits until it comes back."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._go = threading.Semaphore(0)
        self._back = threading.Semaphore(0)
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="background", daemon=True)

    def resume(self) -> None:
        """Let the job run until it sleeps or ends; raise what it raised."""
        if self._thread.ident is None:
            self._thread.start()
        self._go.release()
        assert self._back.acquire(timeout=HANG), "a background job neither slept nor ended"
        if self._error:
            raise self._error

    def park(self) -> None:
        """Give the baton back and wait for the next turn; the job's own thread calls this."""
        self._back.release()
        self._go.acquire()

    @property
    def is_mine(self) -> bool:
        """Say whether this job's thread is the one that asks."""
        return threading.current_thread() is self._thread

    def _run(self) -> None:
        self._go.acquire()
        try:
            self._job()
        except BaseException as error:  # noqa: BLE001 - it belongs to the test, not to the thread
            self._error = error
        finally:
            self._back.release()


class VirtualTime:
    """`ScalableClock` and executor of the local SageMaker, and the clock of everything else."""

    def __init__(self, start: datetime = START) -> None:
        self.scale = 1.0
        self._now = start
        self._order = itertools.count()
        self._due: list[tuple[datetime, int, Baton]] = []
        self._running: Baton | None = None

    def now(self) -> datetime:
        """Return the present."""
        return self._now

    def sleep(self, seconds: float) -> None:
        """Let a background job wait."""
        baton = self._running
        assert baton is not None, "only background jobs wait"
        assert baton.is_mine, "only background jobs wait"
        self._schedule(baton, seconds)
        baton.park()

    def submit(self, job: Job) -> None:
        """Start a job as soon as its caller has come to rest: the executor of the local SageMaker."""
        self._schedule(Baton(job), 0.0)

    @property
    def next_due(self) -> datetime | None:
        """The instant at which a background job goes on, if any waits."""
        return self._due[0][0] if self._due else None

    def advance(self, until: datetime) -> None:
        """Let time pass, and with it every job that becomes due."""
        while self._due and self._due[0][0] <= until:
            self._now, _, baton = heapq.heappop(self._due)
            self._running = baton
            baton.resume()
            self._running = None
        self._now = max(self._now, until)

    def pass_(self, seconds: float) -> None:
        """Let some seconds pass."""
        self.advance(self._now + timedelta(seconds=seconds))

    def drain(self) -> None:
        """Let time pass until no job waits: nothing may outlive its world."""
        while self._due:
            self.advance(self._due[0][0])

    def _schedule(self, baton: Baton, seconds: float) -> None:
        due = self._now + timedelta(seconds=max(0.0, seconds))
        heapq.heappush(self._due, (due, next(self._order), baton))
