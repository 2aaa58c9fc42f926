"""Deployments and endpoints as objects: what a deployment becomes is an endpoint, and a rollback is a deployment."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from html import escape
from typing import Any

from slipway.errors import SlipwayError
from slipway.versions.version import wake_input
from slipway_cli.sdk.endpoints import describe_endpoint, find_endpoint
from slipway_cli.sdk.execution_watcher import ExecutionWatcher
from slipway_cli.sdk.executions import Execution, read_execution
from slipway_cli.sdk.invoke import invoke
from slipway_cli.sdk.logs import EndpointLog
from slipway_cli.sdk.removal import Remover
from slipway_cli.sdk.start import start_deployment
from slipway_cli.sdk.target import Target
from slipway_cli.sdk.version_history import deployments_of
from slipway_cli.sdk.versions import (
    config_to_restore,
    fixed_size,
    previous_version,
    rollback_request,
    scaling_request,
    version_named,
    versions_of,
)
from slipway_python.payload import body_of, value_of
from slipway_python.spelling import pascal

PAUSE = 5.0  # seconds between polls
SUPERSEDED = "Superseded"


class DeploymentFailed(SlipwayError):
    """A deployment failed. `error` is its name in docs/errors.md, and `explanation` all that the workflow says."""

    def __init__(self, execution: Execution) -> None:
        self.explanation = dict(execution.explanation)
        self.error = str(self.explanation.get("Error") or execution.error)
        self.hint = str(self.explanation.get("Hint") or "")
        self.log_tail = [str(line) for line in self.explanation.get("LogTail") or []]
        log = [f"    {line}" for line in self.log_tail]
        super().__init__("\n".join([f"{self.error}: {self.explanation.get('Message', '')}", self.hint, *log]).rstrip())


class DeploymentSuperseded(SlipwayError):
    """A newer deployment of the endpoint took over; it serves, or will."""


class Deployment:
    """One execution of the deployment workflow."""

    def __init__(self, target: Target, arn: str, endpoint_name: str) -> None:
        self._target = target
        self.arn = arn
        self.endpoint_name = endpoint_name

    def wait(self, progress: Callable[[str], object] | None = print) -> Endpoint:
        """Wait for the end and return the endpoint; `progress` gets a line for each state that is entered.

        Raises `DeploymentFailed` or `DeploymentSuperseded`. Ctrl-C stops the wait and not the deployment.
        """
        state = ""
        watcher = ExecutionWatcher(self._target, self.arn)
        for snapshot in watcher.poll(lambda: time.sleep(self._target.pause(PAUSE))):
            execution = snapshot.execution
            if progress and execution.current_state and execution.current_state != state:
                state = execution.current_state
                progress(f"{execution.seconds():6.1f} s  {state}")
        if execution.explanation:
            raise DeploymentFailed(execution)
        if execution.outcome == SUPERSEDED:
            raise DeploymentSuperseded(f"A newer deployment of {self.endpoint_name} is in place.")
        if progress:
            progress(f"{execution.seconds():6.1f} s  {execution.outcome}")
        return Endpoint(self._target, self.endpoint_name)

    @property
    def outcome(self) -> str:
        """Running, Created, Updated, AlreadyDeployed, Redeployed, Superseded, Failed, TimedOut or Aborted."""
        return self._execution().outcome

    @property
    def output(self) -> dict[str, Any]:
        """The output of an execution that succeeded, or the explanation of one that failed; empty while it runs."""
        execution = self._execution()
        return dict(execution.explanation or execution.output)

    def stop(self) -> None:
        """Stop the execution. The next deployment of the endpoint removes what it left."""
        self._target.client("stepfunctions").stop_execution(executionArn=self.arn)

    def _execution(self) -> Execution:
        return read_execution(self._target.client("stepfunctions"), self.arn)

    def __repr__(self) -> str:
        return f"Deployment of {self.endpoint_name}: {self.outcome}"

    def _repr_html_(self) -> str:
        """Return a table for notebooks."""
        execution = self._execution()
        said = execution.explanation or execution.output
        rows = {"Outcome": execution.outcome, "Seconds": f"{execution.seconds():.1f}"} | {
            name: "\n".join(map(str, value)) if isinstance(value, list) else str(value)
            for name, value in said.items()
            if name not in ("Outcome", "Timings") and not isinstance(value, dict)
        }
        return html_table(rows)


class Endpoint:
    """One endpoint of a stack. Nothing is asked of AWS before a method or a property is used."""

    def __init__(self, target: Target, name: str) -> None:
        self._target = target
        self.name = name

    @property
    def status(self) -> str:
        """SageMaker's status, such as InService; empty where there is no endpoint of this name."""
        found = find_endpoint(self._target, self.name)
        return found.status if found else ""

    def predict(
        self, value: Any, content_type: str | None = None, accept: str | None = None, component: str | None = None
    ) -> Any:
        """Invoke the endpoint, or one of its inference components, and return the response's values.

        Lists, numbers and dicts are sent as JSON, DataFrames and NumPy arrays as CSV without header and index, arrays
        of more than two dimensions as NPY, a Pillow image as PNG, a `Path` as the file that it is; `content_type`
        chooses another form. JSON, CSV and NPY responses come back as values. Raises `PayloadUnsupported`,
        `PayloadTooLarge` or `InvocationFailed`.
        """
        body, sent_as = body_of(value, content_type)
        return value_of(invoke(self._target, self.name, body, sent_as, accept, component))

    def history(self, executions: int = 100) -> list[dict[str, Any]]:
        """Return the deployments, newest first, from so many of the newest executions and from the kept versions."""
        return [dataclasses.asdict(one) for one in deployments_of(self._target, self.name, executions)]

    def rollback(self, to: str | None = None, *, with_size: bool = False, wait: bool = True) -> Deployment:
        """Put the model that served before, or the version named, back into service.

        The endpoint keeps its number of instances unless `with_size` says otherwise, or the instance types differ.

        Raises `EndpointNotFound`, `NothingToRollBackTo`, `VersionNotFound`, and as `Deployment.wait`.
        """
        describe_endpoint(self._target, self.name)
        versions = versions_of(self._target, self.name)
        found = previous_version(self.name, versions, with_size=with_size) if to is None else None
        version = found or version_named(self.name, str(to), versions)
        return self._redeploy(rollback_request(self.name, version, versions, with_size=with_size), wait=wait)

    def scale(self, instances: int | None = None, *, wait: bool = True, **bounds: int) -> Deployment:
        """Set a number of instances, or the bounds and the target that they are scaled by.

        `bounds` are fields of AutoScaling in snake case: `min_capacity`, `max_capacity`,
        `target_invocations_per_instance`. No instance is replaced, and later deployments keep it. Raises
        `EndpointNotFound`, an `InputRefused`, and as `Deployment.wait`.
        """
        named = {pascal(name): value for name, value in bounds.items()}
        scaling = named if instances is None else {**fixed_size(instances), **named}
        return self._redeploy(scaling_request(describe_endpoint(self._target, self.name), scaling), wait=wait)

    def wake(self, *, wait: bool = True) -> Deployment:
        """Bring the deleted endpoint back with the version that it had last.

        Raises `EndpointConfigNotFound`, and as `Deployment.wait`.
        """
        request = {**wake_input(self.name, config_to_restore(self._target, self.name)), "Message": "Wake"}
        return self._redeploy(request, wait=wait)

    def logs(self, minutes: float = 60) -> list[str]:
        """Return what the containers wrote in the last minutes. Raises `EndpointNotFound` or `NothingLogged`."""
        since = datetime.now(UTC) - timedelta(minutes=minutes)
        return [line.message for line in EndpointLog(self._target, self.name).lines(since)]

    def delete(self, *, all_versions: bool = False) -> list[str]:
        """Delete the endpoint, with `all_versions` also what it is made of; return what was deleted.

        Raises `NothingToDelete`, `OfAnotherStack` or `EndpointChanging`.
        """
        remover = Remover(self._target)
        return list(remover.remove(remover.plan(self.name, all_versions=all_versions)))

    def _redeploy(self, request: Mapping[str, Any], *, wait: bool) -> Deployment:
        deployment = start(self._target, request)
        if wait:
            deployment.wait()
        return deployment

    def __repr__(self) -> str:
        return f"Endpoint {self.name}: {self.status or 'not there'}"

    def _repr_html_(self) -> str:
        """Return a table for notebooks."""
        found = find_endpoint(self._target, self.name)
        if found is None:
            return html_table({"Endpoint": self.name, "Status": "not there"})
        hosts = ", ".join(f"{one.instance_count} x {one.instance_type or 'serverless'}" for one in found.hosting)
        about = {"Endpoint": self.name, "Status": found.status, "Version": found.config_name, "Hosting": hosts}
        return html_table({**about, "Artifact": found.artifact})


def start(target: Target, request: Mapping[str, Any]) -> Deployment:
    """Start the workflow with an input that was checked."""
    return Deployment(target, start_deployment(target, request), str(request["EndpointName"]))


def html_table(rows: dict[str, str]) -> str:
    """Return two columns of text, which is untrusted, as HTML."""
    cells = "".join(
        f"<tr><th>{escape(name)}</th><td><pre>{escape(text)}</pre></td></tr>" for name, text in rows.items()
    )
    return f"<table>{cells}</table>"
