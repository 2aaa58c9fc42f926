"""RemoveFailedDeployment: after a failure, delete what this execution made, and only that."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypedDict

from slipway.aws.model_archives import ModelArchives, model_archive_key
from slipway.aws.sagemaker import SageMaker
from slipway.aws.scaling import Scaling
from slipway.deployment.endpoint_status import BUSY, DELETE_ONLY, is_becoming, pending_config, uses
from slipway.deployment.plan import Artifact, Execution, Plan
from slipway.deployment.settings import Settings
from slipway.deployment.tags import created_by
from slipway.errors import EndpointBusy, NotFound
from slipway.hosting.requests import endpoint_config_request, model_request
from slipway.hosting.scaling import end_scaling


class Removal(TypedDict):
    """What was removed and what stays, as `Endpoint my-endpoint` and the like."""

    Removed: list[str]
    Kept: list[str]


class RemoveFailedDeployment:
    """Deletes in the safe order: endpoint, configuration, model.

    The names are computed from the plan as the Create states computed them, so that a creation whose answer was lost
    is found too; the execution's tag on each says whether it is ours to remove. A redeployment makes an endpoint at
    the most: its configuration and model were there before.
    """

    def __init__(
        self,
        plan: Plan,
        image_uri: str | None,
        artifact: Artifact | None,
        execution: Execution,
        sagemaker: SageMaker,
        scaling: Scaling,
        archives: ModelArchives,
        settings: Settings,
    ) -> None:
        self._endpoint_name = plan["EndpointName"]
        self._is_redeployment = image_uri is None or artifact is None
        self._model_name, self._config_name = "", plan.get("EndpointConfigName", "")
        if image_uri is not None and artifact is not None:
            model = model_request(plan, image_uri, artifact, settings.execution_role_arn)
            self._model_name = model["ModelName"]
            self._config_name = endpoint_config_request(plan, self._model_name)["EndpointConfigName"]
        self._execution = execution
        self._sagemaker = sagemaker
        self._scaling = scaling
        self._archives = archives
        self._removal = Removal(Removed=[], Kept=[])

    def __call__(self) -> Removal:
        """Return what was removed. Raises `EndpointBusy` until what is in the way can be deleted."""
        endpoint = self._endpoint()
        if endpoint and self._made_here(endpoint["EndpointArn"]) and not self._serves_another(endpoint):
            self._remove_endpoint(endpoint)
        if not self._is_redeployment:
            self._remove_what_it_serves(endpoint)
        return self._removal

    def _remove_endpoint(self, endpoint: dict[str, Any]) -> None:
        if endpoint["EndpointStatus"] != "Deleting":
            end_scaling(endpoint, self._scaling)
        with suppress(NotFound):  # deleted meanwhile: the next turn sees it
            self._sagemaker.delete_endpoint(self._endpoint_name)
        raise EndpointBusy(f"The endpoint {self._endpoint_name} is being deleted.")

    def _remove_what_it_serves(self, endpoint: dict[str, Any] | None) -> None:
        if endpoint and is_becoming(endpoint, self._config_name):
            # It was our side that failed, or somebody else has asked for the same: who needs these shows in the end,
            # and only we, who made them, would remove them.
            raise EndpointBusy(f"The endpoint {self._endpoint_name} is still on its way to {self._config_name}.")
        if endpoint and endpoint["EndpointStatus"] in DELETE_ONLY:
            endpoint = None  # it serves nothing, so it needs nothing
        if endpoint and uses(endpoint, self._config_name):
            # Somebody else's update took our configuration up.
            self._removal["Kept"] += [f"EndpointConfig {self._config_name}", f"Model {self._model_name}"]
            return
        sagemaker = self._sagemaker
        config = (sagemaker.describe_endpoint_config, sagemaker.delete_endpoint_config)
        self._remove("EndpointConfig", self._config_name, *config)
        if endpoint and self._model_is_used_by(endpoint):
            if endpoint["EndpointStatus"] in BUSY:
                raise EndpointBusy(f"The endpoint {self._endpoint_name} may still need the model {self._model_name}.")
            self._removal["Kept"].append(f"Model {self._model_name}")
            return
        if self._remove("Model", self._model_name, sagemaker.describe_model, sagemaker.delete_model):
            self._archives.forget(model_archive_key(self._model_name))

    def _endpoint(self) -> dict[str, Any] | None:
        try:
            return self._sagemaker.describe_endpoint(self._endpoint_name)
        except NotFound:
            return None

    def _serves_another(self, endpoint: dict[str, Any]) -> bool:
        return bool(endpoint["EndpointConfigName"] != self._config_name)

    def _model_is_used_by(self, endpoint: dict[str, Any]) -> bool:
        # Another deployment of the same archive with other hosting settings finds our model made, and uses it.
        return any(self._is_variant_of(name) for name in (endpoint["EndpointConfigName"], pending_config(endpoint)))

    def _is_variant_of(self, config_name: str | None) -> bool:
        try:
            config = self._sagemaker.describe_endpoint_config(config_name) if config_name else {}
        except NotFound:
            return False
        return any(variant.get("ModelName") == self._model_name for variant in config.get("ProductionVariants", []))

    def _remove(
        self, kind: str, name: str, describe: Callable[[str], dict[str, Any]], delete: Callable[[str], None]
    ) -> bool:
        """Delete what is ours, and say whether it is gone, or never was."""
        try:
            arn = describe(name)[f"{kind}Arn"]
            if not self._made_here(arn):
                self._removal["Kept"].append(f"{kind} {name}")
                return False
            delete(name)
        except NotFound:
            return True
        self._removal["Removed"].append(f"{kind} {name}")
        return True

    def _made_here(self, arn: str) -> bool:
        return created_by(self._sagemaker.tags(arn), self._execution)
