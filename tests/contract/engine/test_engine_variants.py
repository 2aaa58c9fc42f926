"""Several variants behind one endpoint: shares of the traffic, a variant asked by name, and a shadow."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from tests.contract.engine.laptop import Laptop, wait_until
from tests.contract.engine.test_engine_metrics import total


def variant(name: str, model: str, weight: float) -> dict[str, Any]:
    hosting = {"InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
    return {"VariantName": name, "ModelName": model, "InitialVariantWeight": weight, **hosting}


def in_service(laptop: Laptop, name: str, **variants: list[dict[str, Any]]) -> None:
    sagemaker = laptop.client("sagemaker")
    sagemaker.create_endpoint_config(EndpointConfigName=name, **variants)
    sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=name)
    wait_until(lambda: laptop.status(name) == "InService")


def ask(laptop: Laptop, name: str, **options: str) -> str:
    answer = laptop.client("sagemaker-runtime").invoke_endpoint(EndpointName=name, Body=b"1", **options)
    return str(answer["InvokedProductionVariant"])


@pytest.fixture(scope="session")
def shared(laptop: Laptop, echo: str) -> str:
    """An endpoint whose variants share the traffic three to one."""
    in_service(laptop, "shared", ProductionVariants=[variant("Most", echo, 3), variant("Few", echo, 1)])
    return "shared"


def test_traffic_is_shared_by_weight(laptop: Laptop, shared: str) -> None:
    served = Counter(ask(laptop, shared) for _ in range(80))

    assert 0 < served["Few"] < served["Most"]


def test_a_variant_can_be_asked_by_name(laptop: Laptop, shared: str) -> None:
    runtime = laptop.client("sagemaker-runtime")

    assert {ask(laptop, shared, TargetVariant="Few") for _ in range(5)} == {"Few"}
    with pytest.raises(runtime.exceptions.ValidationError, match="Variant Other not found"):
        ask(laptop, shared, TargetVariant="Other")


def test_a_shadow_is_shown_apart_and_its_copies_are_counted(laptop: Laptop, echo: str) -> None:
    live, shadow = [variant("Live", echo, 1)], [variant("Shadow", echo, 1)]
    in_service(laptop, "shadowed", ProductionVariants=live, ShadowProductionVariants=shadow)

    served = {ask(laptop, "shadowed") for _ in range(4)}

    assert served == {"Live"}
    described = laptop.client("sagemaker").describe_endpoint(EndpointName="shadowed")
    assert [each["VariantName"] for each in described["ShadowProductionVariants"]] == ["Shadow"]
    of_shadow = {"EndpointName": "shadowed", "VariantName": "Shadow"}
    wait_until(lambda: total(laptop, "AWS/SageMaker", "Invocations", **of_shadow) == 4)
