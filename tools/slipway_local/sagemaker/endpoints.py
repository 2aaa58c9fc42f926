"""CreateEndpoint, DescribeEndpoint, ListEndpoints, UpdateEndpoint and what they share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from slipway_local.sagemaker.deployment_rules import check_deployment_config
from slipway_local.sagemaker.deployments import Deployments, World
from slipway_local.sagemaker.description import describe
from slipway_local.sagemaker.errors import failed_endpoint, in_progress, refused
from slipway_local.sagemaker.listing import Listing
from slipway_local.sagemaker.quotas import check
from slipway_local.sagemaker.records import BUSY, Deployment, Endpoint, EndpointConfig, Variant
from slipway_local.sagemaker.tables import Tables
from slipway_local.sagemaker.tags import read_tags
from slipway_local.sagemaker.variants import retain, retained_of, variants_of


def refuse_busy(endpoint: Endpoint) -> None:
    """Raise `SageMakerError` while an endpoint is changing; AWS says `update` of every operation."""
    if endpoint.status in BUSY:
        raise in_progress(endpoint.arn)


def refuse_unready(endpoint: Endpoint) -> None:
    """Raise `SageMakerError` unless an endpoint may be updated or rescaled."""
    refuse_busy(endpoint)
    if endpoint.status == "Failed":
        raise failed_endpoint(endpoint.arn)


class Endpoints:
    """The endpoint operations that deploy or read."""

    def __init__(self, tables: Tables, world: World, deployments: Deployments) -> None:
        self._tables = tables
        self._world = world
        self._deployments = deployments
        self._listing: Listing[Endpoint] = Listing(
            {
                "Name": lambda endpoint: endpoint.name,
                "CreationTime": lambda endpoint: endpoint.created.timestamp(),
                "Status": lambda endpoint: endpoint.status,
            }
        )

    def create_endpoint(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """CreateEndpoint: answers at once; the endpoint is Creating."""
        name, now = params["EndpointName"], self._world.clock.now()
        tags = read_tags(params.get("Tags", []))
        with self._tables.lock:
            self._tables.endpoints.refuse_existing(name)
            config = self._tables.configs.find(params["EndpointConfigName"])
            deployment_config = params.get("DeploymentConfig")
            self._check_rules(deployment_config, config, None)
            variants = self._variants(name, config)
            arn = self._tables.endpoints.arn(name)
            endpoint = Endpoint(name, arn, now, params, tags, config=config, modified=now, variants=variants)
            endpoint.data_capture = config.request.get("DataCaptureConfig")
            self._tables.endpoints.add(endpoint)
            self._deployments.begin(
                endpoint,
                Deployment(config, variants, False, now, deployment_config, endpoint.data_capture),
            )
        return {"EndpointArn": arn}

    def update_endpoint(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """UpdateEndpoint; updating to the configuration in place is a deployment like any other.

        AWS documents `you must create a new EndpointConfig`, but no refusal of the same one was found.
        """
        kept, now = retained_of(params), self._world.clock.now()
        _check_retain_fields(params)
        with self._tables.lock:
            endpoint = self._tables.endpoints.find(params["EndpointName"])
            refuse_unready(endpoint)
            config = self._tables.configs.find(params["EndpointConfigName"])
            last = endpoint.last_deployment_config if params.get("RetainDeploymentConfig") else None
            deployment_config = params.get("DeploymentConfig", last)
            self._check_rules(deployment_config, config, endpoint.config)
            variants = self._variants(endpoint.name, config, endpoint, params)
            capture = endpoint.data_capture if kept.data_capture else config.request.get("DataCaptureConfig")
            endpoint.status, endpoint.failure_reason, endpoint.modified = "Updating", None, now
            self._deployments.begin(endpoint, Deployment(config, variants, True, now, deployment_config, capture))
        return {"EndpointArn": endpoint.arn}

    def describe_endpoint(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """DescribeEndpoint."""
        with self._tables.lock:
            return describe(self._tables.endpoints.find(params["EndpointName"]))

    def list_endpoints(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """ListEndpoints."""
        with self._tables.lock:
            page, token = self._listing.page(self._tables.endpoints.seen(), params)
            shown = [
                {
                    "EndpointName": endpoint.name,
                    "EndpointArn": endpoint.arn,
                    "CreationTime": endpoint.created.timestamp(),
                    "LastModifiedTime": endpoint.modified.timestamp(),
                    "EndpointStatus": endpoint.status,
                }
                for endpoint in page
            ]
        return {"Endpoints": shown} | ({"NextToken": token} if token else {})

    def _variants(
        self,
        name: str,
        config: EndpointConfig,
        endpoint: Endpoint | None = None,
        params: Mapping[str, Any] | None = None,
    ) -> list[Variant]:
        """Return a configuration's variants, sized as an update may retain them, within the quotas."""
        variants = variants_of(self._tables, name, config, self._world.clock.now())
        if endpoint and params:
            retain(variants, endpoint, retained_of(params))
        check(self._world.settings.instance_limits, self._tables.endpoints, variants)
        return variants

    def _check_rules(
        self, deployment_config: Mapping[str, Any] | None, new: EndpointConfig, old: EndpointConfig | None
    ) -> None:
        if deployment_config is not None:
            old_variants = old.request["ProductionVariants"] if old else None
            check_deployment_config(deployment_config, new.request["ProductionVariants"], old_variants)


def _check_retain_fields(params: Mapping[str, Any]) -> None:
    if params.get("ExcludeRetainedVariantProperties") and not params.get("RetainAllVariantProperties"):
        raise refused("ExcludeRetainedVariantProperties needs RetainAllVariantProperties to be true.")
    if params.get("RetainDeploymentConfig") and "DeploymentConfig" in params:
        raise refused("DeploymentConfig cannot be given when RetainDeploymentConfig is true.")
