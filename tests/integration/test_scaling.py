"""On the real stack: an endpoint is scaled, and stays so."""

from __future__ import annotations

from typing import Any

from tests.integration import archives
from tests.integration.control import force_status
from tests.integration.deployments import Account, endpoint_name, wait_for

HOSTING = {"InstanceType": "ml.m5.large"}
BOUNDS = {"MinCapacity": 2, "MaxCapacity": 6, "TargetInvocationsPerInstance": 600}


def targets(account: Account, name: str) -> list[dict[str, Any]]:
    """Return the scalable targets of an endpoint."""
    client = account.client("application-autoscaling")
    resources = [f"endpoint/{name}/variant/AllTraffic"]
    return list(
        client.describe_scalable_targets(ServiceNamespace="sagemaker", ResourceIds=resources)["ScalableTargets"]
    )


def desired(account: Account, name: str) -> int:
    """Return how many instances an endpoint that is InService is to have."""

    def in_service() -> dict[str, Any] | None:
        found: dict[str, Any] = account.sagemaker.describe_endpoint(EndpointName=name)
        return found if found["EndpointStatus"] == "InService" else None

    return int(wait_for(in_service)["ProductionVariants"][0]["DesiredInstanceCount"])


def test_an_endpoint_is_scaled_and_an_update_keeps_its_size(account: Account) -> None:
    name = endpoint_name("scaled")
    request = {"EndpointName": name, "Framework": "mxnet", **HOSTING}
    first, second = (
        account.upload(f"elsewhere/{name}/{factor}.tar.gz", archives.answering(factor)) for factor in (2, 3)
    )
    account.deploy({**request, "ModelDataUrl": first, "AutoScaling": BOUNDS})
    (target,) = targets(account, name)
    assert (target["MinCapacity"], target["MaxCapacity"], desired(account, name)) == (2, 6, 2)
    account.sagemaker.update_endpoint_weights_and_capacities(
        EndpointName=name, DesiredWeightsAndCapacities=[{"VariantName": "AllTraffic", "DesiredInstanceCount": 5}]
    )
    assert desired(account, name) == 5

    output = account.deploy({**request, "ModelDataUrl": second})

    assert output["Outcome"] == "Updated"
    assert (desired(account, name), account.invoke(name, [1])["factor"]) == (5, 3)
    assert len(targets(account, name)) == 1
    # A Failed endpoint in the way is cleared away, and what is made in its place does not inherit its scaling.
    force_status(account, name, "Failed")
    assert account.deploy({**request, "ModelDataUrl": first})["Outcome"] == "Created"
    assert targets(account, name) == []
