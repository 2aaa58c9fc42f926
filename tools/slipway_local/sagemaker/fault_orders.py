"""Faults as JSON: reading an order, showing it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, get_args

from slipway_local.sagemaker.errors import LostHow
from slipway_local.sagemaker.faults import CALL_KINDS, CAN_BE_UNSEEN, Fault, Kind

KINDS: tuple[str, ...] = get_args(Kind)
# JSON name, attribute, least value.
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
    for name, attribute, least in _NUMBERS:
        if name in order:
            setattr(fault, attribute, whole_number(name, order[name], least))
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


def whole_number(name: str, value: object, least: int) -> int:
    """Return an integer of at least `least`."""
    if type(value) is not int or value < least:
        raise InvalidOrder(f"{name} must be a whole number of {least} or more; it is {value!r}.")
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
