"""What the handlers of scheduled functions share: no execution has called them, and nobody waits for their answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache, wraps
from typing import Any, Protocol

from aws_lambda_powertools.utilities.typing import LambdaContext

from slipway.bootstrap import Services, services
from slipway.observability import count, logger, measure, tracer

Seconds = Callable[[], float]


class Run(Protocol):
    """One run: calling it returns a report; `measurements` are its metrics, (name, unit, value, dimensions) each."""

    def __call__(self) -> dict[str, Any]:
        """Run."""

    def measurements(self) -> list[Any]:
        """Return the metrics of the run."""


Begin = Callable[[Services, Seconds], Run]
Handler = Callable[[Mapping[str, Any], LambdaContext], dict[str, Any]]

_services = cache(services)


def scheduled(begin: Begin, services: Callable[[], Services] = _services) -> Handler:
    """Make a Lambda handler of what begins a run, given the seconds that the function has left: report it and measure.

    A bug is counted as a crash and leaves with its traceback. `inspect.unwrap` gives the run's beginning back.
    """

    @logger.inject_lambda_context(clear_state=True)
    @wraps(begin)
    def handler(_event: Mapping[str, Any], context: LambdaContext) -> dict[str, Any]:
        try:
            run = begin(services(), lambda: context.get_remaining_time_in_millis() / 1000)
            report = run()
        except Exception:
            count("Crashes")
            raise
        for name, unit, value, dimensions in run.measurements():
            measure(name, unit, value, **dimensions)
        logger.info("report", extra={"report": report})
        return report

    traced: Handler = tracer.capture_lambda_handler(handler, capture_response=False)
    return traced
