"""The templates of examples/promotion agree with each other, with the stack's trigger and with docs/ci.md."""

from __future__ import annotations

import json
from collections import defaultdict
from typing import Any

from tests.conventions.project import ROOT, Json, read_yaml, resources, substituted
from tests.documents.blocks import blocks

PLACES = dict.fromkeys(("AWS::Region", "AWS::AccountId", "GroupName", "ReleaseBucket.Arn", "ProductionAccountId"), "*")
VALUES = {**PLACES, "AWS::Partition": "aws", "StackName": "slipway", "ModelBucketName": "MODEL_BUCKET"}


def resource(template: str, name: str) -> Json:
    text = (ROOT / "examples" / "promotion" / template).read_text(encoding="utf-8")
    found: Json = read_yaml(text)["Resources"][name]["Properties"]
    return found


def allowed(policy: Json) -> dict[str, set[str]]:
    """Return the resources of a policy by action."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for statement in policy["Statement"]:
        actions, named = statement["Action"], statement["Resource"]
        for action in [actions] if isinstance(actions, str) else actions:
            found[action] |= {named} if isinstance(named, str) else set(map(str, named))
    return found


def test_the_role_of_staging_may_do_what_the_page_about_pipelines_asks_for() -> None:
    page = next("\n".join(block.lines) for block in blocks(ROOT / "docs" / "ci.md") if block.language == "json")
    (policy,) = resource("registry.yaml", "StagingRole")["Policies"]
    staging = allowed(substituted(policy["PolicyDocument"], VALUES))
    missing = {action: named - staging[action] for action, named in allowed(json.loads(page)).items()}
    assert {action: named for action, named in missing.items() if named} == {}


def test_what_the_registry_sends_is_admitted_and_starts_deployments() -> None:
    sent = resource("registry.yaml", "ApprovedRule")["EventPattern"]
    expected: dict[str, Any] = resources("AWS::Events::Rule")["ModelPackageApprovedRule"]["Properties"]["EventPattern"]
    admitted = resource("production.yaml", "ApprovalsPolicy")["Statement"]["Condition"]["ForAllValues:StringEquals"]
    for pattern in (sent, expected):
        assert pattern["source"] == [admitted["events:source"]]
        assert pattern["detail-type"] == [admitted["events:detail-type"]]
        assert pattern["detail"]["ModelApprovalStatus"] == ["Approved"]
