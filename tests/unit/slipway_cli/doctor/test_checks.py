"""`slipway doctor`: each check says OK, Warning or Failed, and what to do; what cannot be read stops no other check."""

from __future__ import annotations

import copy
import hashlib
import io
import json
from base64 import b64encode
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError
from click.testing import CliRunner

from slipway_cli.commands import doctor
from slipway_cli.doctor.checks import CHECKS, Result, Status, examine
from slipway_cli.main import main
from slipway_cli.sdk.errors import StackUnfinished
from slipway_cli.sdk.target import Target

ACCOUNT = "111122223333"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/slipway-ExecutionRole"
MACHINE = f"arn:aws:states:us-east-1:{ACCOUNT}:stateMachine:slipway-DeployEndpoint"
KEY = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/1"
CODE = b"zipped"
WRITTEN = "StartAt: Create\nStates:\n  Create: {Type: Task, Resource: '${CreateArn}', End: true}\n"
FUNCTION_ARN = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:slipway-Create"
DEPLOYED = {"StartAt": "Create", "States": {"Create": {"Type": "Task", "Resource": FUNCTION_ARN, "End": True}}}
TRUST = {
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}]
}


def trusting(service: str) -> dict[str, Any]:
    """Return the trust policy with one more service."""
    more = {"Effect": "Allow", "Principal": {"Service": [service]}, "Action": "sts:AssumeRole"}
    return {"Statement": [*TRUST["Statement"], more]}


KINDS = {
    "CreateFunction": ("AWS::Lambda::Function", "slipway-Create"),
    "ExecutionRole": ("AWS::IAM::Role", "slipway-ExecutionRole"),
    "Machine": ("AWS::StepFunctions::StateMachine", MACHINE),
    "CreateModelLogGroup": ("AWS::Logs::LogGroup", "/aws/lambda/slipway-CreateModel"),
    "Alarm": ("AWS::CloudWatch::Alarm", "slipway-DeploymentsFailed"),
    "Queue": ("AWS::SQS::Queue", "https://sqs/queue"),
    "Schedule": ("AWS::Scheduler::Schedule", "slipway-Schedule"),
}


def sound() -> dict[str, Any]:
    """Return what the services of an account with a sound stack answer, by operation."""
    resources = [
        {
            "LogicalResourceId": name,
            "PhysicalResourceId": physical,
            "ResourceType": kind,
            "ResourceStatus": "CREATE_COMPLETE",
        }
        for name, (kind, physical) in KINDS.items()
    ]
    template = {
        "Parameters": {"DefaultInstanceType": {"Default": "ml.m5.large"}},
        "Resources": {
            "CreateFunction": {
                "Type": "AWS::Lambda::Function",
                "Properties": {"Code": {"S3Bucket": "artifacts", "S3Key": "code"}},
            },
            "ExecutionRole": {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": TRUST}},
            "Machine": {
                "Type": "AWS::StepFunctions::StateMachine",
                "Properties": {
                    "DefinitionS3Location": {"Bucket": "artifacts", "Key": "definition"},
                    "DefinitionSubstitutions": {"CreateArn": {"Fn::GetAtt": ["CreateFunction", "Arn"]}},
                },
            },
        },
    }
    parameters = {"DefaultInstanceType": "ml.m5.large"}
    return {
        "describe_stacks": {"Stacks": [{"StackStatus": "UPDATE_COMPLETE", "Parameters": _listed(parameters)}]},
        "list_stack_resources": {"StackResourceSummaries": resources},
        "get_template": {"TemplateBody": template},
        "get_function_configuration": {"CodeSha256": b64encode(hashlib.sha256(CODE).digest()).decode()},
        "get_object": {"artifacts/code": CODE, "artifacts/definition": WRITTEN.encode()},
        "describe_state_machine": {"definition": json.dumps(DEPLOYED)},
        "get_role": {"Role": {"Arn": ROLE, "AssumeRolePolicyDocument": TRUST}},
        "get_queue_attributes": {"Attributes": {"ApproximateNumberOfMessages": "0"}},
        "filter_log_events": {"events": []},
        "list_service_quotas": {
            "Quotas": [{"QuotaName": "ml.m5.large for endpoint usage", "QuotaCode": "L-1", "Value": 4}]
        },
        "get_account_settings": {"AccountLimit": {"ConcurrentExecutions": 1000}},
        "batch_get_image": {"images": [{}]},
        "describe_key": {"KeyMetadata": {"KeyState": "Enabled", "KeySpec": "SYMMETRIC_DEFAULT"}},
        "describe_subnets": {
            "Subnets": [
                {"SubnetId": f"subnet-{zone}", "AvailabilityZone": f"us-east-1{zone}", "AvailableIpAddressCount": 200}
                for zone in "ab"
            ]
        },
        "describe_alarms": {"MetricAlarms": [{"AlarmName": "slipway-DeploymentsFailed", "StateValue": "OK"}]},
        "get_schedule": {"State": "ENABLED"},
        "list_endpoints": {"Endpoints": []},
        "list_models": {"Models": []},
    }


def _listed(parameters: dict[str, str]) -> list[dict[str, str]]:
    return [{"ParameterKey": name, "ParameterValue": value} for name, value in parameters.items()]


class Services:
    """Clients of all services; an answer that is an error is raised."""

    def __init__(self, answers: dict[str, Any]) -> None:
        self.answers = answers

    def client(self, _service: str, **_options: Any) -> Services:
        return self

    def get_object(self, **request: str) -> dict[str, Any]:
        return {"Body": io.BytesIO(self.answers["get_object"][f"{request['Bucket']}/{request['Key']}"])}

    def get_paginator(self, operation: str) -> Any:
        answer = getattr(self, operation)

        class Pages:
            def paginate(self, **request: Any) -> list[Any]:
                return [answer(**request)]

        return Pages()

    def __getattr__(self, operation: str) -> Any:
        def answer(**_request: Any) -> Any:
            found = self.answers[operation]
            if isinstance(found, Exception):
                raise found
            return found

        return answer


def refused(code: str, operation: str = "Operation") -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "No."}}, operation)


