"""What the runtime plane asks of endpoints: its port `Endpoints`."""

from __future__ import annotations

from slipway_local.runtime_ports import AsyncHosting, ServingVariant
from slipway_local.sagemaker.containers import serving_variants
from slipway_local.sagemaker.records import Endpoint
from slipway_local.sagemaker.tables import Tables


class HostedEndpoints:
    """`Endpoints` over the tables; every method may be called from any thread."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def serving(self, endpoint_name: str) -> list[ServingVariant] | None:
        """Return the variants that answer invocations now, None for an endpoint that does not exist."""
        with self._tables.lock:
            endpoint = self._tables.endpoints.peek(endpoint_name)
            return serving_variants(endpoint) if endpoint else None

    def fleet(self) -> dict[str, list[ServingVariant]]:
        """Return the variants of every endpoint that answers invocations now."""
        with self._tables.lock:
            serving = {endpoint.name: serving_variants(endpoint) for endpoint in self._tables.endpoints}
        return {name: variants for name, variants in serving.items() if variants}

    def asynchronous(self, endpoint_name: str) -> AsyncHosting | None:
        """Return how an asynchronous endpoint is hosted; None for any other."""
        with self._tables.lock:
            endpoint = self._tables.endpoints.peek(endpoint_name)
            return _async_hosting(endpoint) if endpoint else None


def _async_hosting(endpoint: Endpoint) -> AsyncHosting | None:
    config = endpoint.config.request.get("AsyncInferenceConfig")
    if config is None:
        return None
    output, client = config["OutputConfig"], config.get("ClientConfig", {})
    topics = output.get("NotificationConfig", {})
    _, spec = endpoint.variants[0].specs[0]
    return AsyncHosting(
        output_path=output.get("S3OutputPath"),
        failure_path=output.get("S3FailurePath"),
        success_topic=topics.get("SuccessTopic"),
        error_topic=topics.get("ErrorTopic"),
        include_response_in=frozenset(topics.get("IncludeInferenceResponseIn", [])),
        max_at_once=client.get("MaxConcurrentInvocationsPerInstance"),
        role_arn=spec.role_arn,
    )
