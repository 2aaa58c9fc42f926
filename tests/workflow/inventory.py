"""What exists in SageMaker, read beside the deployments' own calls."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from slipway_local.sagemaker import SageMaker


@dataclass(frozen=True)
class Inventory:
    """All resources: models by name; configurations with their models; endpoints with status and configuration.

    `components` are inference components with endpoint, status, model and copies.

    `scaled` are the variants that are scalable targets, `copies` the archives that the stack keeps for models; neither
    is SageMaker's to say: `World.there` does.
    """

    models: frozenset[str]
    configs: Mapping[str, frozenset[str]]
    endpoints: Mapping[str, tuple[str, str]]
    components: Mapping[str, tuple[str, str, str, int]] = field(default_factory=dict)
    scaled: frozenset[str] = frozenset()
    copies: frozenset[str] = frozenset()

    def in_use(self) -> Inventory:
        """Return what the endpoints need."""
        configs = {config: self.configs[config] for _, config in self.endpoints.values()}
        models = {model for models in configs.values() for model in models}
        models |= {model for _, _, model, _ in self.components.values()}
        return Inventory(frozenset(models), configs, self.endpoints, self.components)

    def archives(self) -> set[str]:
        """Return the models whose archives the stack keeps."""
        return {copy.split("/")[1] for copy in self.copies}

    def orphans(self) -> set[str]:
        """Return the names of models and configurations that no endpoint needs."""
        used = self.in_use()
        return set(self.models - used.models) | set(self.configs.keys() - used.configs.keys())

    def names(self) -> set[str]:
        """Return every name."""
        return {*self.models, *self.configs, *self.endpoints, *self.components, *self.scaled, *self.copies}

    def of(self, endpoint_name: str) -> Inventory:
        """Return the resources whose names say that they belong to an endpoint."""
        models = frozenset(name for name in self.models if _belongs(name, endpoint_name))
        configs = {name: used for name, used in self.configs.items() if _belongs(name, endpoint_name)}
        endpoints = {name: about for name, about in self.endpoints.items() if name == endpoint_name}
        components = {name: about for name, about in self.components.items() if about[0] == endpoint_name}
        return Inventory(models, configs, endpoints, components)


def inventory(sagemaker: SageMaker) -> Inventory:
    """Return what exists now."""
    configs = {}
    for name in _names(sagemaker, "ListEndpointConfigs", "EndpointConfigs", "EndpointConfigName"):
        variants = sagemaker.call("DescribeEndpointConfig", {"EndpointConfigName": name})["ProductionVariants"]
        configs[name] = frozenset(variant["ModelName"] for variant in variants if "ModelName" in variant)
    endpoints = {}
    for name in _names(sagemaker, "ListEndpoints", "Endpoints", "EndpointName"):
        endpoint = sagemaker.call("DescribeEndpoint", {"EndpointName": name})
        endpoints[name] = (endpoint["EndpointStatus"], endpoint["EndpointConfigName"])
    components = {}
    for name in _names(sagemaker, "ListInferenceComponents", "InferenceComponents", "InferenceComponentName"):
        found = sagemaker.call("DescribeInferenceComponent", {"InferenceComponentName": name})
        model, copies = found["Specification"]["ModelName"], found["RuntimeConfig"]["DesiredCopyCount"]
        components[name] = (found["EndpointName"], found["InferenceComponentStatus"], model, copies)
    return Inventory(frozenset(_names(sagemaker, "ListModels", "Models", "ModelName")), configs, endpoints, components)


def used_configs(sagemaker: SageMaker) -> dict[str, set[str]]:
    """Return the configurations that each endpoint serves, or is about to.

    One that is Failed or Deleting serves none any more.
    """
    found = {}
    for name in _names(sagemaker, "ListEndpoints", "Endpoints", "EndpointName"):
        endpoint = sagemaker.call("DescribeEndpoint", {"EndpointName": name})
        pending = endpoint.get("PendingDeploymentSummary", {}).get("EndpointConfigName")
        if endpoint["EndpointStatus"] not in ("Failed", "Deleting"):
            found[name] = {endpoint["EndpointConfigName"], pending} - {None}
    return found


def served_archive(sagemaker: SageMaker, endpoint_name: str) -> str:
    """Return the ETag of the archive that an endpoint serves."""
    endpoint = sagemaker.call("DescribeEndpoint", {"EndpointName": endpoint_name})
    config = sagemaker.call("DescribeEndpointConfig", {"EndpointConfigName": endpoint["EndpointConfigName"]})
    model = sagemaker.call("DescribeModel", {"ModelName": config["ProductionVariants"][0]["ModelName"]})
    return str(model["PrimaryContainer"]["ModelDataSource"]["S3DataSource"]["ETag"])


def _names(sagemaker: SageMaker, operation: str, field: str, name: str) -> Iterator[str]:
    request: dict[str, Any] = {"MaxResults": 100}
    while True:
        page = sagemaker.call(operation, request)
        yield from (item[name] for item in page[field])
        if "NextToken" not in page:
            return
        request["NextToken"] = page["NextToken"]


def _belongs(name: str, endpoint_name: str) -> bool:
    return name.rpartition("-")[0] == endpoint_name
