"""docs/security.md: each line names tests that exist, each limit of the owner is there, and no actor is forgotten."""

from __future__ import annotations

import ast
import re

import pytest

from slipway.deployment.limits import LimitExceeded
from tests.conventions.policies import allowed
from tests.conventions.project import ROOT, resources, syntax_of, template

TEXT = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
TEST = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")
LIMITS = re.compile(r"Allowed\w+|Max\w+|VpcModels|SideFileHosting|SecondModelBucket|HttpApi")


def section(heading: str) -> str:
    return TEXT.split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]


def rows(heading: str) -> list[list[str]]:
    """Return the cells of a section's table, without its head."""
    lines = [line for line in section(heading).splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


@pytest.mark.parametrize(("path", "name"), sorted(set(TEST.findall(TEXT))))
def test_a_test_that_is_named_exists(path: str, name: str) -> None:
    functions = {node.name for node in ast.walk(syntax_of(ROOT / path)) if isinstance(node, ast.FunctionDef)}
    assert name in functions


def test_each_line_of_the_threat_model_names_a_test() -> None:
    threats = rows("Threats")
    assert len(threats) >= 20
    assert [row[:2] for row in threats if not TEST.search(row[3])] == []


def test_every_actor_has_something_that_must_not_happen() -> None:
    actors = {row[0] for row in rows("Principals")} - {"owner"}
    restrained = {row[0].split(" ")[0] for row in rows("Threats")}
    assert actors <= restrained


def test_each_limit_of_the_owner_is_described() -> None:
    described = set(re.findall(r"`(\w+)`", "".join(row[0] for row in rows("Limits by the owner"))))
    assert described >= {name for name in template()["Parameters"] if LIMITS.fullmatch(name)}
    assert described <= set(template()["Parameters"])


def test_each_error_of_a_limit_names_a_parameter_in_what_it_means() -> None:
    for kind in LimitExceeded.__subclasses__():
        assert set(re.findall(r"\w+", kind.__doc__ or "")) & set(template()["Parameters"]), kind.__name__


def test_what_models_run_as_writes_logs_metrics_and_answers_only() -> None:
    own = [statement for statement in allowed() if statement.owner == "ExecutionRole"]
    reading = re.compile(r"\w+:(?:Get|BatchGet|BatchCheck|List|Describe)\w+|kms:\w+")
    writing = {action for statement in own for action in statement.actions if not reading.fullmatch(action)}
    logs = {"logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"}
    # The network interfaces of a VPC, with the parameter VpcModels.
    interfaces = {action for action in writing if action.startswith("ec2:") and "NetworkInterface" in action}
    assert writing - interfaces == logs | {"cloudwatch:PutMetricData", "s3:PutObject", "s3:AbortMultipartUpload"}
    (answers,) = [statement for statement in own if "s3:PutObject" in statement.actions]
    assert answers.resources == [{"Fn::Sub": "${ModelBucket.Arn}/inference/*"}]  # where no model is stored


def test_the_model_bucket_takes_nothing_without_tls_and_is_never_public() -> None:
    (bucket,) = resources("AWS::S3::Bucket").values()
    blocked = bucket["Properties"]["PublicAccessBlockConfiguration"]
    (policy,) = resources("AWS::S3::BucketPolicy").values()
    (statement,) = policy["Properties"]["PolicyDocument"]["Statement"]
    assert (len(blocked), set(blocked.values())) == (4, {True})
    assert (statement["Effect"], statement["Action"]) == ("Deny", "s3:*")
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
