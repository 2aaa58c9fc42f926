"""CreateCandidate: an endpoint of its own for the new version, on one instance each."""

from __future__ import annotations

from typing import Any

import pytest

from slipway.deployment.names import LONGEST, candidate_name
from slipway.deployment.tags import CANDIDATE_OF, CANDIDATE_UNTIL, ENDPOINT, EXECUTION, STACK
from slipway.errors import DeadlineExceeded, NotFound, ServiceUnavailable
from slipway.hosting.candidates import CandidateServices
from slipway.hosting.create_candidate import CreateCandidateOutput, candidate_config_request, create_candidate
from tests.fakes.sagemaker import FakeSageMaker
from tests.unit.deployments import Deployment

TESTED: dict[str, Any] = {"SmokeTest": {"PayloadUrl": "s3://samples/digit.csv", "ContentType": "text/csv"}}


def second(sagemaker: FakeSageMaker, **fields: Any) -> Deployment:
    return Deployment(sagemaker, "second", etag="two", **{**TESTED, "InitialInstanceCount": 3, **fields})


def create(deployment: Deployment, config_name: str = "") -> CreateCandidateOutput:
    sagemaker = deployment.sagemaker
    name = config_name or deployment.config()["EndpointConfigName"]
    return create_candidate(deployment.context(), name, CandidateServices(sagemaker, sagemaker.describe_execution))


@pytest.fixture(autouse=True)
def served(sagemaker: FakeSageMaker) -> None:
    Deployment(sagemaker, "first", minutes=-30).deploy()


def test_a_candidate_has_the_model_and_one_instance_and_says_whose_it_is(sagemaker: FakeSageMaker) -> None:
    deployment = second(sagemaker, Tags=[{"Key": "team", "Value": "vision"}])

    output = create(deployment)

    endpoint = sagemaker.describe_endpoint(output["CandidateName"])
    config = sagemaker.describe_endpoint_config(endpoint["EndpointConfigName"])
    (variant,) = config["ProductionVariants"]
    assert output["Action"] == "Created"
    assert (variant["ModelName"], variant["InitialInstanceCount"]) == (deployment.model()["ModelName"], 1)
    for arn in (endpoint["EndpointArn"], config["EndpointConfigArn"]):
        tags = sagemaker.tags(arn)
        assert (tags[STACK], tags[CANDIDATE_OF], tags[EXECUTION]) == ("slipway", "digits", deployment.execution["Id"])
        assert (tags["team"], ENDPOINT in tags) == ("vision", False)
        assert tags[CANDIDATE_UNTIL] > deployment.plan["Deadline"]


@pytest.mark.parametrize("lost", ["create_endpoint_config", "create_endpoint"])
def test_a_creation_whose_answer_was_lost_is_found(sagemaker: FakeSageMaker, lost: str) -> None:
    deployment = second(sagemaker)
    config = deployment.config()["EndpointConfigName"]
    sagemaker.faults.lose(lost)
    with pytest.raises(ServiceUnavailable):
        create(deployment, config)

    assert create(deployment, config)["Action"] == "Created"
    assert len(sagemaker.names("endpoint")) == 2


def test_another_candidate_is_waited_for_until_the_deadline_while_its_execution_runs(sagemaker: FakeSageMaker) -> None:
    other = second(sagemaker)
    create(other)
    third = Deployment(sagemaker, "third", etag="three", **TESTED)
    late = Deployment(sagemaker, "third", etag="three", minutes=-100, **TESTED)

    assert create(third)["Action"] == "Busy"
    with pytest.raises(DeadlineExceeded, match="until the deadline"):
        create(late)
    sagemaker.end_execution(other.execution["Id"], "ABORTED")
    assert create(third)["Action"] == "Created"


def test_a_configuration_that_is_gone_is_created_again(sagemaker: FakeSageMaker) -> None:
    with pytest.raises(NotFound):
        create(second(sagemaker), "digits-000000000000")
    assert sagemaker.names("endpoint") == ["digits"]


def test_a_candidate_captures_no_data_and_has_no_shadow() -> None:
    variant = {"VariantName": "AllTraffic", "ModelName": "m", "InstanceType": "ml.m5.large", "InitialInstanceCount": 4}
    described = {
        "EndpointConfigName": "c",
        "EndpointConfigArn": "arn",
        "CreationTime": "now",
        "ProductionVariants": [variant],
        "ShadowProductionVariants": [variant],
        "DataCaptureConfig": {"EnableCapture": True},
        "KmsKeyId": "key",
    }

    assert candidate_config_request("digits-candidate-1", described) == {
        "EndpointConfigName": "digits-candidate-1",
        "ProductionVariants": [{**variant, "InitialInstanceCount": 1}],
        "KmsKeyId": "key",
    }


@pytest.mark.parametrize("endpoint", ["e", "e" * 63, "a-" * 31 + "a"])
def test_names_of_candidates_are_legal_and_differ_by_execution(endpoint: str) -> None:
    names = {candidate_name(endpoint, execution) for execution in ("one", "two")}

    assert len(names) == 2
    for name in names:
        assert len(name) <= LONGEST
        assert "--" not in name
        assert "-candidate-" in name
