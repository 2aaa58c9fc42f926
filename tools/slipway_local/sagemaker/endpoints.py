"""The endpoint operations, DescribeEndpoint's answer, and the endpoints that the runtime serves."""

from __future__ import annotations

import hashlib
import logging
import re
from collections.abc import Callable, Mapping
from typing import Any

from slipway_local.iam.execution_role import of_alarms
from slipway_local.ports import AsyncHosting, Capture, ServingVariant
from slipway_local.sagemaker.deployments import (
    MAX_REASON,
    Dependencies,
    Deployments,
    alarm_names,
    retain,
    retained_of,
    serving_variants,
    stop_all,
    variants_of,
)
from slipway_local.sagemaker.errors import failed_endpoint, in_progress, refused
from slipway_local.sagemaker.listing import Listing, answer_of, by_creation, by_name
from slipway_local.sagemaker.models import BUSY, Deployment, Endpoint, EndpointConfig, Tables, Variant, models_of_config
from slipway_local.sagemaker.tags import read_tags
from slipway_local.sagemaker.validation.deployment_config import check_deployment_config
from slipway_local.sagemaker.validation.documented import check_asynchronous, check_case, check_scaled, check_update
from slipway_local.sagemaker.validation.quotas import check
from slipway_local.sagemaker.validation.variants import check_concurrency


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

    def __init__(self, tables: Tables, dependencies: Dependencies, deployments: Deployments) -> None:
        self._tables = tables
        self._dependencies = dependencies
        self._deployments = deployments
        self._listing: Listing[Endpoint] = Listing(
            {
                "Name": by_name,
                "CreationTime": by_creation,
                "Status": lambda endpoint: endpoint.status,
            }
        )

    def create_endpoint(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """CreateEndpoint: answers at once; the endpoint is Creating."""
        name, now = params["EndpointName"], self._dependencies.clock.now()
        tags = read_tags(params.get("Tags", []))
        with self._tables.lock:
            check_case(name, ((other.name, other.arn) for other in self._tables.endpoints))
            config = self._tables.configs.find(params["EndpointConfigName"])
            deployment_config = params.get("DeploymentConfig")
            used = [self._tables.models.peek(model) for model in sorted(models_of_config(config))]
            check_asynchronous(config.request, [model.containers for model in used if model])
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
        kept, now = retained_of(params), self._dependencies.clock.now()
        _check_retain_fields(params)
        scaled = self._dependencies.services.targets.scaled_variants(params["EndpointName"])
        with self._tables.lock:
            endpoint = self._tables.endpoints.find(params["EndpointName"])
            refuse_unready(endpoint)
            config = self._tables.configs.find(params["EndpointConfigName"])
            check_update(endpoint.config.request, config.request)
            check_scaled(endpoint.config.request, config.request, scaled)
            last = endpoint.last_deployment_config if params.get("RetainDeploymentConfig") else None
            deployment_config = params.get("DeploymentConfig", last)
            self._check_rules(deployment_config, config, endpoint.config)
            variants = self._variants(endpoint.name, config, endpoint, params)
            self._check_alarms(deployment_config or {}, variants)
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
        return answer_of("Endpoints", shown, token)

    def _variants(
        self,
        name: str,
        config: EndpointConfig,
        endpoint: Endpoint | None = None,
        params: Mapping[str, Any] | None = None,
    ) -> list[Variant]:
        """Return a configuration's variants, sized as an update may retain them, within the quotas."""
        variants = variants_of(self._tables, name, config, self._dependencies.clock.now())
        if endpoint and params:
            retain(variants, endpoint, retained_of(params))
        check(self._dependencies.settings.instance_limits, self._tables.endpoints, variants)
        return variants

    def _check_alarms(self, deployment_config: Mapping[str, Any], variants: list[Variant]) -> None:
        """Check that alarms exist, which no page of AWS says, and that the execution roles may describe them."""
        names = alarm_names(deployment_config)
        if not names:
            return
        known = self._dependencies.services.alarm_states(names)
        missing = [name for name in names if name not in known]
        if missing:
            raise refused(f"Could not find the CloudWatch alarms {missing} of AutoRollbackConfiguration.")
        arns = self._tables.arns
        needed = of_alarms(f"{arns.prefix_of('cloudwatch')}alarm:{name}" for name in names)
        for role in {one.role_arn for variant in variants for one in variant.choices if one.role_arn}:
            if text := self._dependencies.services.roles.refusal(role, needed):
                raise refused(f"The execution role {role} cannot describe the alarms of the deployment: {text}")

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


logger = logging.getLogger(__name__)


class EndpointChanges:
    """The endpoint operations that rescale and delete."""

    def __init__(self, tables: Tables, dependencies: Dependencies) -> None:
        self._tables = tables
        self._dependencies = dependencies

    def update_endpoint_weights_and_capacities(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """UpdateEndpointWeightsAndCapacities: Updating, then the desired values are the current ones."""
        with self._tables.lock:
            endpoint = self._tables.endpoints.find(params["EndpointName"])
            refuse_unready(endpoint)
            for variant, change in _changed(endpoint, params["DesiredWeightsAndCapacities"]):
                _apply(variant, change)
            self._enter(endpoint, "Updating", self._settle)
        return {"EndpointArn": endpoint.arn}

    def delete_endpoint(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """DeleteEndpoint: Deleting, then gone; the only thing that may be done with a Failed endpoint."""
        with self._tables.lock:
            endpoint = self._tables.endpoints.find(params["EndpointName"])
            refuse_busy(endpoint)
            if any(one.request["EndpointName"] == endpoint.name for one in self._tables.components):
                # cloud-nuke pull request 1142 has the text.
                raise refused(
                    "Cannot delete endpoint with inference component associated. Please delete inference component and "
                    "try it again."
                )
            self._enter(endpoint, "Deleting", self._vanish)
        self._dependencies.services.targets.deregister(endpoint.name)
        return {}

    def _enter(self, endpoint: Endpoint, status: Any, finish: Callable[[Endpoint], None]) -> None:
        endpoint.status, endpoint.modified = status, self._dependencies.clock.now()
        self._dependencies.announcer.endpoint(endpoint)
        self._dependencies.executor(lambda: self._run(endpoint, finish))

    def _run(self, endpoint: Endpoint, finish: Callable[[Endpoint], None]) -> None:
        try:
            self._dependencies.clock.sleep(self._dependencies.settings.change_seconds)
            finish(endpoint)
        except Exception as error:  # a bug: it must show on the endpoint, not vanish with the thread
            logger.exception("the change of %s broke", endpoint.name)
            self._fail(endpoint, f"Internal error of the local SageMaker: {type(error).__name__}: {error}")
        finally:
            self._dependencies.announcer.flush()

    def _settle(self, endpoint: Endpoint) -> None:
        with self._tables.lock:
            for variant in endpoint.variants:
                variant.settle()
            endpoint.status, endpoint.modified = "InService", self._dependencies.clock.now()
            self._announce(endpoint)

    def _vanish(self, endpoint: Endpoint) -> None:
        stop_all(endpoint.containers)
        with self._tables.lock:
            if self._tables.endpoints.peek(endpoint.name) is endpoint:
                self._tables.endpoints.remove(endpoint.name)

    def _fail(self, endpoint: Endpoint, reason: str) -> None:
        with self._tables.lock:
            endpoint.status, endpoint.failure_reason = "Failed", reason[:MAX_REASON]
            self._announce(endpoint)

    def _announce(self, endpoint: Endpoint) -> None:
        if self._tables.endpoints.peek(endpoint.name) is endpoint:
            self._dependencies.announcer.endpoint(endpoint)


def _changed(endpoint: Endpoint, changes: list[Mapping[str, Any]]) -> list[tuple[Variant, Mapping[str, Any]]]:
    """Pair every change with its variant, checking all before any is applied."""
    names = [change["VariantName"] for change in changes]
    for name in names:
        if names.count(name) > 1:  # AWS's words as moto has them
            raise refused(f'The variant name "{name}" was non-unique within the request.')
    variants = {variant.name: variant for variant in endpoint.variants}
    unknown = [name for name in names if name not in variants]
    if unknown:
        raise refused(
            f'The variant name(s) "{", ".join(unknown)}" is/are not present within endpoint configuration '
            f'"{endpoint.config.name}".'
        )
    pairs = [(variants[change["VariantName"]], change) for change in changes]
    for variant, change in pairs:
        _check(variant, change)
    return pairs


def _check(variant: Variant, change: Mapping[str, Any]) -> None:
    serverless = variant.serverless
    if serverless is None and "ServerlessUpdateConfig" in change:
        raise refused(f'Production variant "{variant.name}" is not serverless.')
    if serverless is not None and "DesiredInstanceCount" in change:
        raise refused(f'Serverless production variant "{variant.name}" has no DesiredInstanceCount.')
    if serverless is not None:
        check_concurrency({**serverless, **change.get("ServerlessUpdateConfig", {})})


def _apply(variant: Variant, change: Mapping[str, Any]) -> None:
    variant.desired_weight = float(change.get("DesiredWeight", variant.desired_weight))
    variant.desired_count = change.get("DesiredInstanceCount", variant.desired_count)
    if variant.serverless is not None:
        variant.serverless = {**variant.serverless, **change.get("ServerlessUpdateConfig", {})}


_COPIED = ("RoutingConfig",)


def describe(endpoint: Endpoint) -> dict[str, Any]:
    """Return every field of DescribeEndpoint that has a value; times are epoch seconds.

    While Updating, EndpointConfigName is the old configuration and PendingDeploymentSummary names the new.
    """
    answer: dict[str, Any] = {
        "EndpointName": endpoint.name,
        "EndpointArn": endpoint.arn,
        "EndpointConfigName": endpoint.config.name,
        "ProductionVariants": [_deployed_summary(endpoint, v) for v in endpoint.variants if not v.is_shadow],
        "EndpointStatus": endpoint.status,
        "CreationTime": endpoint.created.timestamp(),
        "LastModifiedTime": endpoint.modified.timestamp(),
    }
    optional = {
        "ShadowProductionVariants": [_deployed_summary(endpoint, v) for v in endpoint.variants if v.is_shadow] or None,
        "FailureReason": endpoint.failure_reason,
        "DataCaptureConfig": _data_capture(endpoint),
        "LastDeploymentConfig": endpoint.last_deployment_config,
        "PendingDeploymentSummary": _pending(endpoint.deployment),
        "AsyncInferenceConfig": endpoint.config.request.get("AsyncInferenceConfig"),
    }
    return answer | {name: value for name, value in optional.items() if value is not None}


def _pending(deployment: Deployment | None) -> dict[str, Any] | None:
    if deployment is None or not deployment.is_update:
        return None
    shadows = [_pending_summary(deployment, variant) for variant in deployment.variants if variant.is_shadow]
    return {
        "EndpointConfigName": deployment.config.name,
        "ProductionVariants": [_pending_summary(deployment, v) for v in deployment.variants if not v.is_shadow],
        "StartTime": deployment.started.timestamp(),
    } | ({"ShadowProductionVariants": shadows} if shadows else {})


def _pending_summary(deployment: Deployment, variant: Variant) -> dict[str, Any]:
    instance_type = variant.request.get("InstanceType")
    shown = {"InstanceType": instance_type} if instance_type else {}
    return _summary(variant) | shown | {"VariantStatus": [_stage(deployment)]}


def _deployed_summary(endpoint: Endpoint, variant: Variant) -> dict[str, Any]:
    deployment = endpoint.deployment
    creating = deployment is not None and not deployment.is_update
    return _summary(variant) | ({"VariantStatus": [_stage(deployment)]} if deployment and creating else {})


def _stage(deployment: Deployment) -> dict[str, Any]:
    message = {"StatusMessage": deployment.stage_message} if deployment.stage_message else {}
    return {"Status": deployment.stage, "StartTime": deployment.stage_started.timestamp()} | message


def _summary(variant: Variant) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "VariantName": variant.name,
        "DeployedImages": [_image(variant, image) for image in variant.images],
        "CurrentWeight": variant.current_weight,
        "DesiredWeight": variant.desired_weight,
        "CurrentInstanceCount": variant.current_count,
    }
    if variant.serverless is None:
        shown["DesiredInstanceCount"] = variant.desired_count
    else:
        shown["DesiredServerlessConfig"] = dict(variant.serverless)
    if variant.current_serverless is not None:
        shown["CurrentServerlessConfig"] = dict(variant.current_serverless)
    if "InstancePools" in variant.request:
        shown["InstancePools"] = _pools(variant)
    return shown | {name: variant.request[name] for name in _COPIED if name in variant.request}


def _pools(variant: Variant) -> list[dict[str, Any]]:
    return [
        {
            "InstanceType": pool["InstanceType"],
            "CurrentInstanceCount": variant.current_count if pool["InstanceType"] == variant.instance_type else 0,
        }
        for pool in variant.request["InstancePools"]
    ]


def _image(variant: Variant, image: str) -> dict[str, Any]:
    """Resolve a tag to a digest; no registry is asked, so the digest is made from the image's name.

    Where something else is served in its place, that is what is named: ResolvedImage is "the specific digest path of
    the image hosted in this ProductionVariant" (API_DeployedImage).
    """
    digest = hashlib.sha256(image.encode()).hexdigest()
    stand_in = variant.stand_ins.get(image)
    repository = stand_in or re.sub(r":[^/:]+$", "", image)
    resolved = image if "@" in image and not stand_in else f"{repository}@sha256:{digest}"
    return {
        "SpecifiedImage": image,
        "ResolvedImage": resolved,
        "ResolutionTime": variant.resolved.timestamp(),
    }


def _data_capture(endpoint: Endpoint) -> Mapping[str, Any] | None:
    config = endpoint.data_capture
    if config is None:
        return None
    enabled = config.get("EnableCapture", True)
    running = enabled and endpoint.status == "InService"
    return {
        "EnableCapture": enabled,
        "CaptureStatus": "Started" if running else "Stopped",
        "CurrentSamplingPercentage": config["InitialSamplingPercentage"],
        "DestinationS3Uri": config["DestinationS3Uri"],
        "KmsKeyId": config.get("KmsKeyId", ""),
    }


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

    def desired_counts(self, endpoint_name: str) -> dict[str, int]:
        """Return how many instances the variants of an endpoint are to have; nothing unless it is InService."""
        with self._tables.lock:
            endpoint = self._tables.endpoints.peek(endpoint_name)
            if endpoint is None or endpoint.status != "InService":
                return {}
            return {one.name: one.desired_count for one in endpoint.variants if one.serverless is None}

    def asynchronous(self, endpoint_name: str) -> AsyncHosting | None:
        """Return how an asynchronous endpoint is hosted; None for any other."""
        with self._tables.lock:
            endpoint = self._tables.endpoints.peek(endpoint_name)
            return _async_hosting(endpoint) if endpoint else None

    def capture(self, endpoint_name: str) -> Capture | None:
        """Return what of an endpoint's invocations is captured; None for nothing."""
        with self._tables.lock:
            endpoint = self._tables.endpoints.peek(endpoint_name)
            return _capture(endpoint) if endpoint else None


def _capture(endpoint: Endpoint) -> Capture | None:
    config = endpoint.data_capture
    if config is None or not config.get("EnableCapture", True):
        return None
    types = config.get("CaptureContentTypeHeader", {})
    return Capture(
        destination=config["DestinationS3Uri"],
        percentage=config["InitialSamplingPercentage"],
        modes=frozenset(option["CaptureMode"] for option in config["CaptureOptions"]),
        csv_types=frozenset(types.get("CsvContentTypes", [])),
        json_types=frozenset(types.get("JsonContentTypes", [])),
        role_arn=endpoint.variants[0].choices[0].role_arn,
    )


def _async_hosting(endpoint: Endpoint) -> AsyncHosting | None:
    config = endpoint.config.request.get("AsyncInferenceConfig")
    if config is None:
        return None
    output, client = config["OutputConfig"], config.get("ClientConfig", {})
    topics = output.get("NotificationConfig", {})
    return AsyncHosting(
        output_path=output.get("S3OutputPath"),
        failure_path=output.get("S3FailurePath"),
        success_topic=topics.get("SuccessTopic"),
        error_topic=topics.get("ErrorTopic"),
        include_response_in=frozenset(topics.get("IncludeInferenceResponseIn", [])),
        max_at_once=client.get("MaxConcurrentInvocationsPerInstance"),
        role_arn=endpoint.variants[0].choices[0].role_arn,
    )
