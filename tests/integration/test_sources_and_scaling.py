"""On the real stack: a training job and a model package become endpoints; an endpoint is scaled, and stays so."""

from __future__ import annotations

from typing import Any

from tests.integration import archives
from tests.integration.control import force_status, register_training_job
from tests.integration.deployments import Account, endpoint_name, wait_for
from tests.integration.examples import IMAGE, SCRIPT_MODE

HOSTING = {"InstanceType": "ml.m5.large"}
BOUNDS = {"MinCapacity": 2, "MaxCapacity": 6, "TargetInvocationsPerInstance": 600}
NOTHING: dict[str, list[str]] = {"Models": [], "EndpointConfigs": [], "Endpoints": []}


def trained(account: Account, name: str, factor: int) -> None:
    """Register a training job of this name that left a model."""
    uri = account.upload(f"jobs/{name}/output/model.tar.gz", archives.answering(factor))
    register_training_job(account, name, uri, IMAGE)


def registered(account: Account, name: str, factor: int) -> str:
    """Register a version of a model in a group of this name; return its ARN."""
    uri = account.upload(f"registry/{name}/model.tar.gz", archives.answering(factor))
    account.sagemaker.create_model_package_group(ModelPackageGroupName=name)
    container = {"Image": IMAGE, "ModelDataUrl": uri, "Environment": SCRIPT_MODE}
    made = account.sagemaker.create_model_package(
        ModelPackageGroupName=name, InferenceSpecification={"Containers": [container]}
    )
    return str(made["ModelPackageArn"])


def targets(account: Account, name: str) -> list[dict[str, Any]]:
    """Return the scalable targets of an endpoint."""
    client = account.stack.client("application-autoscaling")
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


def test_a_training_job_becomes_an_endpoint_that_answers(account: Account) -> None:
    name = endpoint_name("trained")
    trained(account, name, 13)

    output = account.deploy({"EndpointName": name, "TrainingJobName": name, **HOSTING})

    assert (output["Outcome"], output["ImageUri"]) == ("Created", IMAGE)
    assert account.invoke(name, [1, 2])["sum"] == 39


def test_a_version_is_deployed_once_it_is_approved_and_not_before(account: Account) -> None:
    name = endpoint_name("registered")
    arn = registered(account, name, 17)
    request = {"EndpointName": name, "ModelPackageArn": arn, **HOSTING}

    refused = account.run(request)
    made = account.made_for(name)
    account.sagemaker.update_model_package(ModelPackageArn=arn, ModelApprovalStatus="Approved")
    output = account.deploy(request)

    assert (refused.error, made) == ("ModelPackageNotApproved", NOTHING)
    assert output["Outcome"] == "Created"
    model = account.sagemaker.describe_model(ModelName=output["ModelName"])
    assert model["PrimaryContainer"] == {"ModelPackageName": arn}
    assert account.invoke(name, [1, 2])["sum"] == 51


def test_an_endpoint_is_scaled_and_an_update_keeps_its_size(account: Account) -> None:
    name = endpoint_name("scaled")
    request = {"EndpointName": name, "Framework": "sklearn", "FrameworkVersion": "1.2-1", **HOSTING}
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
