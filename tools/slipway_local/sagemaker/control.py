"""The control route: ordering faults and changing settings while the engine runs.

    GET    /_slipway/sagemaker/faults            the open orders, and the endpoints that are stuck
    POST   /_slipway/sagemaker/faults            add one order, or a list of them
    DELETE /_slipway/sagemaker/faults            withdraw all; stuck endpoints go on
    DELETE /_slipway/sagemaker/faults/<Id>       withdraw one
    GET    /_slipway/sagemaker/settings          CreationSeconds, ChangeSeconds, ClockScale, ScheduleScale,
                                                 InstanceLimits
    PUT    /_slipway/sagemaker/settings          change some of them
    PUT    /_slipway/sagemaker/endpoints/<name>  {"EndpointStatus": ...}: any status, as maintenance would
                                                 {"AgeMinutes": 60}: created and changed so much
                                                 earlier, with the metrics of idle instances since
    PUT    /_slipway/sagemaker/training-jobs/<name>  register a job that was trained elsewhere: what
                                                 DescribeTrainingJob is to answer; nothing is trained here
    POST   /_slipway/sagemaker/schedules         {"Until": "2026-11-02T08:00:00+01:00"}: run the scheduled
                                                 actions of Application Auto Scaling that are due until then

It has no authentication: the server that mounts it must bind to loopback only.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, get_args

from slipway_local.sagemaker.errors import SageMakerError
from slipway_local.sagemaker.faults.orders import (
    InvalidOrder,
    known_fields,
    one_of,
    read_order,
    seconds,
    show_order,
    whole_number,
)
from slipway_local.sagemaker.models import EndpointStatus
from slipway_local.sagemaker.provider import SageMaker

PREFIX = "/_slipway/sagemaker/"
SETTINGS = ("CreationSeconds", "ChangeSeconds", "ClockScale", "ScheduleScale", "InstanceLimits")
Response = tuple[int, dict[str, str], bytes]
Handler = Callable[[str, Any], tuple[int, dict[str, Any]]]


class Control:
    """Answers the control route for one local SageMaker.

    `other_operations` are those of other services whose faults are ordered here too. `backfill` publishes the metrics
    of an endpoint for the minutes by which it is made older. `run_schedules` runs scheduled actions of scaling.
    """

    def __init__(
        self,
        sagemaker: SageMaker,
        other_operations: Sequence[str] = (),
        backfill: Callable[[str, int], None] = lambda _endpoint, _minutes: None,
        run_schedules: Callable[[datetime], list[str]] = lambda _until: [],
    ) -> None:
        self._sagemaker = sagemaker
        self._other_operations = other_operations
        self._backfill = backfill
        self._schedules = run_schedules
        self._handlers: dict[tuple[str, str], Handler] = {
            ("GET", "faults"): self._list_faults,
            ("POST", "faults"): self._order_faults,
            ("DELETE", "faults"): self._withdraw_faults,
            ("GET", "settings"): self._show_settings,
            ("PUT", "settings"): self._change_settings,
            ("PUT", "endpoints"): self._change_endpoint,
            ("PUT", "training-jobs"): self._register_training_job,
            ("POST", "schedules"): self._run_schedules,
        }

    async def handle_control(self, method: str, path: str, body: bytes) -> Response:
        """Answer one request. Errors are `{"__type": code, "message": text}`."""
        return await asyncio.to_thread(self.answer, method, path, body)

    def answer(self, method: str, path: str, body: bytes) -> Response:
        """Answer one request; blocks."""
        section, _, rest = path.removeprefix(PREFIX).strip("/").partition("/")
        try:
            handler = self._handler(method, section)
            status, answer = handler(rest, _json(body))
        except InvalidOrder as error:
            status, answer = 400, _error("InvalidOrder", str(error))
        except SageMakerError as error:
            status, answer = error.status, _error(error.code, error.message)
        return status, {"Content-Type": "application/json"}, json.dumps(answer).encode()

    def _handler(self, method: str, section: str) -> Handler:
        allowed = [verb for verb, name in self._handlers if name == section]
        if not allowed:
            sections = sorted({name for _, name in self._handlers})
            text = f'There is no "{section}" under {PREFIX}; there are {", ".join(sections)}.'
            raise SageMakerError("NotFound", text, 404)
        if method not in allowed:
            text = f"{PREFIX}{section} answers {', '.join(allowed)}, not {method}."
            raise SageMakerError("MethodNotAllowed", text, 405)
        return self._handlers[method, section]

    def _list_faults(self, _rest: str, _body: Any) -> tuple[int, dict[str, Any]]:
        orders = [show_order(fault) for fault in self._sagemaker.faults.open()]
        return 200, {"Faults": orders, "StuckEndpoints": self._sagemaker.stuck()}

    def _order_faults(self, _rest: str, body: Any) -> tuple[int, dict[str, Any]]:
        orders = body if isinstance(body, list) else [body]
        faults = [read_order(order, self._sagemaker.operations, self._other_operations) for order in orders]
        return 201, {"Faults": [show_order(self._sagemaker.faults.order(fault)) for fault in faults]}

    def _withdraw_faults(self, rest: str, _body: Any) -> tuple[int, dict[str, Any]]:
        if not rest:
            return 200, {"Withdrawn": self._sagemaker.clear_faults()}
        withdrawn = self._sagemaker.faults.clear(int(rest)) if rest.isdecimal() else 0
        if not withdrawn:
            raise SageMakerError("NotFound", f'There is no open order "{rest}".', 404)
        return 200, {"Withdrawn": withdrawn}

    def _show_settings(self, _rest: str, _body: Any) -> tuple[int, dict[str, Any]]:
        settings = self._sagemaker.settings
        values = (
            settings.creation_seconds, settings.change_seconds, self._sagemaker.clock.scale, settings.schedule_scale,
            dict(settings.instance_limits),
        )  # fmt: skip
        return 200, dict(zip(SETTINGS, values, strict=True))

    def _change_settings(self, rest: str, body: Any) -> tuple[int, dict[str, Any]]:
        if not isinstance(body, dict):
            raise InvalidOrder("Settings must be a JSON object.")
        known_fields(body, SETTINGS)
        times = {name: seconds(name, body[name]) for name in SETTINGS[:4] if name in body}
        if times.get("ScheduleScale") == 0:
            raise InvalidOrder("ScheduleScale must be more than 0: at 0 every schedule is due at every tick.")
        settings = self._sagemaker.settings
        if "InstanceLimits" in body:
            settings.instance_limits = _limits(body["InstanceLimits"])
        settings.creation_seconds = times.get("CreationSeconds", settings.creation_seconds)
        settings.change_seconds = times.get("ChangeSeconds", settings.change_seconds)
        settings.schedule_scale = times.get("ScheduleScale", settings.schedule_scale)
        self._sagemaker.clock.scale = times.get("ClockScale", self._sagemaker.clock.scale)
        return self._show_settings(rest, body)

    def _change_endpoint(self, rest: str, body: Any) -> tuple[int, dict[str, Any]]:
        if isinstance(body, dict) and "AgeMinutes" in body:
            known_fields(body, ("AgeMinutes",))
            minutes = whole_number("AgeMinutes", body["AgeMinutes"], 1)
            self._sagemaker.backdate(rest, minutes)
            self._backfill(rest, minutes)
            return 200, {"EndpointName": rest, "AgeMinutes": minutes}
        status = body.get("EndpointStatus") if isinstance(body, dict) else None
        self._sagemaker.force_status(rest, one_of("EndpointStatus", status, get_args(EndpointStatus)))
        return 200, {"EndpointName": rest, "EndpointStatus": status}

    def _run_schedules(self, _rest: str, body: Any) -> tuple[int, dict[str, Any]]:
        try:
            until = datetime.fromisoformat(body["Until"])
        except (TypeError, KeyError, ValueError):
            raise InvalidOrder('Write for example {"Until": "2026-11-02T08:00:00+01:00"}.') from None
        if until.tzinfo is None:
            raise InvalidOrder("Until must have the offset from UTC: write for example 2026-11-02T08:00:00+01:00.")
        return 200, {"Ran": self._schedules(until)}

    def _register_training_job(self, rest: str, body: Any) -> tuple[int, dict[str, Any]]:
        if not isinstance(body, dict):
            raise InvalidOrder("A training job must be a JSON object: what DescribeTrainingJob is to answer.")
        return 201, self._sagemaker.register_training_job(rest, body)


def _limits(value: Any) -> dict[str, int]:
    if not isinstance(value, dict):
        raise InvalidOrder("InstanceLimits must map instance types to numbers.")
    return {name: whole_number(f"InstanceLimits.{name}", limit, 0) for name, limit in value.items()}


def _json(body: bytes) -> Any:
    try:
        return json.loads(body or b"null")
    except (ValueError, RecursionError) as error:
        raise InvalidOrder(f"The request is not JSON: {error}") from error


def _error(code: str, message: str) -> dict[str, str]:
    return {"__type": code, "message": message}
