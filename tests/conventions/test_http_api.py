"""docs/openapi.yaml describes the HTTP API that the template makes, and the answers that its functions give."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate

from slipway.api.show_endpoint import show_endpoint
from slipway.deployment.endpoint_status import STATUSES
from slipway.errors import NotFound
from tests.conventions.project import ROOT, read_yaml, resources
from tests.fakes.services import SETTINGS
from tests.unit.api.test_show_deployment import ENDED, shown
from tests.unit.api.test_show_endpoint import TAGS, OneEndpoint

DOCUMENT = ROOT / "docs" / "openapi.yaml"
SPEC = read_yaml(DOCUMENT.read_text(encoding="utf-8"))
ROUTES = resources("AWS::ApiGatewayV2::Route")
INTEGRATIONS = resources("AWS::ApiGatewayV2::Integration")
OF_THE_API = (
    "AWS::ApiGatewayV2::Api",
    "AWS::ApiGatewayV2::Stage",
    "AWS::ApiGatewayV2::Route",
    "AWS::ApiGatewayV2::Integration",
)


def schema_of(name: str) -> Draft202012Validator:
    return Draft202012Validator(SPEC["components"]["schemas"][name])


def test_the_document_is_valid_openapi() -> None:
    validate(SPEC, base_uri=DOCUMENT.as_uri())


def test_the_document_has_the_routes_of_the_template() -> None:
    described = {f"{method.upper()} {path}" for path, item in SPEC["paths"].items() for method in item}
    assert described == {route["Properties"]["RouteKey"] for route in ROUTES.values()}


@pytest.mark.parametrize("name", ROUTES)
def test_a_route_asks_for_a_signature(name: str) -> None:
    assert ROUTES[name]["Properties"]["AuthorizationType"] == "AWS_IAM"
    assert SPEC["security"] == [{"sigv4": []}]


@pytest.mark.parametrize("kind", OF_THE_API)
def test_nothing_of_the_api_is_there_unless_it_is_asked_for(kind: str) -> None:
    found = resources(kind)
    assert found
    assert {name: about.get("Condition") for name, about in found.items()} == dict.fromkeys(found, "HasHttpApi")


def test_a_deployment_starts_without_a_function_between() -> None:
    assert ROUTES["StartDeploymentRoute"]["Properties"]["Target"] == {
        "Fn::Sub": "integrations/${StartDeploymentIntegration}"
    }
    properties = INTEGRATIONS["StartDeploymentIntegration"]["Properties"]
    assert properties["IntegrationSubtype"] == "StepFunctions-StartExecution"
    assert properties["RequestParameters"]["Input"] == "$request.body"


def test_a_request_is_what_the_contract_takes() -> None:
    content = SPEC["paths"]["/deployments"]["post"]["requestBody"]["content"]["application/json"]
    schema = ROOT / "docs" / content["schema"]["$ref"]
    contract = ROOT / "functions" / "slipway" / "planning" / "contract" / "deployment.schema.json"
    assert schema.read_text(encoding="utf-8") == contract.read_text(encoding="utf-8")
    seed = ROOT / "events" / "executions" / "seed_object_detection.json"
    assert content["example"] == without_schema(seed)


def without_schema(path: Path) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return {name: value for name, value in read.items() if name != "$schema"}


@pytest.mark.parametrize(
    "fields",
    [
        {"status": "RUNNING"},
        {"status": "SUCCEEDED", "stopDate": ENDED, "output": '{"Outcome": "Created"}'},
        {"status": "FAILED", "stopDate": ENDED, "error": "FieldUnknown", "cause": '{"Error": "FieldUnknown"}'},
        {"status": "TIMED_OUT", "stopDate": ENDED, "error": "States.Timeout"},
    ],
)
def test_a_deployment_is_shown_as_described(fields: dict[str, Any]) -> None:
    schema_of("Deployment").validate(shown(**fields))


@pytest.mark.parametrize("fields", [{}, {"EndpointStatus": "Failed", "FailureReason": "It did not start."}])
def test_an_endpoint_is_shown_as_described(fields: dict[str, Any]) -> None:
    schema_of("Endpoint").validate(show_endpoint("digits", OneEndpoint(TAGS, **fields), SETTINGS))
    assert set(SPEC["components"]["schemas"]["Endpoint"]["properties"]["EndpointStatus"]["enum"]) == STATUSES


def test_an_answer_that_is_not_described_would_be_seen() -> None:
    assert not schema_of("Deployment").is_valid({"DeploymentId": "one"})
    assert not schema_of("Error").is_valid({"Error": NotFound.__name__})
