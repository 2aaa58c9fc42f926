"""What the handlers of functions share that events call: nobody waits for their answer, and events may come twice."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from slipway.domain.measurement import Measurement
from slipway.observability import count, logger, measure, tracer

Event = Mapping[str, Any]
Step = Callable[[Event], list[Measurement]]
Handler = Callable[[Event, LambdaContext], None]


def on_event(step: Step) -> Handler:
    """Make a Lambda handler of what an event has measured.

    A bug is counted and leaves with its traceback, so that Lambda tries again and keeps the event in the end.
    `inspect.unwrap` gives the step back.
    """

    @logger.inject_lambda_context(clear_state=True)
    @wraps(step)
    def handler(event: Event, _context: LambdaContext) -> None:
        try:
            measurements = step(event)
        except Exception:
            count("Crashes")
            raise
        for name, unit, value, dimensions in measurements:
            measure(name, unit, value, **dimensions)
        logger.info("recorded", extra={"measurements": [one._asdict() for one in measurements]})

    traced: Handler = tracer.capture_lambda_handler(handler, capture_response=False)
    return traced
