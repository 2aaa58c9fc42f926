"""Step Functions' own integration of transform jobs, `arn:aws:states:::sagemaker:createTransformJob[.sync]`."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

from slipway_local.engine.patches import Engine, patch
from slipway_local.engine.patches.executions import POLL, Json, current, stepfunctions

SDK = "arn:aws:states:::aws-sdk:sagemaker:"
RESOURCE = "arn:aws:states:::sagemaker:createTransformJob"


@patch("ministack.services.stepfunctions", "_SERVICE_DISPATCH", item=RESOURCE, is_function=False)
def create_transform_job(_original: Any, engine: Engine) -> Callable[[str, Json], Json]:
    """Create a job and, with `.sync`, wait for its end; a stopped execution stops the job.

    The output is what DescribeTransformJob answers; of a job that did not complete it is the cause of
    States.TaskFailed. https://docs.aws.amazon.com/step-functions/latest/dg/connect-sagemaker.html
    """

    def invoked(resource: str, input_data: Json) -> Json:
        created = _call("createTransformJob", input_data)
        return _ended(input_data["TransformJobName"], engine) if resource.endswith(".sync") else created

    return invoked


def _ended(name: str, engine: Engine) -> Json:
    execution = current.get()
    while True:
        described = _call("describeTransformJob", {"TransformJobName": name})
        if described["TransformJobStatus"] == "Completed":
            return described
        if described["TransformJobStatus"] in {"Failed", "Stopped"}:
            raise stepfunctions()._ExecutionError("States.TaskFailed", json.dumps(described))
        if execution and execution["status"] != "RUNNING" and described["TransformJobStatus"] == "InProgress":
            engine.sagemaker.call("StopTransformJob", {"TransformJobName": name})
        time.sleep(POLL)


def _call(operation: str, arguments: Json) -> Json:
    module = stepfunctions()
    try:
        answered: Json = module._invoke_aws_sdk_integration(f"{SDK}{operation}", arguments)
    except module._ExecutionError as error:
        # data-science-sdk pull request 162: the integration has a name of its own for what is not modelled.
        name = error.error.replace("SageMaker.SageMakerException", "SageMaker.AmazonSageMakerException")
        raise module._ExecutionError(name, error.cause) from error
    return answered
