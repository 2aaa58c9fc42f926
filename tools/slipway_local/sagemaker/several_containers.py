"""Several containers of one model, as one `HostedContainer`.

DG "Inference pipelines in Amazon SageMaker AI" and "Invoke a multi-container endpoint with direct invocation".
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from slipway_local.ports import (
    Answer,
    ContainerSpec,
    HostedContainer,
    Invocation,
    StreamedAnswer,
    Utilization,
)
from slipway_local.sagemaker.multi_model import MultiModelContainer


def start_containers(
    specs: Sequence[ContainerSpec], start: Callable[[ContainerSpec], HostedContainer], is_direct: bool
) -> HostedContainer:
    """Start the containers of a model; one that has several is a pipeline, or invoked by their names.

    Raises `HostingFailed` when one of them does not become healthy; the others are stopped then.
    """
    if len(specs) == 1:
        return _started(specs[0], start)
    started: dict[str, HostedContainer] = {}
    try:
        for spec in specs:
            started[str(spec.hostname)] = _started(spec, start)
    except BaseException:
        SeveralContainers(started).stop()
        raise
    return DirectContainers(started) if is_direct else Pipeline(started)


def _started(spec: ContainerSpec, start: Callable[[ContainerSpec], HostedContainer]) -> HostedContainer:
    return MultiModelContainer(spec, start) if spec.is_multi_model else start(spec)


class SeveralContainers:
    """What holds for all of them; `containers` are named, in the order of the model."""

    def __init__(self, containers: Mapping[str, HostedContainer]) -> None:
        self._containers = dict(containers)

    def utilization(self) -> Utilization | None:
        """Return what all of them have used."""
        used = [one for container in self._containers.values() if (one := container.utilization())]
        return Utilization(sum(one.cpu for one in used), sum(one.memory for one in used)) if used else None

    def stop(self) -> None:
        """End every process; safe to call twice."""
        for container in self._containers.values():
            container.stop()


class Pipeline(SeveralContainers):
    """An inference pipeline: the body and the content type of an answer are the next container's request.

    Accept is the last container's: the others answer with their own default, which is why the documented remedy is
    SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT in their Environment (aws/amazon-sagemaker-examples issue 729).
    """

    def invoke(self, invocation: Invocation) -> Answer:
        """Send a request through all of them; the answer is the last one's, or that of the first that failed."""
        failed, last = self._before_last(invocation)
        if failed:
            return failed
        name, container = list(self._containers.items())[-1]
        return replace(container.invoke(last), container=name)

    def stream(self, invocation: Invocation) -> StreamedAnswer:
        """Send a request through all of them, and return the last one's answer while it is written."""
        failed, last = self._before_last(invocation)
        if failed:
            return StreamedAnswer(failed.status, iter([failed.body]), failed.content_type, container=failed.container)
        name, container = list(self._containers.items())[-1]
        return replace(container.stream(last), container=name)

    def _before_last(self, invocation: Invocation) -> tuple[Answer | None, Invocation]:
        """Return the answer of a container that failed, or None, and the request to the last one."""
        end = time.monotonic() + invocation.timeout
        request = invocation
        for name, container in list(self._containers.items())[:-1]:
            answer = container.invoke(replace(request, accept=None))
            if not 200 <= answer.status < 300:  # noqa: PLR2004 - HTTP's class of success
                return replace(answer, container=name), request
            left = max(0.001, end - time.monotonic())
            request = replace(invocation, body=answer.body, content_type=answer.content_type, timeout=left)
        return None, request


class DirectContainers(SeveralContainers):
    """Containers of which each request names one."""

    def invoke(self, invocation: Invocation) -> Answer:
        """Send a request to the container that it names."""
        name, container = self._named(invocation)
        return replace(container.invoke(invocation), container=name)

    def stream(self, invocation: Invocation) -> StreamedAnswer:
        """Send a request to the container that it names, and return the answer while it is written."""
        name, container = self._named(invocation)
        return replace(container.stream(invocation), container=name)

    def _named(self, invocation: Invocation) -> tuple[str, HostedContainer]:
        assert invocation.target_container is not None  # the runtime has checked it
        return invocation.target_container, self._containers[invocation.target_container]


class ComponentContainers:
    """The inference components on a variant's instances, of which each request names one.

    They are started and stopped by their own operations, and outlive an update of their endpoint.
    """

    def __init__(self, running: Callable[[], Mapping[str, HostedContainer | None]]) -> None:
        self._running = running

    def capacities(self) -> dict[str, bool]:
        """Return the names of the components, and whether each has a copy."""
        return {name: container is not None for name, container in self._running().items()}

    def invoke(self, invocation: Invocation) -> Answer:
        """Send a request to the component that it names."""
        return self._named(invocation).invoke(invocation)

    def stream(self, invocation: Invocation) -> StreamedAnswer:
        """Send a request to the component that it names, and return the answer while it is written."""
        return self._named(invocation).stream(invocation)

    def utilization(self) -> Utilization | None:
        """Return what all of them have used: nothing where there is none."""
        containers = filter(None, self._running().values())
        used = [one for container in containers if (one := container.utilization())]
        return Utilization(sum(one.cpu for one in used), sum(one.memory for one in used))

    def stop(self) -> None:
        """Leave the components as they are."""

    def _named(self, invocation: Invocation) -> HostedContainer:
        container = self._running().get(str(invocation.component))
        if container is None:  # it was deleted since the runtime has checked it
            raise ConnectionRefusedError
        return container
