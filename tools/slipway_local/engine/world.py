"""The composition root of the engine: real objects for the local SageMaker's ports."""

from __future__ import annotations

from pathlib import Path
from random import Random
from typing import Any

import boto3

from slipway_local.adapters.clock import ScaledClock
from slipway_local.adapters.events import EngineEventBridge, EventBridgeEvents
from slipway_local.adapters.logs import CloudWatchLogs
from slipway_local.adapters.metrics import CloudWatchMetrics
from slipway_local.adapters.roles import IamRoles
from slipway_local.adapters.s3 import S3ObjectStore
from slipway_local.engine.settings import ACCOUNT_ID, EngineSettings
from slipway_local.hosting.plane import ProcessHosting
from slipway_local.sagemaker.service import SageMaker
from slipway_local.sagemaker.settings import Settings
from slipway_local.sagemaker_runtime.service import SageMakerRuntime
from slipway_local.service_quotas.service import ServiceQuotas


class World:
    """The local SageMaker and its runtime; both reach the engine's other services over loopback HTTP, as AWS's do."""

    def __init__(self, settings: EngineSettings, folder: Path, eventbridge: Any) -> None:
        session = boto3.Session(region_name=settings.region)

        def client(service: str) -> Any:
            return session.client(service, endpoint_url=settings.endpoint_url)

        clock = ScaledClock(settings.clock_scale)
        store = S3ObjectStore(client("s3"))
        self.sagemaker = SageMaker(
            region=settings.region,
            account_id=ACCOUNT_ID,
            clock=clock,
            hosting=ProcessHosting(
                store,
                CloudWatchLogs(client("logs")),
                folder,
                scale=lambda: clock.scale,
                memory_mib=settings.container_memory_mib,
            ),
            objects=store,
            roles=IamRoles(client("iam")),
            events=EventBridgeEvents(EngineEventBridge(eventbridge._put_events)),
            settings=Settings(creation_seconds=settings.creation_seconds),
        )
        self.service_quotas = ServiceQuotas(
            lambda: self.sagemaker.settings.instance_limits, region=settings.region, account_id=ACCOUNT_ID
        )
        self.runtime = SageMakerRuntime(
            self.sagemaker,
            CloudWatchMetrics(client("cloudwatch")),
            region=settings.region,
            account_id=ACCOUNT_ID,
            random=Random(),  # noqa: S311 - it shares traffic out, it keeps no secret
        )
