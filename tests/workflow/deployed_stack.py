"""What CloudFormation makes of the template, as far as the workflow sees it: names, environments, substitutions."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from tests.conventions.project import ROOT, Json, functions, read_yaml, template
from tests.workflow.failures import UnknownFeature

REGION = "us-east-1"
ACCOUNT = "123456789012"  # moto's
STACK = "slipway"
MODEL_BUCKET = "slipway-models"
PSEUDO = {"AWS::Region": REGION, "AWS::AccountId": ACCOUNT, "AWS::Partition": "aws", "AWS::StackName": STACK}
GIVEN = {"ModelBucket": MODEL_BUCKET}

ARNS = {
    "AWS::IAM::Role": f"arn:aws:iam::{ACCOUNT}:role/{STACK}-{{}}",
    "AWS::Serverless::Function": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{{}}",
    "AWS::Serverless::StateMachine": f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:{{}}",
    "AWS::S3::Bucket": f"arn:aws:s3:::{MODEL_BUCKET}",
    "AWS::SQS::Queue": f"arn:aws:sqs:{REGION}:{ACCOUNT}:{STACK}-{{}}",
    "AWS::SNS::Topic": f"arn:aws:sns:{REGION}:{ACCOUNT}:{STACK}-{{}}",
}
REF_IS_ARN = ("AWS::Serverless::StateMachine", "AWS::SNS::Topic")


def resolved(value: Any) -> str:
    """Return what a value of the template is once deployed with the default parameters."""
    if not isinstance(value, dict):
        return str(value)
    ((intrinsic, argument),) = value.items()
    if intrinsic == "Ref":
        return _ref(argument)
    if intrinsic == "Fn::GetAtt" and argument[1] == "Arn":
        return _arn(argument[0])
    if intrinsic == "Fn::GetAtt" and argument[1] == "Name":
        return _given_name(argument[0])
    if intrinsic == "Fn::Sub" and isinstance(argument, str):
        return re.sub(r"\$\{([\w:.]+)\}", lambda match: _named(match[1]), argument)
    if intrinsic == "Fn::If":
        return resolved(argument[1] if _condition(argument[0]) else argument[2])
    raise UnknownFeature(f"the template's {value}")


@cache
def workflow(name: str = "DeployEndpoint") -> Json:
    """Return a workflow's definition with its substitutions made."""
    machine = template()["Resources"][f"{name}StateMachine"]["Properties"]
    values = {name: resolved(value) for name, value in machine["DefinitionSubstitutions"].items()}
    text = re.sub(
        r"\$\{(\w+)\}", lambda match: values[match[1]], (ROOT / machine["DefinitionUri"]).read_text(encoding="utf-8")
    )
    return read_yaml(text)


@cache
def environment_of(function: str) -> dict[str, str]:
    """Return a function's environment variables."""
    shared = template()["Globals"]["Function"]["Environment"]["Variables"]
    own = functions()[function]["Properties"].get("Environment", {}).get("Variables", {})
    return {"AWS_REGION": REGION} | {name: resolved(value) for name, value in {**shared, **own}.items()}


def module_of(function: str) -> str:
    """Return the module of a function's handler."""
    return str(functions()[function]["Properties"]["Handler"]).removesuffix(".handler")


def role_arn() -> str:
    """Return the ARN of the role that SageMaker acts as."""
    return _arn("ExecutionRole")


def trust_policy() -> Any:
    """Return the trust policy of the role that SageMaker acts as."""
    return _deployed(template()["Resources"]["ExecutionRole"]["Properties"]["AssumeRolePolicyDocument"])


def _deployed(value: Any) -> Any:
    if isinstance(value, dict) and not any(key == "Ref" or key.startswith("Fn::") for key in value):
        return {key: _deployed(member) for key, member in value.items()}
    if isinstance(value, list):
        return [_deployed(item) for item in value]
    return resolved(value)


def _named(name: str) -> str:
    resource, _, attribute = name.partition(".")
    return resolved({"Fn::GetAtt": [resource, attribute]} if attribute else {"Ref": name})


def _ref(name: str) -> str:
    if name in PSEUDO or name in GIVEN:
        return PSEUDO.get(name) or GIVEN[name]
    if name in template()["Parameters"]:
        return str(template()["Parameters"][name]["Default"])
    if name == "AWS::NoValue":
        return ""
    kind = template()["Resources"][name]["Type"]
    return _arn(name) if kind in REF_IS_ARN else f"{STACK}-{name}"


def _arn(resource: str) -> str:
    kind = template()["Resources"][resource]["Type"]
    if kind not in ARNS:
        raise UnknownFeature(f"the ARN of a {kind}")
    return ARNS[kind].format(_given_name(resource) if kind == "AWS::Serverless::StateMachine" else resource)


def _given_name(resource: str) -> str:
    return resolved(template()["Resources"][resource]["Properties"]["Name"])


def _condition(name: str) -> bool:
    condition = template()["Conditions"][name]
    ((operator, argument),) = condition.items()
    if operator == "Fn::Not":
        return not _equal(argument[0])
    return _equal(condition)


def _equal(condition: Json) -> bool:
    ((operator, argument),) = condition.items()
    if operator != "Fn::Equals":
        raise UnknownFeature(f"the template's {condition}")
    return resolved(argument[0]) == resolved(argument[1])
