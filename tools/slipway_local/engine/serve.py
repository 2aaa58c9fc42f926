"""Serve MiniStack with our SageMaker until a signal ends it."""

from __future__ import annotations

import asyncio
import logging
import os
import resource
import signal
import tempfile
from contextlib import suppress
from pathlib import Path

from slipway_local.engine.application_autoscaling import ApplicationAutoScaling, mount_scaling
from slipway_local.engine.bearer_tokens import with_bearer_tokens
from slipway_local.engine.children import end_children
from slipway_local.engine.folder import engine_folder
from slipway_local.engine.middleware import Application, loopback_only, with_control_route
from slipway_local.engine.ordered_faults import OPERATIONS, RUNTIME_OPERATIONS, mount_faults
from slipway_local.engine.patches import Engine, apply_patches
from slipway_local.engine.patches.lambda_functions import ENDING
from slipway_local.engine.service_quotas import TARGET_PREFIX as SERVICE_QUOTAS
from slipway_local.engine.services import SageMakerService, mount, mount_service
from slipway_local.engine.settings import HOST, EngineSettings
from slipway_local.sagemaker.control import Control
from slipway_local.sagemaker.provider import Wire

MAX_DESCRIPTORS = 65_536


def serve(settings: EngineSettings) -> None:
    """Serve on 127.0.0.1 until SIGTERM or SIGINT, then end every child process.

    MiniStack reads its environment when it is imported, so it is set first and imported then.
    """
    raise_descriptor_limit()
    os.environ.update(settings.environment())
    with engine_folder(Path(tempfile.gettempdir())) as folder:
        # MiniStack unpacks Lambda functions into temporary folders, which remain when it is killed.
        os.environ["TMPDIR"] = tempfile.tempdir = str(folder)
        os.environ |= {"S3_PERSIST": "1", "S3_DATA_DIR": str(folder / "s3")}  # objects are on disk, not in memory
        asyncio.new_event_loop().run_until_complete(_serve(settings, folder / "containers"))
        ENDING.set()
        end_children()
    # Threads of executions and of calls under way would go on, and wait for what has ended.
    os._exit(0)


def raise_descriptor_limit() -> None:
    """Raise the soft limit of open files to the hard one: a shell on macOS gives 256, and a process takes several."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with suppress(ValueError, OSError):  # macOS has a limit below the one that it names
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, MAX_DESCRIPTORS) if hard > 0 else MAX_DESCRIPTORS, hard))


async def _serve(settings: EngineSettings, folder: Path) -> None:
    from hypercorn.asyncio import serve as hypercorn_serve
    from hypercorn.config import Config

    application = _application(settings, folder)
    config = Config()
    config.bind = [f"{HOST}:{settings.port}"]
    config.loglevel = settings.log_level
    config.graceful_timeout = 1.0
    # AWS clients keep connections for a minute; one that the server closes first fails the next upload on it.
    config.keep_alive_timeout = 75
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()

    def stop() -> None:
        logging.getLogger("asyncio").setLevel(logging.CRITICAL)  # connections that are cut now are no errors
        stopped.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop)
    if settings.lifeline >= 0:
        loop.add_reader(settings.lifeline, stop)  # nothing is ever written to it: readable means closed
    await hypercorn_serve(application, config, shutdown_trigger=stopped.wait)  # type: ignore[arg-type]


def _application(settings: EngineSettings, folder: Path) -> Application:
    from ministack import app
    from ministack.core import router
    from ministack.services import eventbridge, stepfunctions

    from slipway_local.engine.authorization import authorization_of
    from slipway_local.engine.composition import Composition

    authorization = authorization_of(settings)
    scaling = ApplicationAutoScaling()
    composition = Composition(settings, folder, eventbridge, scaling, authorization)
    sagemaker = composition.sagemaker
    mount(
        SageMakerService(Wire(sagemaker).handle_request, composition.runtime.handle_request, sagemaker.reset),
        app,
        router,
        stepfunctions,
    )
    mount_scaling(scaling, app, router, stepfunctions)
    mount_service("servicequotas", SERVICE_QUOTAS, composition.service_quotas, app, router)
    mount_faults(sagemaker.faults, app)
    apply_patches(Engine(sagemaker, authorization))
    if authorization:
        authorization.guard_services(app, sagemaker.needed_of_caller)
    composition.scheduler.start()
    control = Control(
        sagemaker, [*OPERATIONS, *RUNTIME_OPERATIONS], composition.backfill, composition.auto_scaler.run_schedules
    )
    return loopback_only(with_control_route(with_bearer_tokens(app.app), control.handle_control))
