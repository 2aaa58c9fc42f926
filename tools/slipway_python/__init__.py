"""The Python API: `import slipway` has these names."""

from slipway_python.deployments import Deployment, DeploymentFailed, DeploymentSuperseded, Endpoint
from slipway_python.functions import deploy, endpoint, endpoints

__all__ = ["Deployment", "DeploymentFailed", "DeploymentSuperseded", "Endpoint", "deploy", "endpoint", "endpoints"]
