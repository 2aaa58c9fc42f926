"""What DescribeEndpoint's answer means for a deployment, in all nine statuses."""

from __future__ import annotations

from typing import Any

import botocore.session
import pytest

from slipway.deployment.endpoint_status import (
    BUSY,
    DELETE_ONLY,
    STATUSES,
    UPDATABLE,
    is_becoming,
    models_of,
    pending_config,
    serves,
    uses,
)


def endpoint(status: str, config: str = "old", pending: str | None = None) -> dict[str, Any]:
    described: dict[str, Any] = {"EndpointStatus": status, "EndpointConfigName": config}
    if pending:
        described["PendingDeploymentSummary"] = {"EndpointConfigName": pending}
    return described


def test_every_status_that_sagemaker_has_is_known_and_means_one_thing() -> None:
    shape: Any = botocore.session.get_session().get_service_model("sagemaker").shape_for("EndpointStatus")

    assert set(shape.enum) == STATUSES
    assert len(STATUSES) == len(BUSY) + len(DELETE_ONLY) + len(UPDATABLE) == 9


@pytest.mark.parametrize("status", sorted(STATUSES))
def test_only_in_service_serves(status: str) -> None:
    assert serves(endpoint(status, "wanted"), "wanted") is (status == "InService")


def test_in_service_alone_is_not_serving_what_is_wanted() -> None:
    assert not serves(endpoint("InService", "old"), "wanted")
    assert not serves(endpoint("InService", "wanted", pending="new"), "wanted")


@pytest.mark.parametrize("status", sorted(STATUSES))
def test_an_endpoint_becomes_what_it_is_created_with(status: str) -> None:
    assert is_becoming(endpoint(status, "wanted"), "wanted") is (status == "Creating")


@pytest.mark.parametrize("status", ["Updating", "SystemUpdating", "InService"])
def test_an_endpoint_becomes_what_is_pending(status: str) -> None:
    assert is_becoming(endpoint(status, "old", pending="wanted"), "wanted")
    assert not is_becoming(endpoint(status, "wanted", pending="other"), "wanted")


def test_what_serves_and_what_is_pending_is_in_use() -> None:
    updating = endpoint("Updating", "old", pending="new")

    assert [uses(updating, name) for name in ("old", "new", "other")] == [True, True, False]


@pytest.mark.parametrize("summary", [None, {}, {"StartTime": 0}])
def test_a_summary_without_a_configuration_is_none_pending(summary: object) -> None:
    assert pending_config(endpoint("Updating") | {"PendingDeploymentSummary": summary}) is None


def test_a_configurations_models_are_those_of_all_its_variants_and_pools() -> None:
    config = {
        "ProductionVariants": [{"ModelName": "one", "InstancePools": [{"ModelNameOverride": "two"}, {}]}],
        "ShadowProductionVariants": [{"ModelName": "three"}],
    }

    assert models_of(config) == {"one", "two", "three"}
    assert models_of({}) == set()
