"""The transform job of an upload: the object that it transforms, its side file, and where its output is stored."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from tests.conventions.project import template
from tests.fakes.sources import FakeSources
from tests.unit.batch.test_plan_transform import EXECUTION, SETTINGS, no_side_file
from tests.unit.outcomes.test_write_deployment_result import BUCKET, event

from slipway.batch.plan_transform import plan_transform
from slipway.deployment.limits import HostingLocked, Limits
from slipway.deployment.plan import Plan
from slipway.deployment.settings import Settings
from slipway.errors import FieldInvalid, FieldMissing, FieldsConflict, InputNotAnObject, InputRefused

KEY = "batch/digits/input/july/rows.csv"
SIDE_FILE = {"ModelDataUrl": f"s3://{BUCKET}/models/model.tar.gz", "Framework": "sklearn"}
WITH_DEFAULT = replace(SETTINGS, default_instance_type="ml.m5.large")


def planned(given: object = SIDE_FILE, key: str = KEY, settings: Settings = WITH_DEFAULT) -> Plan:
    """Return the plan of an upload whose side file says this."""

    def read(bucket: str, wanted: str) -> bytes:
        assert (bucket, wanted) == (BUCKET, "batch/digits/batch.json")
        return json.dumps(given).encode()

    return plan_transform(event(key), EXECUTION, read, FakeSources(), settings)


def test_a_side_file_with_a_model_is_enough() -> None:
    plan = planned()

    assert (plan["EndpointName"], plan["Artifact"]["Key"]) == ("digits", "models/model.tar.gz")
    assert plan["Transform"] == {
        "TransformInput": {"DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"s3://{BUCKET}/{KEY}"}}},
        "TransformOutput": {"S3OutputPath": f"s3://{BUCKET}/inference/digits/july"},
        "TransformResources": {"InstanceType": "ml.m5.large", "InstanceCount": 1},
    }


def test_the_first_input_of_the_key_is_the_folder_of_data() -> None:
    output = planned(key="batch/digits/input/july/input/rows.csv")["Transform"]["TransformOutput"]
    assert output == {"S3OutputPath": f"s3://{BUCKET}/inference/digits/july/input"}


def test_the_fields_of_the_side_file_come_first() -> None:
    output = {"S3OutputPath": f"s3://{BUCKET}/inference/x/", "Accept": "text/csv"}
    given = {
        **SIDE_FILE,
        "TransformInput": {"ContentType": "text/csv", "DataSource": {"S3DataSource": {"S3DataType": "ManifestFile"}}},
        "TransformOutput": output,
        "TransformResources": {"InstanceCount": 2},
    }
    transform = planned(given)["Transform"]

    source = {"S3DataType": "ManifestFile", "S3Uri": f"s3://{BUCKET}/{KEY}"}
    assert transform["TransformInput"] == {"ContentType": "text/csv", "DataSource": {"S3DataSource": source}}
    assert transform["TransformOutput"] == {"S3OutputPath": f"s3://{BUCKET}/inference/x/july", "Accept": "text/csv"}
    assert transform["TransformResources"] == {"InstanceType": "ml.m5.large", "InstanceCount": 2}


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        ([], InputNotAnObject, "batch/digits/batch.json is not a JSON object"),
        ({**SIDE_FILE, "TransformJobName": "july"}, FieldsConflict, "would name the jobs of all uploads: remove it"),
        ({**SIDE_FILE, "TransformOutput": {"S3OutputPath": f"s3://{BUCKET}/batch"}}, FieldsConflict, "as an upload"),
        ({**SIDE_FILE, "TransformInput": {"DataSource": {"S3DataSource": {"S3Uri": "s3://other/rows.csv"}}}},
         FieldsConflict, "remove S3Uri"),
        ({**SIDE_FILE, "TransformInput": []}, FieldInvalid, "TransformInput"),
        ({"Framework": "sklearn"}, FieldMissing, "ModelDataUrl is missing"),
    ],
)  # fmt: skip
def test_a_side_file_that_is_no_job_of_the_upload_is_refused(
    given: object, error: type[InputRefused], message: str
) -> None:
    with pytest.raises(error, match=message):
        planned(given)


def test_data_without_a_side_file_are_refused() -> None:
    with pytest.raises(FieldMissing, match=r"no batch/digits/batch\.json.* upload it .* and then the data again"):
        plan_transform(event(KEY), EXECUTION, no_side_file, FakeSources(), SETTINGS)


def test_an_event_of_another_object_is_refused() -> None:
    with pytest.raises(FieldInvalid, match="must be batch/<name>/input/<object>"):
        planned(key="models/digits/model.tar.gz")


@pytest.mark.parametrize("field", [{"TransformResources": {"InstanceCount": 2}}, {"ExecutionRoleArn": "arn:x"}])
def test_a_side_file_says_nothing_of_hosting_where_the_owner_does(field: Mapping[str, Any]) -> None:
    settings = replace(WITH_DEFAULT, limits=Limits(side_file_hosting=False))
    how = {"TransformInput": {"SplitType": "None"}, "TransformOutput": {"AssembleWith": "None"}, "MaxPayloadInMB": 1}
    assert planned({**SIDE_FILE, **how}, settings=settings)["Transform"]["MaxPayloadInMB"] == 1
    with pytest.raises(HostingLocked, match=next(iter(field))):
        planned({**SIDE_FILE, **how, **field}, settings=settings)


def test_both_triggers_are_off_unless_a_parameter_enables_them() -> None:
    given = template()
    off = {name: given["Parameters"][name]["Default"] for name in ("BatchUploads", "BatchSchedule")}
    assert off == {"BatchUploads": "Disabled", "BatchSchedule": ""}
    assert given["Conditions"]["HasBatchUploads"] == {"Fn::Equals": [{"Ref": "BatchUploads"}, "Enabled"]}
    assert given["Conditions"]["HasBatchSchedule"] == {"Fn::Not": [{"Fn::Equals": [{"Ref": "BatchSchedule"}, ""]}]}

    rule, schedule = given["Resources"]["DataUploadedRule"], given["Resources"]["TransformBatchSchedule"]
    assert [rule["Condition"], schedule["Condition"]] == ["HasBatchUploads", "HasBatchSchedule"]
    assert schedule["Properties"]["Target"]["Input"] == {"Ref": "BatchScheduleInput"}
