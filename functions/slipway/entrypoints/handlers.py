"""The Lambda handlers' shared wrapper, in four shapes: a state of the workflow, an HTTP request, an event, a schedule.

Every shape builds the services once per environment, writes the log line of the call, and counts an unexpected
exception as a crash and raises it with its traceback. `inspect.unwrap` returns the undecorated function.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from functools import cache, wraps
from typing import Any, Protocol

from aws_lambda_powertools.utilities.typing import LambdaContext

from slipway.deployment.measurement import Measurement
from slipway.entrypoints.bootstrap import Services, services
from slipway.entrypoints.observability import count, logger, measure
from slipway.errors import NotFound, NotVisibleYet, NotYet, SlipwayError

Request = Mapping[str, Any]
Parameters = Mapping[str, str]
Event = Mapping[str, Any]
Answer = dict[str, Any]
Seconds = Callable[[], float]
Handler = Callable[[Mapping[str, Any], LambdaContext], Any]

OK, REFUSED, MISSING, NOT_YET = 200, 400, 404, 503

_services = cache(services)


class Run(Protocol):
    """One scheduled run: calling it returns its report."""

    def __call__(self) -> dict[str, Any]:
        """Run."""

    def measurements(self) -> list[Measurement]:
        """Return the metrics of the run."""


def task_handler(step: Callable[[Request, Services], Any], services: Callable[[], Services] = _services) -> Handler:
    """Handle a Task state. A `SlipwayError` is counted under its class name, which the state machine matches."""

    def handle(request: Request, _context: LambdaContext) -> Any:
        logger.append_keys(execution=request["Execution"]["Id"], state=request["State"])
        try:
            result = run_step(step, request, services())
        except SlipwayError as error:
            name = type(error).__name__
            logger.warning("%s: %s", name, error)
            count("NotYet" if isinstance(error, NotYet) else "Refused", State=request["State"], Error=name)
            raise
        logger.info("done")
        return result

    return _wrapped(step, handle, counted=SlipwayError)


def http_handler(
    step: Callable[[Parameters, Services], Mapping[str, Any]], services: Callable[[], Services] = _services
) -> Handler:
    """Handle an HTTP request in API Gateway's payload format 2.0: path parameters in, status and JSON out.

    A `SlipwayError` is answered with its name and message; API Gateway answers a crash with 500.
    """

    def handle(request: Request, _context: LambdaContext) -> Answer:
        try:
            return _answer(OK, step(request["pathParameters"], services()))
        except SlipwayError as error:
            name = type(error).__name__
            logger.warning("%s: %s", name, error)
            return _answer(_status_of(error), {"Error": name, "Message": str(error)})

    return _wrapped(step, handle)


def event_handler(
    step: Callable[[Event, Services], list[Measurement]], services: Callable[[], Services] = _services
) -> Handler:
    """Handle an EventBridge event by publishing what the step measured. Lambda retries an event whose handler fails."""

    def handle(event: Event, _context: LambdaContext) -> None:
        measurements = step(event, services())
        _publish(measurements)
        logger.info("recorded", extra={"measurements": [one._asdict() for one in measurements]})

    return _wrapped(step, handle)


def schedule_handler(
    begin: Callable[[Services, Seconds], Run], services: Callable[[], Services] = _services
) -> Handler:
    """Handle a schedule: give the run the remaining seconds, log its report, publish its metrics."""

    def handle(_event: Event, context: LambdaContext) -> dict[str, Any]:
        run = begin(services(), lambda: context.get_remaining_time_in_millis() / 1000)
        report = run()
        _publish(run.measurements())
        logger.info("report", extra={"report": report})
        return report

    return _wrapped(begin, handle)


def run_step(step: Callable[[Request, Services], Any], request: Request, services: Services) -> Any:
    """Return a step's result. Raises what the step raises.

    A `NotFound` that the step does not catch becomes `NotVisibleYet`, which every state retries: what one call has
    read was not visible to the next one, or another execution has deleted it meanwhile.
    """
    try:
        return step(request, services)
    except NotFound as gone:
        raise NotVisibleYet(str(gone)) from gone


def _wrapped(step: Callable[..., Any], handle: Handler, counted: type[Exception] | tuple[()] = ()) -> Handler:
    @logger.inject_lambda_context(clear_state=True)
    @wraps(step)
    def handler(event: Mapping[str, Any], context: LambdaContext) -> Any:
        try:
            return handle(event, context)
        except counted:
            raise
        except Exception:
            count("Crashes")
            raise

    return handler


def _publish(measurements: Iterable[Measurement]) -> None:
    for name, unit, value, dimensions in measurements:
        measure(name, unit, value, **dimensions)


def _status_of(error: SlipwayError) -> int:
    if isinstance(error, NotFound):
        return MISSING
    return NOT_YET if isinstance(error, NotYet) else REFUSED


def _answer(status: int, body: Mapping[str, Any]) -> Answer:
    return {"statusCode": status, "headers": {"Content-Type": "application/json"}, "body": json.dumps(body)}
