"""Roles and quotas over boto3: what is asked, and what is kept."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

import pytest

from slipway.errors import AccessDenied, NotFound, ServiceThrottled, SlipwayError
from slipway.preflight.aws import InstanceQuotas, trust_policy_of
from tests.unit.conftest import Stub

ROLE = "arn:aws:iam::111122223333:role/service/slipway-ExecutionRole"


def role(arn: str, policy: str) -> dict[str, Any]:
    about = {"Path": "/", "RoleName": "r", "RoleId": "AROA1234567890123456", "CreateDate": "2026-11-01T12:00:00Z"}
    return {"Role": {**about, "Arn": arn, "AssumeRolePolicyDocument": policy}}


def quota(instance_type: str, value: float | None) -> dict[str, Any]:
    about: dict[str, Any] = {"QuotaName": f"{instance_type} for endpoint usage", "QuotaCode": f"L-{instance_type}"}
    return about if value is None else about | {"Value": value}


def page(*quotas: dict[str, Any], more: str = "") -> dict[str, Any]:
    return {"Quotas": list(quotas)} | ({"NextToken": more} if more else {})


def asked(token: str = "") -> dict[str, Any]:
    return {"ServiceCode": "sagemaker", "MaxResults": 100} | ({"NextToken": token} if token else {})


def test_a_role_is_read_by_name_and_compared_by_arn(stub: Stub) -> None:
    iam = stub("iam")
    policy: dict[str, Any] = {"Statement": []}
    iam.add_response("get_role", role(ROLE, quote(json.dumps(policy))), {"RoleName": "slipway-ExecutionRole"})
    iam.add_response("get_role", role(ROLE.replace("service/", ""), "{}"))

    assert trust_policy_of(iam.client, ROLE) == policy
    with pytest.raises(NotFound):  # the role of that name has another path
        trust_policy_of(iam.client, ROLE)


@pytest.mark.parametrize(("code", "error"), [("NoSuchEntity", NotFound), ("AccessDenied", AccessDenied)])
def test_errors_of_iam_are_translated(stub: Stub, code: str, error: type[SlipwayError]) -> None:
    iam = stub("iam")
    iam.add_client_error("get_role", code, "No.")

    with pytest.raises(error):
        trust_policy_of(iam.client, ROLE)


def test_a_quota_is_found_by_name_on_the_first_page_that_has_it(stub: Stub) -> None:
    service = stub("service-quotas")
    service.add_response("list_service_quotas", page(quota("ml.a.large", 1), more="two"), asked())
    service.add_response("list_service_quotas", page(quota("ml.b.large", 4), more="three"), asked("two"))

    assert InstanceQuotas(service.client).quota("ml.b.large for endpoint usage") == 4


def test_a_known_quota_is_read_by_its_code(stub: Stub) -> None:
    service = stub("service-quotas")
    quotas = InstanceQuotas(service.client)
    service.add_response("list_service_quotas", page(quota("ml.a.large", 1), quota("ml.b.large", 0)), asked())
    for value in (0, 8):
        code = {"ServiceCode": "sagemaker", "QuotaCode": "L-ml.b.large"}
        service.add_response("get_service_quota", {"Quota": quota("ml.b.large", value)}, code)

    assert [quotas.quota(f"{name} for endpoint usage") for name in ("ml.a.large", "ml.b.large", "ml.b.large")] == [
        1,
        0,
        8,
    ]


@pytest.mark.parametrize("listed", [quota("ml.a.large", 1), quota("ml.new.large", None)], ids=["absent", "no value"])
def test_a_quota_that_is_not_listed_is_unknown_and_searched_for_once(stub: Stub, listed: dict[str, Any]) -> None:
    service = stub("service-quotas")
    service.add_response("list_service_quotas", page(listed), asked())
    quotas = InstanceQuotas(service.client)

    assert quotas.quota("ml.new.large for endpoint usage") is None
    if listed == quota("ml.a.large", 1):
        assert quotas.quota("ml.new.large for endpoint usage") is None


def test_an_interrupted_listing_starts_again(stub: Stub) -> None:
    service = stub("service-quotas")
    quotas = InstanceQuotas(service.client)
    service.add_client_error("list_service_quotas", "TooManyRequestsException", "Rate exceeded", 429)
    service.add_response("list_service_quotas", page(quota("ml.a.large", 3)), asked())

    with pytest.raises(ServiceThrottled):
        quotas.quota("ml.a.large for endpoint usage")
    assert quotas.quota("ml.a.large for endpoint usage") == 3


def test_a_quota_code_that_no_longer_exists_is_unknown(stub: Stub) -> None:
    service = stub("service-quotas")
    quotas = InstanceQuotas(service.client)
    service.add_response("list_service_quotas", page(quota("ml.a.large", 3)), asked())
    service.add_client_error("get_service_quota", "NoSuchResourceException", "Gone.", 400)

    assert [quotas.quota("ml.a.large for endpoint usage"), quotas.quota("ml.a.large for endpoint usage")] == [3, None]
