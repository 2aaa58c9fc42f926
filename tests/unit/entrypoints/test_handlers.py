"""Each handler, called as Lambda calls it, with the payload that events/states holds."""

from __future__ import annotations

from typing import Any

import pytest

from slipway.errors import ArtifactNotFound, EndpointBusy, FieldMissing
from tests.fakes.services import FakeServices
from tests.unit.entrypoints.chain import BUCKET, handler_of, payloads
from tests.unit.events import state_payload


def replay(folder: str, services: FakeServices, context: Any) -> Any:
    return handler_of(folder, services)(state_payload(folder), context)


def test_plan_deployment_answers_a_plan(services: FakeServices, context: Any) -> None:
    assert replay("plan_deployment", services, context) == state_payload("resolve_image")["Plan"]


def test_plan_deployment_refuses_by_the_name_that_the_workflow_matches(services: FakeServices, context: Any) -> None:
    payload = {**state_payload("plan_deployment"), "Input": {}}

    with pytest.raises(FieldMissing):
        handler_of("plan_deployment", services)(payload, context)


def test_resolve_image_answers_a_registry_path(services: FakeServices, context: Any) -> None:
    image = replay("resolve_image", services, context)

    assert image == {
        "ImageUri": "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.2-1-cpu-py3",
        "Defaulted": ["PyVersion"],
    }


def test_inspect_artifact_answers_the_pinned_archive(services: FakeServices, context: Any) -> None:
    assert replay("inspect_artifact", services, context) == state_payload("create_model")["Artifact"]


def test_inspect_artifact_refuses_an_archive_that_is_not_there(context: Any) -> None:
    services = FakeServices()
    services.fake_storage.make_bucket(BUCKET)

    with pytest.raises(ArtifactNotFound):
        replay("inspect_artifact", services, context)


def test_create_model_makes_the_model(services: FakeServices, context: Any) -> None:
    model = replay("create_model", services, context)

    assert model == state_payload("create_endpoint_config")["Model"]
    assert services.fake_sagemaker.names("model") == [model["ModelName"]]


def test_create_endpoint_config_makes_the_configuration(services: FakeServices, context: Any) -> None:
    replay("create_model", services, context)

    config = replay("create_endpoint_config", services, context)

    assert config == state_payload("create_endpoint")["EndpointConfig"]
    assert services.fake_sagemaker.names("endpoint-config") == [config["EndpointConfigName"]]


def test_create_endpoint_makes_the_endpoint(services: FakeServices, context: Any) -> None:
    for folder in ("create_model", "create_endpoint_config"):
        replay(folder, services, context)

    endpoint = replay("create_endpoint", services, context)

    assert endpoint["Action"] == "Created"
    assert services.fake_sagemaker.names("endpoint") == ["digits"]


def test_explain_failure_names_the_cause(services: FakeServices, context: Any) -> None:
    explanation = replay("explain_failure", services, context)

    assert explanation["Error"] == "ContainerFailedPing"
    assert services.fake_logs.asked == ["digits"]


def test_explain_failure_does_without_a_plan(services: FakeServices, context: Any) -> None:
    failure = {"State": "PlanDeployment", "Error": "FieldMissing", "Cause": "EndpointName is missing."}
    payload = {**state_payload("explain_failure"), "Failure": failure, "Plan": {}}

    explanation = handler_of("explain_failure", services)(payload, context)

    assert explanation["Error"] == "FieldMissing"
    assert services.fake_logs.asked == []


def test_remove_failed_deployment_removes_what_the_states_before_it_made(services: FakeServices, context: Any) -> None:
    payloads(services, context)
    services.fake_sagemaker.fail_next("It did not pass the ping health check.")
    services.fake_sagemaker.settle()

    with pytest.raises(EndpointBusy):
        replay("remove_failed_deployment", services, context)
    services.fake_sagemaker.settle()
    removal = replay("remove_failed_deployment", services, context)

    model, config = state_payload("create_endpoint_config")["Model"], state_payload("create_endpoint")["EndpointConfig"]
    assert removal["Removed"] == [
        f"EndpointConfig {config['EndpointConfigName']}",
        f"Model {model['ModelName']}",
    ]
    assert [services.fake_sagemaker.names(kind) for kind in ("model", "endpoint-config", "endpoint")] == [[], [], []]