def target_of(answers: dict[str, Any]) -> Target:
    outputs = {"StateMachineArn": MACHINE, "ExecutionRoleArn": ROLE}
    return Target(Services(answers), "us-east-1", known_outputs=outputs)


def results(answers: dict[str, Any]) -> list[Result]:
    return list(examine(target_of(answers), ("subnet-a", "subnet-b")))


def with_parameters(answers: dict[str, Any], **parameters: str) -> None:
    answers["describe_stacks"]["Stacks"][0]["Parameters"] += _listed(parameters)


def test_a_sound_stack_passes_every_check() -> None:
    found = results(sound())

    assert [one for one in found if one.status != Status.OK or one.to_do] == []
    assert {one.check for one in found} == CHECKS.keys() - {"images"}  # without a default framework
    assert any("ml.m5.large for endpoint usage" in one.says for one in found)


Change = Callable[[dict[str, Any]], None]


def change(operation: str, **members: Any) -> Change:
    """Return what changes members of an operation's answer."""
    return lambda answers: answers[operation].update(members)


def answer_with(operation: str, answer: Any) -> Change:
    return lambda answers: answers.update({operation: answer})


def key_of(state: str, spec: str) -> Change:
    def changed(answers: dict[str, Any]) -> None:
        with_parameters(answers, AllowedKmsKeys=KEY)
        answers["describe_key"] = {"KeyMetadata": {"KeyState": state, "KeySpec": spec}}

    return changed


def missing_key(answers: dict[str, Any]) -> None:
    with_parameters(answers, KmsKeyArn=KEY)
    answers["describe_key"] = refused("NotFoundException")


def default_framework(version: str, images: list[Any]) -> Change:
    def changed(answers: dict[str, Any]) -> None:
        with_parameters(answers, DefaultFramework="sklearn", DefaultFrameworkVersion=version)
        answers["batch_get_image"] = {"images": images}

    return changed


def one_zone(answers: dict[str, Any]) -> None:
    for subnet in answers["describe_subnets"]["Subnets"]:
        subnet["AvailabilityZone"] = "us-east-1a"


def full_subnet(answers: dict[str, Any]) -> None:
    answers["describe_subnets"]["Subnets"][0]["AvailableIpAddressCount"] = 1


def rolled_back(answers: dict[str, Any]) -> None:
    answers["describe_stacks"]["Stacks"][0]["StackStatus"] = "UPDATE_ROLLBACK_COMPLETE"


def failed_resource(answers: dict[str, Any]) -> None:
    answers["list_stack_resources"]["StackResourceSummaries"][0]["ResourceStatus"] = "UPDATE_FAILED"


def new_parameter(answers: dict[str, Any]) -> None:
    answers["get_template"]["TemplateBody"]["Parameters"]["Newer"] = {"Default": ""}


