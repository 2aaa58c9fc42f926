from __future__ import annotations

import json
import os
import zipfile
from pathlib import Path

from slipway_local.stack.packed_template import packed_template

TEMPLATE = """
AWSTemplateFormatVersion: '2010-09-09'
Globals: {Function: {CodeUri: functions/}}
Resources:
  One: {Type: AWS::Serverless::Function, Properties: {CodeUri: Shared, Role: {Fn::GetAtt: [Role, Arn]}}}
  Another: {Type: AWS::Serverless::Function, Properties: {CodeUri: Shared}}
  Inline: {Type: AWS::Serverless::Function, Properties: {InlineCode: ""}}
  Machine: {Type: AWS::Serverless::StateMachine, Properties: {DefinitionUri: ../machine.asl.yaml}}
  Role: {Type: AWS::IAM::Role}
"""


def test_each_folder_is_packed_once_and_all_else_is_as_it_was_built(tmp_path: Path) -> None:
    (tmp_path / "Shared" / "package").mkdir(parents=True)
    (tmp_path / "Shared" / "app.py").write_text("x = 1")
    (tmp_path / "Shared" / "package" / "more.py").write_text("y = 2")
    (tmp_path / "template.yaml").write_text(TEMPLATE)

    packed = packed_template(tmp_path / "template.yaml")

    assert packed == tmp_path / "template.json"
    resources = json.loads(packed.read_text())["Resources"]
    assert resources["One"]["Properties"] == {"CodeUri": "Shared.zip", "Role": {"Fn::GetAtt": ["Role", "Arn"]}}
    assert resources["Another"]["Properties"] == {"CodeUri": "Shared.zip"}
    assert resources["Machine"]["Properties"] == {"DefinitionUri": "../machine.asl.yaml"}
    with zipfile.ZipFile(tmp_path / "Shared.zip") as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == {
            "app.py": b"x = 1",
            "package/more.py": b"y = 2",
        }


def test_the_same_files_make_the_same_archive(tmp_path: Path) -> None:
    (tmp_path / "Shared").mkdir()
    (tmp_path / "Shared" / "app.py").write_text("x = 1")
    (tmp_path / "template.yaml").write_text(TEMPLATE)
    packed_template(tmp_path / "template.yaml")
    before = (tmp_path / "Shared.zip").read_bytes()
    os.utime(tmp_path / "Shared" / "app.py", (0, 0))

    packed_template(tmp_path / "template.yaml")

    assert (tmp_path / "Shared.zip").read_bytes() == before
