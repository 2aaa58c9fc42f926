"""Endpoints with several models, through the real template: each is hosted by processes of its own."""

from __future__ import annotations

import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from botocore.exceptions import ClientError

from slipway_cli.sdk.removal import Removal, Remover
from slipway_cli.sdk.weights import shift, wait_for_shift
from tests.fakes.archives import tar_gz
from tests.integration import archives
from tests.integration.deployments import Account, endpoint_name, wait_for

DOUBLING_CODE = """
import json

def model_fn(model_dir): ...

def input_fn(body, content_type):
    return json.loads(body)

def predict_fn(data, model):
    return [2 * value for value in data]

def output_fn(prediction, accept):
    return json.dumps(prediction), "application/json"
"""


def image(account: Account) -> str:
    """Return an image of the account's own, which the local stack serves with the inference toolkit."""
    return f"{account.description.account_id}.dkr.ecr.{account.description.region}.amazonaws.com/numbers:1.0"


def test_two_containers_answer_one_after_the_other_and_then_each_by_its_name(account: Account) -> None:
    name = endpoint_name("containers")
    sources = {
        "doubling": account.upload(
            f"mine/{name}/doubling.tar.gz", tar_gz({"code/inference.py": DOUBLING_CODE.encode()})
        ),
        "summing": account.upload(f"mine/{name}/summing.tar.gz", archives.answering(3)),
    }
    containers = [
        {"ContainerHostname": hostname, "ModelDataUrl": uri, "ImageUri": image(account)}
        for hostname, uri in sources.items()
    ]
    request = {"EndpointName": name, "Containers": containers, "InstanceType": "ml.m5.large"}

    serial = account.deploy(request)

    assert serial["Outcome"] == "Created"
    assert account.invoke(name, [1, 2]) == {"sum": 18, "factor": 3}

    direct = account.deploy(request | {"InferenceExecutionConfig": {"Mode": "Direct"}})

    assert direct["Outcome"] == "Updated"
    answered = {
        hostname: json.loads(
            account.runtime.invoke_endpoint(
                EndpointName=name, TargetContainerHostname=hostname, ContentType="application/json", Body=b"[1, 2]"
            )["Body"].read()
        )
        for hostname in sources
    }
    assert answered == {"doubling": [2, 4], "summing": {"sum": 9, "factor": 3}}
    with pytest.raises(ClientError, match="TargetContainerHostname is required"):
        account.invoke(name, [1, 2])
    account.delete(name)


def test_components_share_instances_and_one_is_updated_stopped_and_deleted_without_the_other(account: Account) -> None:
    name = endpoint_name("shared")

    def components(copies: int = 1, **factors: int) -> dict[str, object]:
        listed = [
            {
                "InferenceComponentName": f"{name}-{one}",
                "ModelDataUrl": account.upload(f"mine/{name}/{one}-{factor}.tar.gz", archives.answering(factor)),
                "ComputeResourceRequirements": {"MinMemoryRequiredInMb": 128},
                "CopyCount": copies if one == "b" else 1,
            }
            for one, factor in factors.items()
        ]
        hosting = {"ImageUri": image(account), "InstanceType": "ml.m5.xlarge"}
        return {"EndpointName": name, "InferenceComponents": listed, **hosting}

    def factor(component: str) -> int:
        answered = account.runtime.invoke_endpoint(
            EndpointName=name,
            InferenceComponentName=f"{name}-{component}",
            ContentType="application/json",
            Body=b"[1]",
        )
        return int(json.loads(answered["Body"].read())["factor"])

    created = account.deploy(components(a=2, b=3))
    assert (created["Outcome"], factor("a"), factor("b")) == ("Created", 2, 3)

    updated = account.deploy(components(a=2, b=5))
    assert (updated["Outcome"], factor("a"), factor("b")) == ("Updated", 2, 5)
    assert [one["Action"] for one in updated["InferenceComponents"]] == ["Unchanged", "Updated"]

    account.deploy(components(copies=0, a=2, b=5))
    with pytest.raises(ClientError, match="has no capacity"):
        factor("b")
    account.deploy(components(a=2, b=5))
    assert factor("b") == 5

    removed = account.deploy(components(a=2))
    assert f"InferenceComponent {name}-b" in removed["Removed"]
    assert list(
        Remover(account.target).remove(Removal(name, account.sagemaker.describe_endpoint(EndpointName=name), ()))
    ) == [
        f"InferenceComponent {name}-a",
        f"Endpoint {name}",
    ]


