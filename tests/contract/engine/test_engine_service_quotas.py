"""Service Quotas on the engine's port: a quota for every type, applied by SageMaker from the same setting."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from botocore.exceptions import ClientError
from tests.contract.engine.laptop import Laptop

from slipway.preflight.aws import InstanceQuotas
from slipway_local.engine.service_quotas import GENEROUS, USAGES, instance_types

SCARCE, PLENTY = "ml.p4d.24xlarge", "ml.m5.xlarge"


@pytest.fixture
def limited(laptop: Laptop) -> Iterator[Laptop]:
    """An account that may have no instance of one type."""
    settings = f"{laptop.url}/_slipway/sagemaker/settings"
    httpx.put(settings, json={"InstanceLimits": {SCARCE: 0}}).raise_for_status()
    yield laptop
    httpx.put(settings, json={"InstanceLimits": {}}).raise_for_status()


def test_every_instance_type_has_a_generous_quota_by_default(laptop: Laptop) -> None:
    pages = list(laptop.client("service-quotas").get_paginator("list_service_quotas").paginate(ServiceCode="sagemaker"))
    quotas = {quota["QuotaName"]: quota["Value"] for page in pages for quota in page["Quotas"]}

    assert quotas == {f"{name} for {usage}": GENEROUS for usage in USAGES for name in instance_types(usage)}
    assert len(pages) > 1
    assert all(len(page["Quotas"]) <= 100 for page in pages)


def test_our_adapter_finds_quotas_by_name_and_reads_them_again(laptop: Laptop) -> None:
    quotas = InstanceQuotas(laptop.client("service-quotas"))

    assert [quotas.quota(f"{name} for endpoint usage") for name in (PLENTY, PLENTY, "ml.nothing.large")] == [
        1000,
        1000,
        None,
    ]


def test_a_limit_of_the_control_route_is_the_quota_and_is_obeyed(limited: Laptop, role: str, echo: str) -> None:
    sagemaker, quotas = limited.client("sagemaker"), InstanceQuotas(limited.client("service-quotas"))
    variant = {"VariantName": "AllTraffic", "ModelName": echo, "InstanceType": SCARCE, "InitialInstanceCount": 1}
    sagemaker.create_endpoint_config(EndpointConfigName="scarce", ProductionVariants=[variant])

    assert [quotas.quota(f"{name} for endpoint usage") for name in (SCARCE, PLENTY)] == [0, 1000]
    with pytest.raises(sagemaker.exceptions.ResourceLimitExceeded, match=f"'{SCARCE} for endpoint usage' is 0 Inst"):
        sagemaker.create_endpoint(EndpointName="scarce", EndpointConfigName="scarce")


@pytest.mark.parametrize(
    ("operation", "arguments", "code"),
    [
        ("list_service_quotas", {"ServiceCode": "nothing"}, "NoSuchResourceException"),
        ("list_service_quotas", {"ServiceCode": "sagemaker", "NextToken": "abc"}, "InvalidPaginationTokenException"),
        ("get_service_quota", {"ServiceCode": "sagemaker", "QuotaCode": "L-00000000"}, "NoSuchResourceException"),
        ("list_services", {}, "UnknownOperationException"),
    ],
)
def test_errors_have_awss_codes(laptop: Laptop, operation: str, arguments: dict[str, str], code: str) -> None:
    with pytest.raises(ClientError) as failed:
        getattr(laptop.client("service-quotas"), operation)(**arguments)

    assert failed.value.response["Error"]["Code"] == code
