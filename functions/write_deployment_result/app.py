"""WriteDeploymentResult: the outcome of an upload's execution becomes a file beside the upload."""

from slipway.entrypoints.bootstrap import Services
from slipway.entrypoints.handlers import Request, task_handler
from slipway.outcomes.write_deployment_result import write_deployment_result


@task_handler
def handler(request: Request, services: Services) -> None:
    """Take {Input, UploadedAt, Result, Execution}, where Input is the S3 event."""
    event, uploaded_at, result = request["Input"], request["UploadedAt"], request["Result"]
    files, settings = services.result_files, services.settings
    write_deployment_result(event, uploaded_at, result, request["Execution"], files, settings)
