"""Policies with CloudFormation's functions resolved to names that stand for the real ones."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from dev.sam_translation import translated

Json = dict[str, Any]
ACCOUNT, REGION = "111122223333", "us-east-1"
PSEUDO = {
    "AWS::AccountId": ACCOUNT,
    "AWS::Partition": "aws",
    "AWS::Region": REGION,
    "AWS::StackName": "slipway",
}
# Parameters that policies name: a value of the form that each takes.
PARAMETERS = {
    "AllowedExecutionRoles": f"arn:aws:iam::{ACCOUNT}:role/my-first,arn:aws:iam::{ACCOUNT}:role/my-second",
    "AllowedKmsKeys": f"arn:aws:kms:{REGION}:{ACCOUNT}:key/5678abcd-12ab-34cd-56ef-1234567890ab",
    "SecondModelBucket": "my-second-bucket",
    # Of examples/promotion/registry.yaml.
    "GroupName": "fraud",
    "ModelBucketName": "my-model-bucket",
    "ProductionAccountId": "444455556666",
    "StackName": "slipway",
    "KmsKeyArn": f"arn:aws:kms:{REGION}:{ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab",
}
ARNS = {
    "AWS::IAM::Role": f"arn:aws:iam::{ACCOUNT}:role/{{}}",
    "AWS::Lambda::Function": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{{}}",
    "AWS::StepFunctions::StateMachine": f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:{{}}",
    "AWS::S3::Bucket": "arn:aws:s3:::{}",
    "AWS::SQS::Queue": f"arn:aws:sqs:{REGION}:{ACCOUNT}:{{}}",
    "AWS::SNS::Topic": f"arn:aws:sns:{REGION}:{ACCOUNT}:{{}}",
}
REF_IS_ARN = ("AWS::StepFunctions::StateMachine", "AWS::SNS::Topic")


class UnknownReference(Exception):
    """A policy refers to something that has no form here yet: add it to the tables above."""


def write_policies(template: Path, folder: Path) -> None:
    """Write a SAM template as `plain.json` into a folder, and each of its policies into `policies` there."""
    plain = translated(template.read_text(encoding="utf-8"))
    policies = folder / "policies"
    shutil.rmtree(policies, ignore_errors=True)
    policies.mkdir(parents=True)
    (folder / "plain.json").write_text(json.dumps(plain, indent=1) + "\n", encoding="utf-8")
    for name, document in documents(plain):
        (policies / f"{name}.json").write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")


def documents(template: Mapping[str, Any]) -> Iterator[tuple[str, Json]]:
    """Yield (name, document) of every policy of every role, as they are when all conditions of the template hold."""
    kinds = {name: about["Type"] for name, about in template["Resources"].items()}
    for name, about in template["Resources"].items():
        if about["Type"] == "AWS::IAM::Role":
            for number, policy in enumerate(about["Properties"].get("Policies", [])):
                yield f"{name}-{number}", resolved(policy["PolicyDocument"], kinds)


def resolved(value: Any, kinds: Mapping[str, str]) -> Any:
    """Return a value without CloudFormation's functions. Raises `UnknownReference`."""
    if isinstance(value, list):
        return [resolved(item, kinds) for item in value]
    return _object(value, kinds) if isinstance(value, dict) else value


def _object(value: Json, kinds: Mapping[str, str]) -> Any:
    if "Ref" in value:
        return _named(value["Ref"], kinds)
    if "Fn::GetAtt" in value:
        return _named(".".join(value["Fn::GetAtt"]), kinds)
    if "Fn::Sub" in value:
        return re.sub(r"\$\{([\w:.]+)\}", lambda match: _named(match[1], kinds), value["Fn::Sub"])
    if "Fn::Split" in value:
        separator, text = value["Fn::Split"]
        return resolved(text, kinds).split(separator)
    if "Fn::If" in value:
        return resolved(value["Fn::If"][1], kinds)
    return {key: resolved(member, kinds) for key, member in value.items()}


def _named(name: str, kinds: Mapping[str, str]) -> str:
    known = PSEUDO.get(name) or PARAMETERS.get(name)
    if known:
        return known
    resource, _, attribute = name.partition(".")
    kind = kinds.get(resource, "")
    if attribute == "Arn" or (kind in REF_IS_ARN and not attribute):
        if kind not in ARNS:
            raise UnknownReference(f"{name} of a policy is the ARN of a {kind or 'thing that the template lacks'}.")
        return ARNS[kind].format(resource.lower() if kind == "AWS::S3::Bucket" else resource)
    if not kind:
        raise UnknownReference(f"{name} of a policy is neither a resource nor a parameter that is known here.")
    return f"slipway-{resource}"
