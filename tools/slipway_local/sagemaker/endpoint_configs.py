"""CreateEndpointConfig, DescribeEndpointConfig, ListEndpointConfigs and DeleteEndpointConfig."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from slipway_local.ports import Clock
from slipway_local.sagemaker.errors import in_use
from slipway_local.sagemaker.listing import Listing
from slipway_local.sagemaker.models import models_of_config
from slipway_local.sagemaker.records import NOT_LIVE, EndpointConfig
from slipway_local.sagemaker.settings import Settings
from slipway_local.sagemaker.tables import Tables
from slipway_local.sagemaker.tags import read_tags
from slipway_local.sagemaker.variant_rules import check_variants


class EndpointConfigs:
    """The endpoint configuration operations."""

    def __init__(self, tables: Tables, clock: Clock, settings: Settings) -> None:
        self._settings = settings
        self._tables = tables
        self._clock = clock
        self._listing: Listing[EndpointConfig] = Listing(
            {"Name": lambda config: config.name, "CreationTime": lambda config: config.created.timestamp()}
        )

    def create_endpoint_config(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """CreateEndpointConfig; every model that it names must exist."""
        name, configs = params["EndpointConfigName"], self._tables.configs
        tags = read_tags(params.get("Tags", []))
        check_variants(params)
        request = {key: value for key, value in params.items() if key != "Tags"}
        with self._tables.lock:
            config = EndpointConfig(name, configs.arn(name), self._clock.now(), request, tags)
            configs.refuse_existing(name)
            for model_name in sorted(models_of_config(config)):
                self._tables.models.find(model_name)
            configs.add(config)
        return {"EndpointConfigArn": config.arn}

    def describe_endpoint_config(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """DescribeEndpointConfig; InitialVariantWeight is 1.0 where none was given, as on AWS."""
        with self._tables.lock:
            config = self._tables.configs.find(params["EndpointConfigName"])
            request = dict(config.request)
            weight = {"InitialVariantWeight": 1.0}
            for kind in request.keys() & {"ProductionVariants", "ShadowProductionVariants"}:
                request[kind] = [weight | v for v in request[kind]]
            return request | {"EndpointConfigArn": config.arn, "CreationTime": config.created.timestamp()}

    def list_endpoint_configs(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """ListEndpointConfigs."""
        with self._tables.lock:
            page, token = self._listing.page(self._tables.configs.seen(), params)
        shown = [
            {
                "EndpointConfigName": config.name,
                "EndpointConfigArn": config.arn,
                "CreationTime": config.created.timestamp(),
            }
            for config in page
        ]
        return {"EndpointConfigs": shown} | ({"NextToken": token} if token else {})

    def delete_endpoint_config(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """DeleteEndpointConfig; refused while a live endpoint has it in place or on its way, if settings say so."""
        with self._tables.lock:
            config = self._tables.configs.find(params["EndpointConfigName"])
            for endpoint in self._tables.endpoints:
                live = self._settings.refuse_in_use and endpoint.status not in NOT_LIVE
                if live and config in endpoint.configs:
                    raise in_use("endpoint configuration", config.arn, endpoint.arn)
            self._tables.configs.remove(config.name)
            return {}
