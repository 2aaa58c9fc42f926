"""What the handlers of the HTTP API share: they take an HTTP request's path parameters and answer in JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import cache, wraps
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from slipway.bootstrap import Services, services
from slipway.errors import NotFound, NotYet, SlipwayError
from slipway.observability import count, logger, tracer

Parameters = Mapping[str, str]
Step = Callable[[Parameters, Services], Mapping[str, Any]]
Answer = dict[str, Any]
Handler = Callable[[Mapping[str, Any], LambdaContext], Answer]

OK, REFUSED, MISSING, NOT_YET = 200, 400, 404, 503

_services = cache(services)


def answering(step: Step, services: Callable[[], Services] = _services) -> Handler:
    """Make a Lambda handler of a step of the HTTP API: API Gateway's payload format 2.0 in, status and JSON out.

    A `SlipwayError` becomes an answer with its name and sentence. Anything else is a bug: it is counted as a crash and
    leaves with its traceback, which API Gateway answers with 500. `inspect.unwrap` gives the step back.
    """

    @logger.inject_lambda_context(clear_state=True)
    @wraps(step)
    def handler(request: Mapping[str, Any], _context: LambdaContext) -> Answer:
        try:
            return _answer(OK, step(request["pathParameters"], services()))
        except SlipwayError as error:
            name = type(error).__name__
            logger.warning("%s: %s", name, error)
            return _answer(_status_of(error), {"Error": name, "Message": str(error)})
        except Exception:
            count("Crashes")
            raise

    traced: Handler = tracer.capture_lambda_handler(handler, capture_response=False)
    return traced


def _status_of(error: SlipwayError) -> int:
    if isinstance(error, NotFound):
        return MISSING
    return NOT_YET if isinstance(error, NotYet) else REFUSED


def _answer(status: int, body: Mapping[str, Any]) -> Answer:
    return {"statusCode": status, "headers": {"Content-Type": "application/json"}, "body": json.dumps(body)}
