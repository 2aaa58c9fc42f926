"""Inference components: models on the instances of a shared endpoint, each created, updated and deleted by itself.

One process serves a component, however many copies it has; a component without copies has none.
"""

from __future__ import annotations

import hashlib
import logging
import uuid
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from slipway_local.ports import HostedContainer, HostingFailed
from slipway_local.sagemaker.deployments import MAX_REASON, Dependencies, choice_of, stop_all, wait_since
from slipway_local.sagemaker.errors import refused
from slipway_local.sagemaker.listing import Listing, answer_of, by_creation, by_name
from slipway_local.sagemaker.models import SERVING, Endpoint, InferenceComponent, Model, Tables, Variant
from slipway_local.sagemaker.several_containers import start_containers
from slipway_local.sagemaker.tags import read_tags

logger = logging.getLogger(__name__)
Params = Mapping[str, Any]
# terraform-provider-aws issue 40644 has this text.
NOT_SUPPORTED = (
    "Inference Components are not supported in this Endpoint. Please make sure this endpoint can deploy inference "
    "components."
)


class InferenceComponents:
    """The operations of inference components."""

    def __init__(self, tables: Tables, dependencies: Dependencies) -> None:
        self._tables = tables
        self._dependencies = dependencies
        self._listing: Listing[InferenceComponent] = Listing(
            {"Name": by_name, "CreationTime": by_creation, "Status": lambda component: component.status}
        )

    def create(self, params: Params) -> dict[str, Any]:
        """CreateInferenceComponent: answers at once; the component is Creating."""
        name, now = params["InferenceComponentName"], self._dependencies.clock.now()
        tags = read_tags(params.get("Tags", []))
        specification = _checked(params)
        copies = params.get("RuntimeConfig", {}).get("CopyCount", 1)
        with self._tables.lock:
            self._tables.components.refuse_existing(name)
            variant = _variant_of(self._tables.endpoints.find(params["EndpointName"]), params.get("VariantName"))
            self._model_of(specification)
            component = InferenceComponent(
                name,
                self._tables.components.arn(name),
                now,
                {"EndpointName": params["EndpointName"], "VariantName": variant.name, "Specification": specification},
                tags,
                modified=now,
                copies=copies,
            )
            self._tables.components.add(component)
        self._submit(component, specification, copies)
        return {"InferenceComponentArn": component.arn}

    def update(self, params: Params) -> dict[str, Any]:
        """UpdateInferenceComponent: the old container answers until the new one is healthy."""
        with self._tables.lock:
            component = self._changeable(params)
            specification = component.request["Specification"]
            if "Specification" in params:
                specification = _checked(params)
                self._model_of(specification)
            copies = params.get("RuntimeConfig", {}).get("CopyCount", component.copies)
            self._enter(component, "Updating")
        self._submit(component, specification, copies)
        return {"InferenceComponentArn": component.arn}

    def update_runtime_config(self, params: Params) -> dict[str, Any]:
        """UpdateInferenceComponentRuntimeConfig: another number of copies."""
        with self._tables.lock:
            component = self._changeable(params)
            self._enter(component, "Updating")
        self._submit(component, component.request["Specification"], params["DesiredRuntimeConfig"]["CopyCount"])
        return {"InferenceComponentArn": component.arn}

    def describe(self, params: Params) -> dict[str, Any]:
        """DescribeInferenceComponent."""
        with self._tables.lock:
            component = self._tables.components.find(params["InferenceComponentName"])
            copies = {"DesiredCopyCount": component.copies, "CurrentCopyCount": component.current_copies}
            return {
                **self._summary(component),
                "Specification": self._specification(component),
                "RuntimeConfig": copies,
                **({"FailureReason": component.failure_reason} if component.failure_reason else {}),
            }

    def list(self, params: Params) -> dict[str, Any]:
        """ListInferenceComponents."""
        wanted = {"EndpointName": params.get("EndpointNameEquals"), "VariantName": params.get("VariantNameEquals")}
        with self._tables.lock:
            found = [
                one
                for one in self._tables.components.seen()
                if all(value in (None, one.request[member]) for member, value in wanted.items())
            ]
            page, token = self._listing.page(found, params)
            return answer_of("InferenceComponents", [self._summary(component) for component in page], token)

    def delete(self, params: Params) -> dict[str, Any]:
        """DeleteInferenceComponent: Deleting, then gone."""
        with self._tables.lock:
            component = self._changeable(params)
            self._enter(component, "Deleting")
        self._dependencies.executor(lambda: self._vanish(component))
        return {}

    def stop_all(self) -> None:
        """Stop every component's container."""
        with self._tables.lock:
            running = {one.name: one.container for one in self._tables.components if one.container}
        stop_all(running)

    def _changeable(self, params: Params) -> InferenceComponent:
        component = self._tables.components.find(params["InferenceComponentName"])
        if component.status not in ("InService", "Failed"):
            # The internal states of texts such as CREATE_IN_PROGRESS are not documented; the words are ours.
            raise refused(f'Cannot update in-progress inference component "{component.arn}".')
        return component

    def _enter(self, component: InferenceComponent, status: Any) -> None:
        component.status, component.failure_reason = status, None
        component.modified = self._dependencies.clock.now()

    def _submit(self, component: InferenceComponent, specification: Params, copies: int) -> None:
        self._dependencies.executor(lambda: self._run(component, specification, copies))

    def _run(self, component: InferenceComponent, specification: Params, copies: int) -> None:
        started = self._dependencies.clock.now()
        reason, container = None, component.container
        try:
            container = self._container(component, specification, copies)
        except HostingFailed as error:
            reason = str(error)
        except Exception as error:  # a bug: it must show on the component, not vanish with the thread
            logger.exception("the inference component %s broke", component.name)
            reason = f"Internal error of the local SageMaker: {type(error).__name__}: {error}"
        wait_since(started, self._dependencies.settings.change_seconds, self._dependencies.clock)
        with self._tables.lock:
            is_wanted = self._tables.components.peek(component.name) is component
            replaced = component.container if container is not component.container else None
            if is_wanted:
                self._end(component, specification, copies, container, reason)
        superfluous = replaced if is_wanted else container
        stop_all({component.name: superfluous} if superfluous else {})

    def _container(self, component: InferenceComponent, specification: Params, copies: int) -> HostedContainer | None:
        """Return what serves the component from now on: what it has, if only the number of copies changes."""
        if not copies:
            return None
        if component.container and specification is component.request["Specification"]:
            return component.container
        with self._tables.lock:
            endpoint = self._tables.endpoints.find(component.request["EndpointName"])
            variant = _variant_of(endpoint, component.request["VariantName"])
            model = self._model_of(specification, endpoint.config.request["ExecutionRoleArn"])
        startup = specification.get("StartupParameters", {})
        request = {**variant.request, **startup}
        choice = choice_of(endpoint.name, request, f"i-{uuid.uuid4().hex[:17]}", model, variant.instance_type)
        specs = [replace(spec, inference_component=component.name) for spec in choice.containers]
        return start_containers(specs, self._dependencies.services.start_container, choice.is_direct)

    def _end(
        self,
        component: InferenceComponent,
        specification: Params,
        copies: int,
        container: HostedContainer | None,
        reason: str | None,
    ) -> None:
        component.modified = self._dependencies.clock.now()
        if reason is not None:
            # "the update is rolled back": what served before serves on; a new component has nothing to go back to.
            component.failure_reason = reason[:MAX_REASON]
            component.status = "Failed" if component.status == "Creating" else "InService"
            return
        component.request = {**component.request, "Specification": specification}
        component.container, component.copies, component.current_copies = container, copies, copies
        component.status = "InService"

    def _vanish(self, component: InferenceComponent) -> None:
        self._dependencies.clock.sleep(self._dependencies.settings.change_seconds)
        stop_all({component.name: component.container} if component.container else {})
        with self._tables.lock:
            if self._tables.components.peek(component.name) is component:
                self._tables.components.remove(component.name)

    def _model_of(self, specification: Params, role_arn: str | None = None) -> Model:
        """Return the model that a specification names, or one of its Container. Raises `SageMakerError`."""
        if "ModelName" in specification:
            return self._tables.models.find(specification["ModelName"])
        given = specification["Container"]
        container = {"Image": given["Image"], "Environment": given.get("Environment", {})}
        if "ArtifactUrl" in given:
            container["ModelDataUrl"] = given["ArtifactUrl"]
        request = {"ExecutionRoleArn": role_arn}
        return Model("", "", self._dependencies.clock.now(), request, containers=[container])

    def _summary(self, component: InferenceComponent) -> dict[str, Any]:
        endpoint_name = component.request["EndpointName"]
        return {
            "InferenceComponentName": component.name,
            "InferenceComponentArn": component.arn,
            "EndpointName": endpoint_name,
            "EndpointArn": self._tables.endpoints.arn(endpoint_name),
            "VariantName": component.request["VariantName"],
            "InferenceComponentStatus": component.status,
            "CreationTime": component.created.timestamp(),
            "LastModifiedTime": component.modified.timestamp(),
        }

    def _specification(self, component: InferenceComponent) -> dict[str, Any]:
        shown = dict(component.request["Specification"])
        if "Container" not in shown:
            return shown
        given = dict(shown["Container"])
        image = given.pop("Image")
        repository = image if "@" in image else f"{image.rpartition(':')[0]}@sha256:{_digest(image)}"
        resolved = {"SpecifiedImage": image, "ResolvedImage": repository}
        return shown | {
            "Container": {**given, "DeployedImage": {**resolved, "ResolutionTime": component.created.timestamp()}}
        }


