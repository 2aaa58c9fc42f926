"""The composition root of the engine: real objects for the local SageMaker's ports."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from datetime import datetime
from functools import cache, partial
from pathlib import Path
from random import Random
from typing import Any

import boto3

from slipway_local.adapters.clock import ScaledClock
from slipway_local.adapters.cloudwatch import CloudWatchLogs, CloudWatchMetrics, alarm_states
from slipway_local.adapters.events import EngineEventBridge, EventBridgeEvents
from slipway_local.adapters.roles import IamRoles
from slipway_local.adapters.s3 import S3ObjectStore
from slipway_local.adapters.scaling import ApplicationAutoScalingTargets
from slipway_local.adapters.topics import SnsTopics
from slipway_local.engine.application_autoscaling import ApplicationAutoScaling
from slipway_local.engine.authorization import HOSTING, Authorization
from slipway_local.engine.ordered_faults import RUNTIME_OPERATIONS, with_runtime_faults
from slipway_local.engine.service_quotas import ServiceQuotas
from slipway_local.engine.settings import ACCOUNT_ID, EngineSettings
from slipway_local.hosting.environments import Environments
from slipway_local.hosting.plane import ProcessHosting
from slipway_local.ports import CalledServices
from slipway_local.runtime.asynchronous import AsyncDependencies, AsyncInference
from slipway_local.runtime.auto_scaling import AutoScaler, RecentMetrics, ScaledServices
from slipway_local.runtime.capture import DataCapture
from slipway_local.runtime.metrics import UtilizationReporter
from slipway_local.runtime.openai_path import complete_chat
from slipway_local.runtime.provider import Invoke, RealTime, SageMakerRuntime
from slipway_local.runtime.scheduler import MinuteScheduler, OncePerMinute
from slipway_local.runtime.streaming import stream_response
from slipway_local.sagemaker.models import Arns
from slipway_local.sagemaker.provider import SageMaker
from slipway_local.sagemaker.settings import Settings


class Composition:
    """The local SageMaker and its runtime; both reach the engine's other services over loopback HTTP, as AWS's do.

    What SageMaker does as an execution role, it does with a session of that role, where IAM is enforced.
    """

    def __init__(
        self,
        settings: EngineSettings,
        folder: Path,
        eventbridge: Any,
        scaling: ApplicationAutoScaling,
        authorization: Authorization | None = None,
    ) -> None:
        session = boto3.Session(region_name=settings.region)

        def client(service: str, **options: Any) -> Any:
            return session.client(service, endpoint_url=settings.endpoint_url, **options)

        def of_role(service: str) -> Callable[[str], Any] | None:
            if authorization is None:
                return None
            # Creating a client takes longer than a call: there is one for each session.
            created = cache(lambda session: client(service, **dict(session)))
            return lambda role: created(tuple(authorization.principals.credentials(role, HOSTING).items()))

        clock = ScaledClock(settings.clock_scale)
        store = S3ObjectStore(client("s3"), of_role("s3"))
        logs = CloudWatchLogs(client("logs"), as_role=of_role("logs"))
        published = CloudWatchMetrics(client("cloudwatch"))
        metrics = RecentMetrics(published)
        hosting = ProcessHosting(
            store,
            logs,
            folder,
            scale=lambda: clock.scale,
            memory_mib=settings.container_memory_mib,
            environments=Environments(Path(settings.project), progress_writer(settings.console)),
        )
        services = CalledServices(
            hosting.start,
            store,
            IamRoles(client("iam"), authorization.refused_role) if authorization else IamRoles(client("iam")),
            partial(alarm_states, client("cloudwatch")),
            ApplicationAutoScalingTargets(client("application-autoscaling")),
            EventBridgeEvents(EngineEventBridge(eventbridge._put_events)).put,
            store,
            logs,
            metrics,
        )
        self.sagemaker = SageMaker(
            Arns(settings.region, ACCOUNT_ID),
            clock,
            services,
            Settings(
                creation_seconds=settings.creation_seconds,
                schedule_scale=settings.schedule_scale,
                refuse_in_use=False,  # any client is welcome here
            ),
        )
        self.service_quotas = ServiceQuotas(
            lambda: self.sagemaker.settings.instance_limits, region=settings.region, account_id=ACCOUNT_ID
        )
        hosted, random = self.sagemaker.hosted, Random()  # noqa: S311 - it shares traffic out, it keeps no secret
        publish = SnsTopics(client("sns"), of_role("sns")).publish
        dependencies = AsyncDependencies(
            hosted, metrics, store, publish, settings.region, random, time.monotonic, recent=metrics.note
        )
        asynchronous = AsyncInference(dependencies, ACCOUNT_ID, OncePerMinute(clock))
        data_capture = DataCapture(store, random)
        real_time = RealTime(
            hosted,
            metrics,
            region=settings.region,
            account_id=ACCOUNT_ID,
            random=random,
            data_capture=data_capture,
        )
        ways: tuple[Invoke, ...] = (real_time.invoke, asynchronous.invoke, partial(stream_response, real_time))
        self.runtime = SageMakerRuntime(
            *(
                with_runtime_faults(way, name, self.sagemaker.faults)
                for way, name in zip(ways, RUNTIME_OPERATIONS, strict=True)
            ),
            openai=partial(complete_chat, real_time),
        )
        utilization = UtilizationReporter(hosted, metrics, OncePerMinute(clock))

        def backfill(endpoint_name: str, minutes: int) -> None:
            utilization.backfill(endpoint_name, minutes)
            published.flush()

        self.backfill = backfill
        pages = client("cloudwatch").get_paginator("describe_alarms")

        def next_time(expression: str, after: datetime) -> datetime | None:
            fields = eventbridge._parse_cron_fields(expression)
            found: datetime | None = eventbridge._cron_next_fire(fields, after) if fields else None
            return found

        scaled = ScaledServices(
            scaling.targets,
            scaling.set_bounds,
            hosted.desired_counts,
            self.sagemaker.resize,
            lambda: pages.paginate(AlarmTypes=["MetricAlarm"]).search("MetricAlarms[]"),
            metrics,
            next_time,
        )
        self.auto_scaler = AutoScaler(scaled, clock.now)
        reports = [utilization.report, asynchronous.report, data_capture.flush, self.auto_scaler.report]
        self.scheduler = MinuteScheduler(clock, reports)


def progress_writer(descriptor: int) -> Callable[[str], None]:
    """Return what writes a line to the parent's pipe; for -1 it goes nowhere.

    The engine has no terminal of its own: its output is a log file.
    """

    def write(line: str) -> None:
        if descriptor >= 0:
            # Less than PIPE_BUF: lines of two threads do not mix. When the reader has gone, so has the engine.
            os.write(descriptor, f"{line}\n".encode())

    return write
