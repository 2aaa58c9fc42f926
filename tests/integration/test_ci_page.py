"""The policy of docs/ci.md is enough to deploy and to follow the deployment."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import slipway
from tests.documents.blocks import ROOT, blocks
from tests.integration import archives
from tests.integration.deployments import Account, endpoint_name

TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::000000000000:root"}, "Action": "sts:AssumeRole"}
    ],
}
POLICY = next("\n".join(block.lines) for block in blocks(ROOT / "docs" / "ci.md") if block.language == "json")


@pytest.mark.full
def test_a_role_with_the_policy_of_the_page_deploys(
    account: Account, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a role that has the policy, and nothing else
    name, iam = endpoint_name("pipeline"), account.client("iam")
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]["Arn"]
    policy = POLICY.replace("MODEL_BUCKET", account.description.model_bucket)
    iam.put_role_policy(RoleName=name, PolicyName="deploy", PolicyDocument=policy)
    session = account.client("sts").assume_role(RoleArn=role, RoleSessionName="pipeline")["Credentials"]
    monkeypatch.setenv("AWS_ENDPOINT_URL", account.endpoint_url)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", session["AccessKeyId"])
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", session["SecretAccessKey"])
    monkeypatch.setenv("AWS_SESSION_TOKEN", session["SessionToken"])
    # When it deploys an archive
    archive = tmp_path / "model.tar.gz"
    archive.write_bytes(archives.answering(3))
    deployment = slipway.deploy(
        archive, name=name, framework="pytorch", instance_type="ml.m5.large", region="us-east-1", wait=False
    )
    deployment.wait(None)
    # Then it can follow the deployment to its end
    assert deployment.outcome == "Created"
