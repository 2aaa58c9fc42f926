"""The Python API: `import slipway` has these names."""

from slipway_python.deployments import Deployment, DeploymentFailed, DeploymentSuperseded, Endpoint
from slipway_python.functions import deploy, endpoint, endpoints, transform
from slipway_python.transform_job import TransformFailed, TransformJob

__all__ = [
    "Deployment",
    "DeploymentFailed",
    "DeploymentSuperseded",
    "Endpoint",
    "TransformFailed",
    "TransformJob",
    "deploy",
    "endpoint",
    "endpoints",
    "transform",
]
