"""Makes an endpoint of the local stack older, so that idle cleanup can be seen without waiting.

The endpoint is created and changed so much earlier, and its instances have reported every minute since. Invocations
keep their times: an endpoint that was called a moment ago is not idle.
"""

from __future__ import annotations

import json
from http import HTTPStatus
from http.client import HTTPConnection
from urllib.parse import urlsplit

from slipway_local.stack.errors import StackError

TIMEOUT = 30.0


def advance_time(endpoint_url: str, endpoint_name: str, minutes: int) -> None:
    """Make an endpoint of the engine at this address that is InService so many minutes older. Raises `StackError`."""
    # http.client heeds no proxy that the environment names.
    connection = HTTPConnection(urlsplit(endpoint_url).netloc, timeout=TIMEOUT)
    try:
        path = f"/_slipway/sagemaker/endpoints/{endpoint_name}"
        connection.request("PUT", path, json.dumps({"AgeMinutes": minutes}))
        answer = connection.getresponse()
        text = answer.read().decode()
    finally:
        connection.close()
    if answer.status != HTTPStatus.OK:
        raise StackError(f"The local SageMaker did not make {endpoint_name} older: {text}")
