"""Two SageMakers behind one port, and what a test may do to either beside it."""

from __future__ import annotations

from typing import Any

from slipway.aws.sagemaker import Boto3SageMaker, SageMaker
from slipway_local.ports import HostingFailed
from tests.contract.sagemaker.loopback import Loopback
from tests.fakes.sagemaker import FakeSageMaker


class FakeWorld(FakeSageMaker):
    """The fake is the port; endpoints stay Creating or Updating until `settle`."""

    def __init__(self) -> None:
        super().__init__()
        self.port: SageMaker = self


class LocalWorld:
    """The adapter, over boto3 and HTTP to the local SageMaker."""

    def __init__(self, loopback: Loopback, client: Any) -> None:
        self.port: SageMaker = Boto3SageMaker(client)
        self._loopback = loopback

    def settle(self) -> None:
        self._loopback.finish()

    def fail_next(self, reason: str) -> None:
        self._loopback.hosting.failures.append(HostingFailed(reason))

    def force_status(self, endpoint_name: str, status: Any) -> None:
        self._loopback.sagemaker.force_status(endpoint_name, status)


SageMakerWorld = FakeWorld | LocalWorld
