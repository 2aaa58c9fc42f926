"""A multi-model container: the archives below a prefix, each loaded when it is first named.

DG "Create a Multi-Model Endpoint" and "Set SageMaker AI multi-model endpoint model caching behavior". On AWS one
container holds the models in its memory; here each is a process of its own, and the one that was not used for longest
is ended when there are too many.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import replace

from slipway_local.ports import (
    Answer,
    ContainerSpec,
    HostedContainer,
    HostingFailed,
    Invocation,
    ModelData,
    ModelMissing,
    StreamedAnswer,
    Utilization,
)

MAX_LOADED = 8  # models; a laptop's memory is smaller than an instance's


class MultiModelContainer:
    """`HostedContainer` of one prefix. It is there at once: it has no model before a request names one."""

    def __init__(self, spec: ContainerSpec, start: Callable[[ContainerSpec], HostedContainer]) -> None:
        self._spec = spec
        self._start = start
        self._loaded: OrderedDict[str, HostedContainer] = OrderedDict()
        self._lock = threading.Lock()

    def invoke(self, invocation: Invocation) -> Answer:
        """Send a request to the model that it names. Raises `ModelMissing`."""
        name = str(invocation.target_model)
        try:
            answer = self._model(name).invoke(invocation)
        except ConnectionRefusedError:
            answer = self._model(name).invoke(invocation)  # it was ended for another one in this moment
        if not self._spec.caches_models:
            self._unload(name)
        return answer

    def stream(self, invocation: Invocation) -> StreamedAnswer:
        """Send a request to the model that it names; it stays loaded until others take its place."""
        return self._model(str(invocation.target_model)).stream(invocation)

    def utilization(self) -> Utilization | None:
        """Return what all loaded models have used: nothing where there is none."""
        with self._lock:
            used = [one for model in self._loaded.values() if (one := model.utilization())]
        return Utilization(sum(one.cpu for one in used), sum(one.memory for one in used))

    def stop(self) -> None:
        """End every model; safe to call twice."""
        with self._lock:
            models = list(self._loaded.values())
            self._loaded.clear()
        for model in models:
            model.stop()

    def _model(self, name: str) -> HostedContainer:
        with self._lock:
            if name not in self._loaded:
                self._loaded[name] = self._load(name)
            self._loaded.move_to_end(name)
            surplus = [self._loaded.popitem(last=False)[1]] if len(self._loaded) > MAX_LOADED else []
            model = self._loaded[name]
        for one in surplus:
            one.stop()
        return model

    def _load(self, name: str) -> HostedContainer:
        assert self._spec.model_data is not None  # CreateModel has checked it
        data = ModelData(f"{self._spec.model_data.s3_uri}{name}")
        try:
            return self._start(replace(self._spec, model_data=data, is_multi_model=False))
        except HostingFailed as failure:
            raise ModelMissing(str(failure)) from failure

    def _unload(self, name: str) -> None:
        with self._lock:
            model = self._loaded.pop(name, None)
        if model is not None:
            model.stop()
