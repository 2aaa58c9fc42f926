"""Policies of a template as documents that a linter of IAM reads."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest

from dev.findings import check_findings
from dev.policies import UnknownReference, documents, resolved, write_policies
from dev.sam_translation import translated
from tests.conventions.project import TEMPLATE


def template(statement: dict[str, Any]) -> dict[str, Any]:
    policy = {"PolicyName": "P", "PolicyDocument": {"Version": "2012-10-17", "Statement": [statement]}}
    return {
        "Resources": {
            "Role": {"Type": "AWS::IAM::Role", "Properties": {"Policies": [policy]}},
            "Models": {"Type": "AWS::S3::Bucket"},
        }
    }


def test_references_become_names_that_stand_for_the_real_ones() -> None:
    resource = {"Fn::Sub": "${Models.Arn}/*"}
    key = {"Fn::If": ["HasKey", {"Ref": "KmsKeyArn"}, {"Ref": "AWS::NoValue"}]}

    [(name, document)] = documents(template({"Resource": [resource, key, {"Fn::GetAtt": ["Models", "Arn"]}]}))

    (statement,) = document["Statement"]
    assert name == "Role-0"
    assert statement["Resource"][0] == "arn:aws:s3:::models/*"
    assert statement["Resource"][1].startswith("arn:aws:kms:")
    assert statement["Resource"][2] == "arn:aws:s3:::models"


@pytest.mark.parametrize("reference", [{"Ref": "Missing"}, {"Fn::GetAtt": ["Missing", "Arn"]}])
def test_what_is_not_known_is_named(reference: dict[str, Any]) -> None:
    with pytest.raises(UnknownReference, match="Missing"):
        resolved(reference, {})


def test_every_role_of_the_stack_that_has_policies_has_a_file(tmp_path: Path) -> None:
    write_policies(TEMPLATE, tmp_path)

    plain = json.loads((tmp_path / "plain.json").read_text(encoding="utf-8"))
    assert plain == translated(TEMPLATE.read_text(encoding="utf-8"))
    roles = {
        name
        for name, about in plain["Resources"].items()
        if about["Type"] == "AWS::IAM::Role" and about["Properties"].get("Policies")
    }
    written = list((tmp_path / "policies").iterdir())
    assert {file.stem.rpartition("-")[0] for file in written} == roles
    assert not any("Fn::" in file.read_text(encoding="utf-8") for file in written)


def findings(tmp_path: Path, *lines: dict[str, Any]) -> int:
    decision = {"issue": "EXPOSED", "policy": "Role-0", "about": ["s3:getobject"], "reason": "decided"}
    (tmp_path / "decisions.yaml").write_text(json.dumps([decision]), encoding="utf-8")
    text = io.StringIO("\n".join(json.dumps(line) for line in lines))
    return check_findings(tmp_path / "decisions.yaml", text)


def line(action: str) -> dict[str, Any]:
    return {"issue": "EXPOSED", "detail": "", "location": {"actions": [action], "filepath": "policies/Role-0.json"}}


def test_a_finding_with_a_decision_passes(tmp_path: Path) -> None:
    assert findings(tmp_path, line("s3:getobject")) == 0


def test_a_finding_without_a_decision_fails_by_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert findings(tmp_path, line("s3:getobject"), line("s3:putobject")) == 1
    assert "EXPOSED of Role-0: s3:putobject" in capsys.readouterr().out


def test_a_decision_without_a_finding_fails(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert findings(tmp_path) == 1
    assert "not found any more" in capsys.readouterr().out
