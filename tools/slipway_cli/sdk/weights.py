"""Shift traffic between the variants of an endpoint, without a deployment and without a new configuration."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from slipway.aws.errors import aws_errors
from slipway_cli.sdk.errors import ClientError
from slipway_cli.sdk.target import Target

POLL = 5.0  # seconds
TIMEOUT = 900.0  # seconds: no instance is started or stopped
ALL = 100.0


class WeightsRefused(ClientError):
    """The shares are not those of the endpoint's variants, or not 100 percent together."""


class ShiftUnfinished(ClientError):
    """SageMaker has not finished changing the weights."""


def shift(target: Target, endpoint_name: str, wanted: Mapping[str, float]) -> dict[str, float]:
    """Give some variants of an endpoint their share of the requests in percent; return that of every variant.

    The others share what is left, as they did before. Raises `WeightsRefused`, and what SageMaker refuses.
    """
    client = target.client("sagemaker")
    with aws_errors():
        endpoint = client.describe_endpoint(EndpointName=endpoint_name)
        weights = shares({one["VariantName"]: one["DesiredWeight"] for one in endpoint["ProductionVariants"]}, wanted)
        client.update_endpoint_weights_and_capacities(
            EndpointName=endpoint_name,
            DesiredWeightsAndCapacities=[
                {"VariantName": name, "DesiredWeight": weight} for name, weight in weights.items()
            ],
        )
    return weights


def wait_for_shift(target: Target, endpoint_name: str, sleep: Callable[[float], object] = time.sleep) -> None:
    """Wait until an endpoint distributes requests by the new weights. Raises `ShiftUnfinished`."""
    client, pause = target.client("sagemaker"), target.pause(POLL)
    for _ in range(int(TIMEOUT / pause)):
        with aws_errors():
            endpoint: Mapping[str, Any] = client.describe_endpoint(EndpointName=endpoint_name)
        if endpoint["EndpointStatus"] == "InService":
            return
        sleep(pause)
    raise ShiftUnfinished(
        f"{endpoint_name} is still {endpoint['EndpointStatus']} after {TIMEOUT:.0f} s: `aws sagemaker "
        f"describe-endpoint --endpoint-name {endpoint_name}` shows its weights."
    )


def shares(current: Mapping[str, float], wanted: Mapping[str, float]) -> dict[str, float]:
    """Return every variant's share in percent. Raises `WeightsRefused`."""
    unknown = next((name for name in wanted if name not in current), None)
    if unknown is not None:
        raise WeightsRefused(f"There is no variant {unknown}: the endpoint has {' and '.join(current)}.")
    left = ALL - sum(wanted.values())
    others = {name: weight for name, weight in current.items() if name not in wanted}
    if left < 0 or (left > 0 and not others):
        raise WeightsRefused(
            f"The shares are {ALL - left:g} percent together, but must be {'at most 100' if others else '100'}: write "
            f"for example {example(current)}."
        )
    total = sum(others.values())
    rest = {name: left * (weight / total if total else 1 / len(others)) for name, weight in others.items()}
    return {name: round(wanted.get(name, rest.get(name, 0.0)), 6) for name in current}


def example(names: Mapping[str, float]) -> str:
    """Return an option that the variants allow."""
    return f"--to {list(names)[-1]}={20 if len(names) > 1 else 100}"
