"""The control route of the local SageMaker."""

from __future__ import annotations

import json
import urllib.request

from tests.integration.deployments import Account


def order(account: Account, **fault: object) -> None:
    """Order a fault, for example `order(account, Fault="NoCapacity", EndpointName=name)`."""
    request = urllib.request.Request(
        f"{account.description.endpoint_url}/_slipway/sagemaker/faults",
        data=json.dumps(fault).encode(),
        method="POST",
    )
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=10) as answer:
        assert answer.status in (200, 201)
