from __future__ import annotations

import pytest
from samtranslator.model.exceptions import InvalidDocumentException

from dev.sam_translation import translated

TEMPLATE = """
Transform: AWS::Serverless-2016-10-31
Globals:
  Function:
    CodeUri: functions/
    Runtime: python3.13
Resources:
  PlanDeploymentFunction:
    Type: AWS::Serverless::Function
    Properties:
      Handler: plan_deployment.app.handler
      Policies:
        - Version: "2012-10-17"
          Statement: [{Effect: Allow, Action: s3:GetObject, Resource: !Sub "${AWS::StackName}"}]
  Machine:
    Type: AWS::Serverless::StateMachine
    Properties:
      DefinitionUri: statemachine/machine.asl.yaml
      Role: !GetAtt PlanDeploymentFunctionRole.Arn
"""


def test_a_function_becomes_a_function_and_its_role() -> None:
    resources = translated(TEMPLATE)["Resources"]
    assert {name: resource["Type"] for name, resource in resources.items()} == {
        "PlanDeploymentFunction": "AWS::Lambda::Function",
        "PlanDeploymentFunctionRole": "AWS::IAM::Role",
        "Machine": "AWS::StepFunctions::StateMachine",
    }
    policy = resources["PlanDeploymentFunctionRole"]["Properties"]["Policies"][0]["PolicyDocument"]
    assert policy["Statement"] == [
        {"Effect": "Allow", "Action": "s3:GetObject", "Resource": {"Fn::Sub": "${AWS::StackName}"}}
    ]


def test_what_sam_refuses_is_not_written() -> None:
    with pytest.raises(InvalidDocumentException):
        translated(TEMPLATE.replace("Handler:", "Hander:"))
