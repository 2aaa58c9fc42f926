"""The control plane of the local SageMaker: models, endpoint configurations, endpoints, tags and faults."""

from slipway_local.sagemaker.control import Control
from slipway_local.sagemaker.errors import ResponseLost, SageMakerError
from slipway_local.sagemaker.faults.orders import Fault
from slipway_local.sagemaker.provider import SageMaker, Wire
from slipway_local.sagemaker.settings import Settings

__all__ = ["Control", "Fault", "ResponseLost", "SageMaker", "SageMakerError", "Settings", "Wire"]