@pytest.mark.parametrize(
    ("broken", "check", "status", "words"),
    [
        (rolled_back, "stack", Status.FAILED, "UPDATE_ROLLBACK_COMPLETE"),
        (new_parameter, "parameters", Status.FAILED, "lacks Newer"),
        (failed_resource, "resources", Status.FAILED, "CreateFunction is UPDATE_FAILED"),
        (answer_with("get_role", refused("NoSuchEntity")), "resources", Status.FAILED, "ExecutionRole does not exist"),
        (change("describe_state_machine", definition="{}"), "workflow", Status.FAILED, "is not the template's"),
        (change("get_function_configuration", CodeSha256="other"), "code", Status.FAILED, "CreateFunction runs other"),
        (change("filter_log_events", events=[{}]), "runtime", Status.FAILED, "SdkTooOld"),
        (
            change("get_role", Role={"Arn": ROLE, "AssumeRolePolicyDocument": {"Statement": []}}),
            "roles",
            Status.FAILED,
            "does not trust SageMaker",
        ),
        (
            change("get_role", Role={"Arn": ROLE, "AssumeRolePolicyDocument": trusting("ec2.amazonaws.com")}),
            "trust",
            Status.FAILED,
            "ExecutionRole is assumed by ec2.amazonaws.com, sagemaker.amazonaws.com",
        ),
        (change("list_service_quotas", Quotas=[]), "quotas", Status.WARNING, "does not list"),
        (
            change(
                "list_service_quotas",
                Quotas=[{"QuotaName": "ml.m5.large for endpoint usage", "QuotaCode": "L-1", "Value": 0}],
            ),
            "quotas",
            Status.FAILED,
            "is 0",
        ),
        (
            change("get_account_settings", AccountLimit={"ConcurrentExecutions": 10}),
            "quotas",
            Status.WARNING,
            "only 10",
        ),
        (default_framework("1.2-1", []), "images", Status.FAILED, "does not exist"),
        (default_framework("77.0", [{}]), "images", Status.FAILED, "77.0"),
        (key_of("PendingDeletion", "SYMMETRIC_DEFAULT"), "keys", Status.FAILED, "PendingDeletion"),
        (key_of("Enabled", "RSA_2048"), "keys", Status.FAILED, "RSA_2048"),
        (missing_key, "keys", Status.FAILED, "missing"),
        (one_zone, "subnets", Status.FAILED, "us-east-1a"),
        (full_subnet, "subnets", Status.FAILED, "subnet-a has too few addresses"),
        (change("describe_alarms", MetricAlarms=[]), "alarms", Status.FAILED, "does not exist"),
        (
            change("describe_alarms", MetricAlarms=[{"AlarmName": "slipway-DeploymentsFailed", "StateValue": "ALARM"}]),
            "alarms",
            Status.WARNING,
            "in ALARM",
        ),
        (
            change("get_queue_attributes", Attributes={"ApproximateNumberOfMessages": "3"}),
            "dead letters",
            Status.WARNING,
            "Queue holds 3",
        ),
        (change("get_schedule", State="DISABLED"), "schedule", Status.WARNING, "is DISABLED"),
        (
            change("list_endpoints", Endpoints=[{"EndpointName": "slipway-probe-1-endpoint"}]),
            "probes",
            Status.WARNING,
            "slipway-probe-1-endpoint",
        ),
    ],
)
def test_what_is_wrong_is_named_with_what_to_do(broken: Change, check: str, status: Status, words: str) -> None:
    answers = copy.deepcopy(sound())
    broken(answers)

    wrong = [one for one in results(answers) if one.status != Status.OK]

    assert (check, status) in [(one.check, one.status) for one in wrong if words in one.says]
    assert all(one.to_do.endswith(".") for one in wrong)


@pytest.mark.parametrize(
    "operation", ["describe_alarms", "get_account_settings", "describe_state_machine", "get_template"]
)
def test_what_cannot_be_read_is_a_warning_and_the_other_checks_go_on(operation: str) -> None:
    answers = sound() | {operation: refused("AccessDeniedException", operation)}

    found = results(answers)

    assert {one.check for one in found} == CHECKS.keys() - {"images"}
    unread = [one for one in found if one.says.startswith("not checked: AWS denied")]
    assert unread
    assert {one.status for one in unread} == {Status.WARNING}
    assert [one for one in found if one.status == Status.FAILED] == []


def test_without_a_stack_nothing_is_checked() -> None:
    target = Target(Services(sound()), "us-east-1", known_outputs={})

    with pytest.raises(StackUnfinished):
        list(examine(target))


def test_the_command_prints_every_check_and_fails_with_one_that_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = sound()
    rolled_back(answers)
    monkeypatch.setattr(doctor, "find_target", lambda _choice: target_of(answers))

    shown, as_json = (CliRunner().invoke(main, ["doctor", *options]) for options in ([], ["--json"]))

    assert (shown.exit_code, as_json.exit_code) == (1, 1)
    assert "Failed   stack: slipway is UPDATE_ROLLBACK_COMPLETE" in shown.stdout
    assert "1 of " in shown.stderr
    assert {one["Status"] for one in json.loads(as_json.stdout)} == {"OK", "Failed"}


def test_the_list_has_the_cost_of_all_probes() -> None:
    listed = CliRunner().invoke(main, ["doctor", "--list"])

    assert listed.exit_code == 0
    assert "probes; together about $" in listed.stderr


def test_nothing_is_created_without_a_yes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "find_target", lambda _choice: target_of({}))

    answered = CliRunner().invoke(main, ["doctor", "--probe"], input="n\n")

    assert answered.exit_code == 1
    assert "Run 28 probes in the account, in us-east-1? They cost about $" in answered.stderr