def shares(account: Account, name: str) -> Counter[str]:
    """Return which variant answered how many of 250 requests."""
    with ThreadPoolExecutor(8) as pool:
        answers = pool.map(
            lambda _: account.runtime.invoke_endpoint(EndpointName=name, ContentType="application/json", Body=b"[1]")[
                "InvokedProductionVariant"
            ],
            range(250),
        )
        return Counter(answers)


def test_a_model_is_added_to_a_multi_model_endpoint_by_uploading_it(account: Account) -> None:
    name = endpoint_name("many")
    side_file = {"Mode": "MultiModel", "ImageUri": image(account), "InstanceType": "ml.m5.large"}
    account.upload(f"models/{name}/deployment.json", json.dumps(side_file).encode())

    def answer(model: str) -> object:
        answered = account.runtime.invoke_endpoint(
            EndpointName=name, TargetModel=model, ContentType="application/json", Body=b"[1, 2]"
        )
        return json.loads(answered["Body"].read())

    account.upload(f"models/{name}/two.tar.gz", archives.answering(2))
    assert account.end_of_upload(f"models/{name}/two.tar.gz").output["Outcome"] == "Created"
    assert answer("two.tar.gz") == {"sum": 6, "factor": 2}
    with pytest.raises(ClientError, match=r"Failed to download model data .*three\.tar\.gz"):
        answer("three.tar.gz")

    account.upload(f"models/{name}/three.tar.gz", archives.answering(3))
    assert account.end_of_upload(f"models/{name}/three.tar.gz").output["Outcome"] == "AlreadyDeployed"
    assert [answer("three.tar.gz"), answer("two.tar.gz")] == [{"sum": 9, "factor": 3}, {"sum": 6, "factor": 2}]
    account.delete(name)


def test_a_shadow_gets_copies_of_the_requests_and_answers_none(account: Account) -> None:
    name = endpoint_name("shadow")
    live, shadow = (
        {
            "VariantName": variant,
            "ModelDataUrl": account.upload(f"mine/{name}/{variant}.tar.gz", archives.answering(factor)),
        }
        for variant, factor in (("Live", 2), ("Shadow", 3))
    )
    request = {
        "EndpointName": name,
        "ProductionVariants": [live],
        "ShadowProductionVariants": [shadow],
        "ImageUri": image(account),
        "InstanceType": "ml.m5.large",
    }
    assert account.deploy(request)["Outcome"] == "Created"

    assert [account.invoke(name, [1])["factor"] for _ in range(10)] == [2] * 10

    def invocations() -> float | None:
        """Return the invocations that CloudWatch counts of the shadow; its weight of 1 copies each request."""
        dimensions = {"EndpointName": name, "VariantName": "Shadow"}
        found = account.client("cloudwatch").get_metric_statistics(
            Namespace="AWS/SageMaker",
            MetricName="Invocations",
            Dimensions=[{"Name": key, "Value": value} for key, value in dimensions.items()],
            StartTime=datetime.now(UTC) - timedelta(hours=1),
            EndTime=datetime.now(UTC) + timedelta(minutes=1),
            Period=3600,
            Statistics=["Sum"],
        )
        return sum(point["Sum"] for point in found["Datapoints"]) or None

    assert wait_for(lambda: (invocations() or 0) >= 10 or None)
    account.delete(name)


def test_requests_are_shared_by_weight_and_shifted_without_a_deployment(account: Account) -> None:
    name = endpoint_name("variants")
    variants = [
        {
            "VariantName": variant,
            "InitialVariantWeight": weight,
            "ModelDataUrl": account.upload(f"mine/{name}/{variant}.tar.gz", archives.answering(factor)),
        }
        for variant, weight, factor in (("A", 80, 2), ("B", 20, 3))
    ]
    request = {
        "EndpointName": name,
        "ProductionVariants": variants,
        "ImageUri": image(account),
        "InstanceType": "ml.m5.large",
    }

    deployed = account.deploy(request)

    assert deployed["Outcome"] == "Created"
    # Four standard deviations of a binomial distribution: 1 of 16,000 runs is outside.
    assert shares(account, name)["A"] == pytest.approx(200, abs=26)
    direct = account.runtime.invoke_endpoint(
        EndpointName=name, TargetVariant="B", ContentType="application/json", Body=b"[1]"
    )
    assert (direct["InvokedProductionVariant"], json.loads(direct["Body"].read())["factor"]) == ("B", 3)

    assert shift(account.target, name, {"B": 80}) == {"A": 20, "B": 80}
    wait_for_shift(account.target, name)

    assert shares(account, name)["A"] == pytest.approx(50, abs=26)
    assert (
        account.sagemaker.describe_endpoint(EndpointName=name)["EndpointConfigName"] == deployed["EndpointConfigName"]
    )
    assert account.deploy(request)["Outcome"] == "AlreadyDeployed"
    account.delete(name)
