"""An approval in the Model Registry becomes one deployment, however often and in which order its events come."""

from __future__ import annotations

from tests.permissions.triggers import approve, send, train
from tests.workflow.world import World

APPROVAL, JOB = "SageMaker Model Package State Change", "SageMaker Training Job State Change"
SIDE_FILE = b'{"EndpointName": "fraud", "InstanceType": "ml.m5.large"}'


def test_an_approval_three_times_out_of_order_then_a_rejection_is_one_deployment(world: World) -> None:
    world.sagemaker.call("CreateModelPackageGroup", {"ModelPackageGroupName": "fraud"})
    world.put("packages/fraud/deployment.json", SIDE_FILE)
    earlier = approve(world, "earlier")
    world.time.pass_(60)
    later = approve(world, "later")

    send(world, APPROVAL, ModelPackageArn=later)
    send(world, APPROVAL, ModelPackageArn=earlier)
    send(world, APPROVAL, ModelPackageArn=later)  # while the first one's execution runs
    world.run()
    send(world, APPROVAL, ModelPackageArn=later)  # and after it has ended
    rejected = {"ModelPackageArn": later, "ModelApprovalStatus": "Rejected"}
    world.sagemaker.call("UpdateModelPackage", rejected)
    send(world, APPROVAL, ModelPackageArn=later)
    world.run()

    assert [one.outcome for one in world.executions] == ["Created"]
    assert world.executions[0].input["ModelPackageArn"] == later


def test_a_version_rejected_before_its_deployment_begins_is_not_deployed(world: World) -> None:
    world.sagemaker.call("CreateModelPackageGroup", {"ModelPackageGroupName": "fraud"})
    world.put("packages/fraud/deployment.json", SIDE_FILE)
    arn = approve(world)
    send(world, APPROVAL, ModelPackageArn=arn)
    world.sagemaker.call("UpdateModelPackage", {"ModelPackageArn": arn, "ModelApprovalStatus": "Rejected"})
    world.run()
    assert [one.error for one in world.executions] == ["ModelPackageNotApproved"]
    assert world.created == []


def test_a_completed_training_job_is_deployed_once(world: World) -> None:
    train(world)
    world.put("models/trained/deployment.json", b'{"Framework": "sklearn", "FrameworkVersion": "1.2-1"}')
    send(world, JOB, TrainingJobName="fraud-7")
    world.run()
    send(world, JOB, TrainingJobName="fraud-7")
    assert [(one.outcome, one.input["EndpointName"]) for one in world.executions] == [("Created", "trained")]
