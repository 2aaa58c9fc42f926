"""CreateEndpoint: create it, update it, or find that there is nothing to do; a busy one waits for its turn."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, NotRequired, TypedDict

from slipway.domain.endpoint import BUSY, DELETE_ONLY, is_becoming, serves, uses
from slipway.domain.ordering import WANTED_AT, is_newer
from slipway.domain.plan import Artifact, Execution, Plan
from slipway.domain.tags import made_by, tags_of
from slipway.errors import (
    AlreadyExists,
    DeadlineExceeded,
    EndpointBusy,
    EndpointConfigNotFound,
    NewerDeploymentInPlace,
    NotFound,
)
from slipway.settings import Settings
from slipway.use_cases.sagemaker_port import SageMaker


class EndpointConfig(TypedDict):
    """The configuration to serve; its ARN where this deployment made or found it by content."""

    EndpointConfigName: str
    EndpointConfigArn: NotRequired[str]


class Endpoint(TypedDict):
    """What became of the endpoint: `Action` is Created, Updated, Redeployed, AlreadyDeployed or Busy.

    `Tags` are what the endpoint bears once it serves the configuration: UpdateEndpoint takes none, and tags written
    before a rollback would lie.
    """

    Action: str
    EndpointName: str
    EndpointConfigName: str
    EndpointArn: NotRequired[str]
    Tags: NotRequired[list[dict[str, str]]]


class CreateEndpoint:
    """One deployment's dealings with its endpoint. Every path may be taken twice and ends the same."""

    def __init__(
        self,
        plan: Plan,
        config: EndpointConfig,
        artifact: Artifact | None,
        execution: Execution,
        sagemaker: SageMaker,
        settings: Settings,
    ) -> None:
        self._name = plan["EndpointName"]
        self._config_name = config["EndpointConfigName"]
        self._config_arn = config.get("EndpointConfigArn")
        self._deployment_config = plan.get("DeploymentConfig")
        self._tags = tags_of(plan, execution, settings.stack_name, artifact)
        self._is_redeployment = "EndpointConfigName" in plan
        self._deadline = datetime.fromisoformat(plan["Deadline"])
        self._execution = execution
        self._sagemaker = sagemaker

    def __call__(self) -> Endpoint:
        """Return what was done.

        Raises `NewerDeploymentInPlace`, `EndpointConfigNotFound`, `QuotaExceeded`, and `DeadlineExceeded` when the
        endpoint stayed busy too long.
        """
        if self._is_redeployment:
            self._check_config_exists()
        try:
            endpoint = self._sagemaker.describe_endpoint(self._name)
        except NotFound:
            return self._create()
        return self._change(endpoint)

    def _check_config_exists(self) -> None:
        try:
            self._sagemaker.describe_endpoint_config(self._config_name)
        except NotFound:
            raise EndpointConfigNotFound(
                f"EndpointConfigName is {self._config_name}, but no such endpoint configuration exists: "
                "list those of this endpoint with aws sagemaker list-endpoint-configs --name-contains " + self._name
            ) from None

    def _create(self) -> Endpoint:
        request: dict[str, Any] = {"EndpointName": self._name, "EndpointConfigName": self._config_name}
        try:
            arn = self._sagemaker.create_endpoint(request, self._tags)
        except AlreadyExists:
            return self._busy()  # somebody was faster; the next turn sees what is there
        return self._done("Redeployed" if self._is_redeployment else "Created", {"EndpointArn": arn})

    def _change(self, endpoint: dict[str, Any]) -> Endpoint:
        status = endpoint["EndpointStatus"]
        if status in DELETE_ONLY:
            return self._clear_away(endpoint)
        if serves(endpoint, self._config_name):
            action = self._outcome(endpoint) if self._is_ours(endpoint) else "AlreadyDeployed"
            return self._done(action, endpoint)
        if is_becoming(endpoint, self._config_name) and (self._is_redeployment or self._is_ours(endpoint)):
            return self._done(self._outcome(endpoint), endpoint)
        if status in BUSY:
            return self._busy()
        if self._is_outdone(endpoint):
            raise NewerDeploymentInPlace(f"The endpoint {self._name} serves what was wanted after this deployment.")
        return self._update(endpoint)

    def _update(self, endpoint: dict[str, Any]) -> Endpoint:
        request: dict[str, Any] = {"EndpointName": self._name, "EndpointConfigName": self._config_name}
        if self._deployment_config:
            request["DeploymentConfig"] = self._deployment_config
        try:
            self._sagemaker.update_endpoint(request)
        except EndpointBusy:
            return self._busy()
        # Nothing that could fail may come now: the endpoint is on its way.
        return self._done("Redeployed" if self._is_redeployment else "Updated", endpoint)

    def _is_outdone(self, endpoint: dict[str, Any]) -> bool:
        # The configuration that serves says when it was wanted; the endpoint does too, and knows of redeployments.
        ours = {tag["Key"]: tag["Value"] for tag in self._tags}[WANTED_AT]
        return any(is_newer(self._sagemaker.tags(arn), ours) for arn in self._arns_serving(endpoint))

    def _arns_serving(self, endpoint: dict[str, Any]) -> list[str]:
        try:
            config = self._sagemaker.describe_endpoint_config(endpoint["EndpointConfigName"])
        except NotFound:
            return [endpoint["EndpointArn"]]
        return [endpoint["EndpointArn"], config["EndpointConfigArn"]]

    def _clear_away(self, endpoint: dict[str, Any]) -> Endpoint:
        # A Failed endpoint can only be deleted. One that this execution made is its own failure, to be explained;
        # one found there is in the way, and the next turn creates it anew.
        if self._is_ours(endpoint):
            return self._done("Created", endpoint)
        try:
            self._sagemaker.delete_endpoint(self._name)
        except (EndpointBusy, NotFound):
            return self._busy()  # somebody else is at it, or was faster
        return self._busy()

    def _is_ours(self, endpoint: dict[str, Any]) -> bool:
        # A configuration bears its maker's mark from the start, an updated endpoint only once it serves it. The mark
        # on the configuration says nothing of an endpoint that has another one.
        config_arn = self._config_arn if uses(endpoint, self._config_name) else None
        arns = (endpoint["EndpointArn"], config_arn)
        return any(made_by(self._sagemaker.tags(arn), self._execution) for arn in arns if arn)

    def _outcome(self, endpoint: dict[str, Any]) -> str:
        if self._is_redeployment:
            return "Redeployed"
        # CreateEndpoint takes tags, UpdateEndpoint does not: an endpoint that bears our mark was created by us.
        return "Created" if made_by(self._sagemaker.tags(endpoint["EndpointArn"]), self._execution) else "Updated"

    def _busy(self) -> Endpoint:
        if datetime.now(UTC) > self._deadline:
            raise DeadlineExceeded(
                f"The endpoint {self._name} stayed busy until the deadline: wait for it to settle and deploy again, "
                "or raise DeadlineMinutes."
            )
        return Endpoint(Action="Busy", EndpointName=self._name, EndpointConfigName=self._config_name)

    def _done(self, action: str, endpoint: dict[str, Any]) -> Endpoint:
        return Endpoint(
            Action=action,
            EndpointName=self._name,
            EndpointConfigName=self._config_name,
            EndpointArn=endpoint["EndpointArn"],
            Tags=self._tags,
        )