def _digest(image: str) -> str:
    # No registry is asked, so the digest is made from the image's name.
    return hashlib.sha256(image.encode()).hexdigest()


def _checked(params: Params) -> Mapping[str, Any]:
    """Return the specification of a request.

    API, InferenceComponentSpecification: a model is named by ModelName or described by Container; the texts are ours.
    """
    specification: Mapping[str, Any] = params.get("Specification", {})
    if len({"ModelName", "Container"} & specification.keys()) != 1:
        raise refused("Specification must have exactly one of ModelName and Container.")
    if "Container" in specification and "Image" not in specification["Container"]:
        raise refused("Specification.Container needs an Image.")
    if "ComputeResourceRequirements" not in specification:
        raise refused("Specification needs ComputeResourceRequirements.")
    return specification


def _variant_of(endpoint: Endpoint, name: str | None) -> Variant:
    """Return the variant whose instances a component uses; without a name the only one."""
    if any("ModelName" in variant.request for variant in endpoint.variants):
        raise refused(NOT_SUPPORTED)
    if endpoint.status not in SERVING:
        raise refused(f'Cannot use endpoint "{endpoint.arn}": its status is {endpoint.status}.')
    if name is None and len(endpoint.variants) > 1:
        raise refused("VariantName is required for an endpoint with several variants.")
    found = [variant for variant in endpoint.variants if name in (None, variant.name)]
    if not found:
        raise refused(f'The variant name "{name}" is not present within endpoint "{endpoint.name}".')
    return found[0]
