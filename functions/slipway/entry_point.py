"""What every handler shares: services built once, a log line and a trace for each call, errors counted by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache, wraps
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from slipway.bootstrap import Services, services
from slipway.errors import NotYet, SlipwayError
from slipway.observability import count, logger, tracer

Request = Mapping[str, Any]
Step = Callable[[Request, Services], Any]
Handler = Callable[[Request, LambdaContext], Any]

_services = cache(services)


def entry_point(step: Step, services: Callable[[], Services] = _services) -> Handler:
    """Make a Lambda handler of a state's step.

    A `SlipwayError` is logged and counted under its class name and raised again: the name is what the state machine
    matches. Anything else is a bug: it is counted as a crash and leaves with its traceback. `inspect.unwrap` gives the
    step back.
    """

    @logger.inject_lambda_context(clear_state=True)
    @wraps(step)
    def handler(request: Request, _context: LambdaContext) -> Any:
        logger.append_keys(execution=request["Execution"]["Id"], state=request["State"])
        try:
            result = step(request, services())
        except SlipwayError as error:
            _report(error, request["State"])
            raise
        except Exception:
            count("Crashes")
            raise
        logger.info("done")
        return result

    traced: Handler = tracer.capture_lambda_handler(handler, capture_response=False)
    return traced


def _report(error: SlipwayError, state: str) -> None:
    name = type(error).__name__
    kind = "NotYet" if isinstance(error, NotYet) else "Refused"
    logger.warning("%s: %s", name, error)
    count(kind, State=state, Error=name)
