"""Few frames lie between the handler and boto3 when an endpoint is deleted: the walk can be followed in one sitting."""

from __future__ import annotations

import inspect
import traceback
from dataclasses import replace
from typing import Any

from bench.simulated_account import MACHINE, NOW, Account

from delete_idle_endpoints import app
from slipway.cleanup.aws import cleanup_aws
from slipway.cleanup.run import CleanupRun, Clock
from slipway.entrypoints.handlers import schedule_handler
from tests.fakes.services import SETTINGS, FakeServices

MAX_FRAMES = 6


class WatchedAccount(Account):
    """Records the frames of the product when an endpoint is deleted."""

    frames: list[str]

    def delete_endpoint(self, **request: str) -> None:
        found = traceback.extract_stack()
        self.frames = [frame.name for frame in found if "/functions/" in frame.filename]
        super().delete_endpoint(**request)

    def list_objects_v2(self, **_: Any) -> dict[str, Any]:
        return {}

    def put_events(self, **_: Any) -> dict[str, Any]:
        return {"FailedEntryCount": 0}

    def publish(self, **_: Any) -> dict[str, Any]:
        return {}

    def tag_resources(self, **_: Any) -> dict[str, Any]:
        return {}


def test_few_frames_lie_between_the_handler_and_boto3(context: Any) -> None:
    account = WatchedAccount(100)
    settings = replace(SETTINGS, idle_cleanup="Enabled", idle_after_minutes=120, state_machine_arn=MACHINE)
    services = FakeServices(settings)
    run = CleanupRun(
        cleanup_aws(lambda _service: account, settings),
        Clock(lambda: NOW, lambda: 900.0, lambda _seconds: None, lambda _most: 0.0),
        settings,
    )
    services.cleanup_run = lambda _seconds_left: run  # type: ignore[assignment,method-assign]

    schedule_handler(inspect.unwrap(app.handler), lambda: services)({}, context)

    assert account.deleted == account.idle
    assert account.frames == [
        "handler",
        "handle",
        "__call__",
        "delete_idle_endpoint",
        "delete_endpoint",
        "_call",
    ]
    assert len(account.frames) <= MAX_FRAMES
