"""Ordered faults: which calls and which deployments go wrong next, and their JSON form.

Call faults are taken at one place, `SageMaker.call`; hosting faults in another, `Deployments`. What a fault says is in
`texts`.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

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


KINDS: tuple[str, ...] = get_args(Kind)
# JSON name, attribute, minimum value.
_NUMBERS = (("Count", "count", 1), ("Skip", "skip", 0), ("Reads", "reads", 1))
_TEXTS = (("EndpointName", "endpoint_name"), ("InstanceType", "instance_type"), ("Message", "message"))
_FIELDS = ("Fault", "Operation", "How", *(f[0] for f in _NUMBERS), *(f[0] for f in _TEXTS))


class InvalidOrder(ValueError):
    """An order, or a setting, that makes no sense; the message says what to write instead."""


def read_order(order: object, operations: Collection[str], others: Collection[str] = ()) -> Fault:
    """Return the fault that a JSON object orders, of SageMaker's operations or of `others`. Raises `InvalidOrder`."""
    if not isinstance(order, dict):
        raise InvalidOrder("An order must be a JSON object.")
    known_fields(order, _FIELDS)
    fault = Fault(kind=one_of("Fault", order.get("Fault"), KINDS))
    if "Operation" in order:
        fault.operation = one_of("Operation", order["Operation"], [*operations, *others])
    if "How" in order:
        fault.how = one_of("How", order["How"], get_args(LostHow))
    for name, attribute, minimum in _NUMBERS:
        if name in order:
            setattr(fault, attribute, whole_number(name, order[name], minimum))
    for name, attribute in _TEXTS:
        if name in order:
            setattr(fault, attribute, text(name, order[name]))
    _refuse_useless(fault, others)
    return fault


def _refuse_useless(fault: Fault, others: Collection[str]) -> None:
    """Refuse what would never match, because a test that relies on it would pass for the wrong reason."""
    calls = {*CALL_KINDS, "EventuallyConsistent", "PartialData"}
    if fault.operation and fault.kind not in calls:
        raise InvalidOrder(f"{fault.kind} happens while hosting and has no Operation.")
    if fault.instance_type and fault.kind not in {"NoCapacity", "PingFailed"}:
        raise InvalidOrder(f"{fault.kind} has no InstanceType; NoCapacity and PingFailed have.")
    if fault.kind == "ResourceLimitExceeded" and fault.operation in others:
        raise InvalidOrder("ResourceLimitExceeded concerns SageMaker's own operations.")
    if fault.kind == "PartialData" and fault.operation not in (None, "GetMetricData"):
        raise InvalidOrder("PartialData concerns GetMetricData.")
    if fault.kind == "EventuallyConsistent" and fault.operation not in (None, *CAN_BE_UNSEEN):
        raise InvalidOrder(f"EventuallyConsistent concerns {', '.join(CAN_BE_UNSEEN)}.")


def show_order(fault: Fault) -> dict[str, Any]:
    """Return an open order as JSON, with what is left of its counts."""
    shown = {
        "Id": fault.fault_id,
        "Fault": fault.kind,
        "Operation": fault.operation,
        "EndpointName": fault.endpoint_name,
        "InstanceType": fault.instance_type,
        "Count": fault.count,
        "Skip": fault.skip,
        "Reads": fault.reads if fault.kind == "EventuallyConsistent" else None,
        "How": fault.how if fault.kind == "ResponseLost" else None,
        "Message": fault.message,
    }
    return {name: value for name, value in shown.items() if value is not None}


def known_fields(order: Mapping[str, object], known: Collection[str]) -> None:
    """Refuse a field that does not exist."""
    for name in order:
        one_of("field", name, known)


def one_of(name: str, value: object, allowed: Collection[str]) -> Any:
    """Return a value that must be among others."""
    if not isinstance(value, str) or value not in allowed:
        raise InvalidOrder(f"{name} must be one of {', '.join(allowed)}; it is {value!r}.")
    return value


def whole_number(name: str, value: object, minimum: int) -> int:
    """Return an integer of at least `minimum`."""
    if type(value) is not int or value < minimum:
        raise InvalidOrder(f"{name} must be a whole number of {minimum} or more; it is {value!r}.")
    return value


def seconds(name: str, value: object) -> float:
    """Return a number of 0 or more."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < float("inf"):
        raise InvalidOrder(f"{name} must be a number of 0 or more; it is {value!r}.")
    return float(value)


def text(name: str, value: object) -> str:
    """Return a string that is not empty."""
    if not isinstance(value, str) or not value:
        raise InvalidOrder(f"{name} must be a text; it is {value!r}.")
    return value
