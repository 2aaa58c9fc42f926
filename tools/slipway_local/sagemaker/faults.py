"""Misbehaviour that was ordered: which calls and which deployments go wrong next, and how.

Call faults are taken at one place, `SageMaker.call`; hosting faults in another, `Deployments`. Which orders make
sense is in `fault_orders`, what a fault says in `fault_texts`.
"""

from __future__ import annotations

import itertools
import threading
from dataclasses import dataclass
from typing import Literal

from slipway_local.sagemaker.errors import LostHow

Kind = Literal[
    "Throttle", "InternalFailure", "ResponseLost", "AccessDenied", "ResourceLimitExceeded", "EventuallyConsistent",
    "NoCapacity", "PingFailed", "StuckCreating", "SilentRollback", "PartialData",
]  # fmt: skip
CALL_KINDS: tuple[Kind, ...] = (
    "Throttle", "InternalFailure", "ResponseLost", "AccessDenied", "ResourceLimitExceeded",
)  # fmt: skip
# What later calls of a deployment read; EventuallyConsistent hides it from them for a while.
CAN_BE_UNSEEN = ("CreateModel", "CreateEndpointConfig", "CreateEndpoint")


@dataclass
class Fault:
    """One order: after `skip` matching occasions, the next `count` go wrong.

    `operation`, `endpoint_name` and `instance_type` narrow what matches; None matches all. `reads` is for
    EventuallyConsistent: how many reads of the thing just created say that it does not exist. `how` is for
    ResponseLost. `message` replaces AWS's text.
    """

    kind: Kind
    operation: str | None = None
    endpoint_name: str | None = None
    instance_type: str | None = None
    count: int = 1
    skip: int = 0
    reads: int = 1
    how: LostHow = "InternalFailure"
    message: str | None = None
    fault_id: int = 0

    def concerns(self, operation: str | None, endpoint_name: str | None, instance_type: str | None) -> bool:
        """Say whether an occasion matches."""
        return (
            self.operation in (None, operation)
            and self.endpoint_name in (None, endpoint_name)
            and self.instance_type in (None, instance_type)
        )


class Faults:
    """The orders that are still open, oldest first; thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._open: list[Fault] = []
        self._ids = itertools.count(1)

    def order(self, fault: Fault) -> Fault:
        """Add an order and return it with its id."""
        with self._lock:
            fault.fault_id = next(self._ids)
            self._open.append(fault)
            return fault

    def open(self) -> list[Fault]:
        """Return the orders that have not run out."""
        with self._lock:
            return list(self._open)

    def clear(self, fault_id: int | None = None) -> int:
        """Withdraw one order, or all; return how many there were."""
        with self._lock:
            kept = [f for f in self._open if fault_id is not None and f.fault_id != fault_id]
            withdrawn = len(self._open) - len(kept)
            self._open = kept
            return withdrawn

    def take(
        self,
        *kinds: Kind,
        operation: str | None = None,
        endpoint_name: str | None = None,
        instance_type: str | None = None,
        named: bool = False,
    ) -> Fault | None:
        """Return the oldest order that fits this occasion and count it down, or None.

        An older order that fits and still skips counts this occasion as skipped, and the next one is asked. With
        `named`, only orders that name the operation fit: calls of other services than SageMaker's are not meant by
        an order that names none.
        """
        with self._lock:
            for fault in list(self._open):
                if fault.kind not in kinds or not fault.concerns(operation, endpoint_name, instance_type):
                    continue
                if named and fault.operation is None:
                    continue
                if fault.skip > 0:
                    fault.skip -= 1
                    continue
                self._count_down(fault)
                return fault
            return None

    def _count_down(self, fault: Fault) -> None:
        fault.count -= 1
        if fault.count == 0:
            self._open.remove(fault)
