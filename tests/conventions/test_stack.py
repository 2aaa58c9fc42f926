"""What every function, parameter, queue and configuration of the stack has."""

from __future__ import annotations

import tomllib

import pytest

from tests.conventions.project import (
    ROOT,
    Json,
    definition,
    functions,
    lambda_states,
    resources,
    template,
    uncalled_by_the_workflow,
)

LOG_GROUPS = resources("AWS::Logs::LogGroup")


def samconfig() -> Json:
    return tomllib.loads((ROOT / "samconfig.toml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", sorted(template()["Parameters"]))
def test_a_parameter_says_what_it_is_for_and_what_it_takes(name: str) -> None:
    parameter = template()["Parameters"][name]
    assert parameter["Description"].endswith(".")
    assert parameter.keys() & {"AllowedPattern", "AllowedValues", "MinValue"}
    assert "Default" in parameter, "sam deploy asks for nothing"


def test_every_parameter_is_in_one_group_of_the_console_with_a_label() -> None:
    interface = template()["Metadata"]["AWS::CloudFormation::Interface"]
    grouped = [name for group in interface["ParameterGroups"] for name in group["Parameters"]]
    assert grouped == list(template()["Parameters"])
    assert list(interface["ParameterLabels"]) == grouped
    assert all(group["Label"]["default"] for group in interface["ParameterGroups"])


@pytest.mark.parametrize("name", sorted(template()["Outputs"]))
def test_an_output_says_what_it_is_for(name: str) -> None:
    assert template()["Outputs"][name]["Description"].endswith(".")


@pytest.mark.parametrize("state", [*lambda_states(), *uncalled_by_the_workflow()])
def test_a_function_writes_to_a_log_group_of_its_own(state: str) -> None:
    logging = functions()[f"{state}Function"]["Properties"]["LoggingConfig"]
    assert logging["LogGroup"] == {"Ref": f"{state}LogGroup"}
    name = LOG_GROUPS[f"{state}LogGroup"]["Properties"]["LogGroupName"]
    assert name == {"Fn::Sub": f"/aws/lambda/${{AWS::StackName}}-{state}"}


@pytest.mark.parametrize("name", sorted(LOG_GROUPS))
def test_logs_are_kept_as_long_as_the_owner_says(name: str) -> None:
    assert LOG_GROUPS[name]["Properties"]["RetentionInDays"] == {"Ref": "LogRetentionDays"}


@pytest.mark.parametrize("name", sorted(functions()))
def test_a_function_is_built_on_machines_without_its_runtime(name: str) -> None:
    assert functions()[name]["Metadata"]["BuildMethod"] == "python-uv"


def test_python_uv_is_enabled_wherever_sam_builds() -> None:
    for environment, commands in samconfig().items():
        if environment != "version":
            assert commands["build"]["parameters"]["beta_features"] is True, environment


def test_sam_is_configured_for_default_local_and_prod() -> None:
    assert {"default", "local", "prod"} <= samconfig().keys()


@pytest.mark.parametrize("environment", ["default", "local", "prod"])
def test_deploying_asks_for_no_flag(environment: str) -> None:
    commands = samconfig()[environment]
    assert commands["global"]["parameters"]["stack_name"]
    assert commands["deploy"]["parameters"]["capabilities"] == "CAPABILITY_IAM"
    assert commands["deploy"]["parameters"]["resolve_s3"] is True


def test_overrides_name_parameters_of_the_template() -> None:
    for commands in samconfig().values():
        deploy = commands["deploy"]["parameters"] if isinstance(commands, dict) else {}
        names = {pair.split("=")[0] for pair in deploy.get("parameter_overrides", "").split()}
        assert names <= template()["Parameters"].keys()


def test_queues_are_encrypted() -> None:
    # checkov knows encryption by KMS keys only, so that its check is off (.checkov.yaml).
    queues = resources("AWS::SQS::Queue")
    assert queues
    by_sqs = {"Fn::If": ["HasKmsKey", {"Ref": "AWS::NoValue"}, True]}
    assert all(queue["Properties"]["SqsManagedSseEnabled"] == by_sqs for queue in queues.values())


def test_the_model_bucket_is_encrypted() -> None:
    (bucket,) = resources("AWS::S3::Bucket").values()
    (rule,) = bucket["Properties"]["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert rule["ServerSideEncryptionByDefault"] == {
        "SSEAlgorithm": {"Fn::If": ["HasKmsKey", "aws:kms", "AES256"]},
        "KMSMasterKeyID": OF_THE_OWNER,
    }


OF_THE_OWNER = {"Fn::If": ["HasKmsKey", {"Ref": "KmsKeyArn"}, {"Ref": "AWS::NoValue"}]}


@pytest.mark.parametrize(
    ("kind", "field"),
    [("AWS::Logs::LogGroup", "KmsKeyId"), ("AWS::SQS::Queue", "KmsMasterKeyId"), ("AWS::SNS::Topic", "KmsMasterKeyId")],
)
def test_what_holds_data_is_encrypted_by_the_owners_key_if_there_is_one(kind: str, field: str) -> None:
    found = resources(kind)
    assert found
    assert {name: about["Properties"].get(field) for name, about in found.items()} == dict.fromkeys(found, OF_THE_OWNER)


# SQS developer guide, "Amazon SQS security best practices": enforce encryption of data in transit.
@pytest.mark.parametrize(
    ("kind", "policy_kind", "field", "action"),
    [
        ("AWS::SNS::Topic", "AWS::SNS::TopicPolicy", "Topics", "sns:Publish"),
        ("AWS::SQS::Queue", "AWS::SQS::QueuePolicy", "Queues", "sqs:*"),
    ],
)
def test_topics_and_queues_take_nothing_without_tls(kind: str, policy_kind: str, field: str, action: str) -> None:
    denied = {
        target["Ref"]
        for policy in resources(policy_kind).values()
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]
        for target in policy["Properties"][field]
        if (statement["Effect"], statement["Action"], statement["Principal"]) == ("Deny", action, "*")
        and statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    }
    assert denied == resources(kind).keys()


def test_lambda_lets_through_what_the_functions_log() -> None:
    """Lambda developer guide, "Log-level filtering": JSON logs below the level are dropped, INFO if none is set.

    A line without a level counts as INFO: metrics in the embedded format, and tracebacks of the runtime
    (aws-lambda-python-runtime-interface-client issues 202 and 220). A level above INFO would drop those.
    """
    shared = template()["Globals"]["Function"]
    assert shared["LoggingConfig"] == {"LogFormat": "JSON", "ApplicationLogLevel": {"Ref": "LogLevel"}}
    assert shared["Environment"]["Variables"]["POWERTOOLS_LOG_LEVEL"] == {"Ref": "LogLevel"}
    assert template()["Parameters"]["LogLevel"]["AllowedValues"] == ["DEBUG", "INFO"]


def test_the_workflow_is_logged_without_its_data_and_traced() -> None:
    for machine in resources("AWS::Serverless::StateMachine").values():
        assert machine["Properties"]["Logging"]["Level"] == "ALL"
        assert machine["Properties"]["Logging"]["IncludeExecutionData"] is False
        assert machine["Properties"]["Tracing"]["Enabled"] is True


def test_the_longest_deadline_ends_before_the_workflow_does() -> None:
    assert template()["Parameters"]["DefaultDeadlineMinutes"]["MaxValue"] * 60 < definition()["TimeoutSeconds"]
