"""The requests that a plan makes of SageMaker, and whether what exists is what is wanted."""

from __future__ import annotations

from typing import Any

import botocore.session
import pytest
from botocore.validate import ParamValidator
from hypothesis import given
from hypothesis import strategies as st

from slipway.hosting.requests import agrees, endpoint_config_request, loading, model_request
from tests.unit.events import EXECUTIONS, read
from tests.unit.execution import artifact, plan_of, planned_image

ROLE = "arn:aws:iam::111122223333:role/slipway-ExecutionRole"
MODEL: Any = botocore.session.get_session().get_service_model("sagemaker")
FIRST_HAND = [path for path in EXECUTIONS if "ModelDataUrl" in read(path)]


def container(**fields: Any) -> dict[str, Any]:
    request = model_request(plan_of(), planned_image(), artifact(**fields), ROLE)
    found: dict[str, Any] = request["PrimaryContainer"]
    return found


@pytest.mark.parametrize("path", FIRST_HAND, ids=lambda path: path.stem)
def test_the_requests_of_every_example_are_ones_that_boto3_sends(path: Any) -> None:
    plan = plan_of(**read(path))
    additional = [artifact() for _ in plan.get("AdditionalModelDataSources", [])]
    model = model_request(plan, planned_image(), artifact(Additional=additional), ROLE)
    config = endpoint_config_request(plan, [model["ModelName"]])

    for operation, request in (("CreateModel", model), ("CreateEndpointConfig", config)):
        report = ParamValidator().validate(request, MODEL.operation_model(operation).input_shape)
        assert not report.has_errors(), report.generate_report()


def test_the_archive_is_pinned_by_its_etag() -> None:
    source = container(etag="the-etag")["ModelDataSource"]["S3DataSource"]

    assert source == {
        "S3Uri": "s3://models/digits/model.tar.gz",
        "S3DataType": "S3Object",
        "CompressionType": "Gzip",
        "ETag": "the-etag",
    }


def test_a_serverless_deployment_names_its_archive_by_url_and_its_model_by_content() -> None:
    plan = plan_of(ServerlessConfig={"MemorySizeInMB": 2048, "MaxConcurrency": 5})

    one, other = (model_request(plan, planned_image(), artifact(etag=etag), ROLE) for etag in ("one", "other"))
    loaded = loading(one, 0, "s3://models/deployed/model.tar.gz", "copy")

    assert (
        one["ModelName"]
        != other["ModelName"]
        != model_request(plan_of(), planned_image(), artifact(etag="other"), ROLE)["ModelName"]
    )
    assert "ModelDataSource" not in loaded["PrimaryContainer"]
    assert loaded["PrimaryContainer"]["ModelDataUrl"] == "s3://models/deployed/model.tar.gz"


def test_an_archive_with_inference_code_runs_in_script_mode() -> None:
    assert container(HasInferenceCode=True)["Environment"] == {
        "SAGEMAKER_PROGRAM": "inference.py",
        "SAGEMAKER_SUBMIT_DIRECTORY": "/opt/ml/model/code",
    }
    assert container(HasInferenceCode=False)["Environment"] == {}


def test_a_program_of_another_name_has_its_submit_directory_too() -> None:
    plan = plan_of(Environment={"SAGEMAKER_PROGRAM": "serve.py"})

    request = model_request(plan, planned_image(), artifact(HasInferenceCode=True), ROLE)

    assert request["PrimaryContainer"]["Environment"] == {
        "SAGEMAKER_PROGRAM": "serve.py",
        "SAGEMAKER_SUBMIT_DIRECTORY": "/opt/ml/model/code",
    }


def test_what_does_not_change_the_content_does_not_change_the_names() -> None:
    plain, tagged = plan_of(), plan_of(Tags=[{"Key": "team", "Value": "vision"}], DeadlineMinutes=5)

    names = {
        endpoint_config_request(plan, [model_request(plan, planned_image(), artifact(), ROLE)["ModelName"]])[
            "EndpointConfigName"
        ]
        for plan in (plain, tagged)
    }

    assert len(names) == 1


@pytest.mark.parametrize(
    ("wanted", "found", "agree"),
    [
        ({"a": 1}, {"a": 1, "default": True}, True),
        ({"a": 1}, {"a": 2}, False),
        ({"a": 1}, {}, False),
        ({"a": {"b": 1}}, {"a": {"b": 1, "c": 2}}, True),
        ({"a": [1, 2]}, {"a": [1, 2]}, True),
        ({"a": [1, 2]}, {"a": [2, 1]}, False),
        ({"a": [1]}, {"a": [1, 2]}, False),
        ({"a": [{"b": 1}]}, {"a": [{"b": 1, "c": 2}]}, True),
        ({"Environment": {}}, {}, True),
        ({"Environment": {}}, {"Environment": {"A": "1"}}, False),
        ({"EnableNetworkIsolation": False}, {}, True),
        ({"EnableNetworkIsolation": False}, {"EnableNetworkIsolation": True}, False),
        ({"a": 1}, None, False),
        ([1], {"a": 1}, False),
    ],
)
def test_what_exists_agrees_if_it_holds_all_that_is_wanted(wanted: object, found: object, agree: bool) -> None:
    assert agrees(wanted, found) is agree


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
        max_leaves=8,
    )
)
def test_everything_agrees_with_itself(document: object) -> None:
    assert agrees(document, document)
