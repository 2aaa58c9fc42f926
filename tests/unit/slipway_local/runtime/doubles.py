"""Stand-ins for the control plane, a container and CloudWatch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from slipway_local.ports import Answer, AsyncHosting, Capture, Invocation, ServingVariant, StreamedAnswer, Utilization


@dataclass
class FakeContainer:
    """Answers what the test sets, and records the requests."""

    answer: Answer | Exception
    asked: list[Invocation] = field(default_factory=list)
    used: Utilization | None = None

    def invoke(self, invocation: Invocation) -> Answer:
        self.asked.append(invocation)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    def stream(self, invocation: Invocation) -> StreamedAnswer:
        answer = self.invoke(invocation)
        return StreamedAnswer(answer.status, iter([answer.body]), answer.content_type, answer.custom_attributes)

    def utilization(self) -> Utilization | None:
        return self.used

    def stop(self) -> None:
        self.answer = ConnectionRefusedError()


@dataclass
class FakeEndpoints:
    """`Endpoints` from a dictionary."""

    endpoints: dict[str, list[ServingVariant]]
    hosting: dict[str, AsyncHosting] = field(default_factory=dict)
    captures: dict[str, Capture] = field(default_factory=dict)

    def serving(self, endpoint_name: str) -> Sequence[ServingVariant] | None:
        return self.endpoints.get(endpoint_name)

    def fleet(self) -> Mapping[str, Sequence[ServingVariant]]:
        return self.endpoints

    def asynchronous(self, endpoint_name: str) -> AsyncHosting | None:
        return self.hosting.get(endpoint_name)

    def capture(self, endpoint_name: str) -> Capture | None:
        return self.captures.get(endpoint_name)


@dataclass
class RecordedMetrics:
    """`Metrics` that remembers every datum as (name, value, unit)."""

    data: list[tuple[str, float, str]] = field(default_factory=list)
    dimensions: list[Mapping[str, str]] = field(default_factory=list)
    namespaces: set[str] = field(default_factory=set)
    minutes: list[int] = field(default_factory=list)

    def put(
        self, namespace: str, name: str, value: float, unit: str, dimensions: Mapping[str, str], minutes_ago: int = 0
    ) -> None:
        self.namespaces.add(namespace)
        self.data.append((name, value, unit))
        self.dimensions.append(dimensions)
        self.minutes.append(minutes_ago)

    def values(self) -> dict[str, float]:
        return {name: value for name, value, _ in self.data}
