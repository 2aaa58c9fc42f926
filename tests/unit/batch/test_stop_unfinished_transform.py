"""What an execution that was stopped leaves running is stopped, and nothing else."""

from __future__ import annotations

from tests.fakes.transform_jobs import FakeTransformJobs

from slipway.batch.stop_unfinished_transform import stop_unfinished_transform

ARN = "arn:aws:states:us-east-1:111122223333:execution:slipway-TransformBatch:one"
EVENT = {"detail": {"executionArn": ARN, "startDate": 1795376541984, "status": "ABORTED"}}


def test_only_the_jobs_of_the_execution_are_stopped() -> None:
    jobs = FakeTransformJobs()
    for name, execution in (("mine", ARN), ("other", f"{ARN}-2"), ("ended", ARN)):
        jobs.create({"TransformJobName": name}, [{"Key": "slipway:execution", "Value": execution}])
    jobs.create({"TransformJobName": "foreign"}, [])
    jobs.end("ended", "Completed")
    assert stop_unfinished_transform(EVENT, jobs) == ["mine"]
    assert jobs.stopped == ["mine"]
