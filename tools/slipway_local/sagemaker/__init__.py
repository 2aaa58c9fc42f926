"""The control plane of the local SageMaker: models, endpoint configurations, endpoints, tags and faults."""

from slipway_local.sagemaker.control import Control
from slipway_local.sagemaker.errors import ResponseLost, SageMakerError
from slipway_local.sagemaker.faults import Fault
from slipway_local.sagemaker.service import SageMaker
from slipway_local.sagemaker.settings import Settings
from slipway_local.sagemaker.wire import Wire

__all__ = ["Control", "Fault", "ResponseLost", "SageMaker", "SageMakerError", "Settings", "Wire"]
