"""CreateEndpoint: create it, update it, or find that there is nothing to do; a busy one waits for its turn."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from slipway.aws.sagemaker import SageMaker
from slipway.aws.scaling import Scaling
from slipway.aws.tag_reader import TagReader
from slipway.deployment.endpoint_status import BUSY, DELETE_ONLY, is_becoming, serves, uses
from slipway.deployment.ordering import REQUESTED_AT, is_newer
from slipway.deployment.plan import Artifact, Execution, Plan
from slipway.deployment.settings import Settings
from slipway.deployment.tags import ENDPOINT_CONFIG, created_by, tags_of
from slipway.errors import (
    AlreadyExists,
    DeadlineExceeded,
    EndpointBusy,
    NewerDeploymentInPlace,
    NotFound,
)
from slipway.hosting.durations import CREATION_SECONDS, UPDATE_SECONDS, Watch, watch
from slipway.hosting.endpoint_outcome import Endpoint, EndpointConfig
from slipway.hosting.inherited_policy import Policy, policy_of_endpoint, policy_of_new_endpoint
from slipway.hosting.poll_schedule import AT_ONCE
from slipway.hosting.previous_config import previous_config
from slipway.hosting.redeployment import check_redeployment, with_artifact_of
from slipway.hosting.scaling import end_scaling, resource_id, size_kept


class CreateEndpoint:
    """One deployment's dealings with its endpoint. Every path may be taken twice and ends the same."""

    def __init__(
        self,
        plan: Plan,
        config: EndpointConfig,
        artifact: Artifact | None,
        execution: Execution,
        sagemaker: SageMaker,
        scaling: Scaling,
        settings: Settings,
    ) -> None:
        self._plan = plan
        self._name = plan["EndpointName"]
        self._config_name = config["EndpointConfigName"]
        self._config_arn = config.get("EndpointConfigArn")
        served = {"Key": ENDPOINT_CONFIG, "Value": self._config_name}
        self._tags = [*tags_of(plan, execution, settings.stack_name, artifact), served]
        self._is_redeployment = "EndpointConfigName" in plan
        self._deadline = datetime.fromisoformat(plan["Deadline"])
        self._execution = execution
        self._limits = settings.limits
        self._sagemaker = sagemaker
        self._tag_reader = TagReader(sagemaker)
        self._scaling = scaling
        self._scaled = resource_id(self._name)
        self._previous: str | None = None
        self._kept: dict[str, Any] | None = None
        self._policy: Policy | None = None

    def __call__(self) -> Endpoint:
        """Return what was done.

        Raises `NewerDeploymentInPlace`, `EndpointConfigNotFound`, `QuotaExceeded`, a `LimitExceeded`, and
        `DeadlineExceeded` when the endpoint stayed busy too long.
        """
        if self._is_redeployment:
            self._config_arn, variant_name = check_redeployment(self._plan, self._tags, self._sagemaker, self._limits)
            self._tags = with_artifact_of(self._tag_reader.of(self._config_arn), self._tags)
            self._scaled = resource_id(self._name, variant_name)
        try:
            endpoint = self._sagemaker.describe_endpoint(self._name)
        except NotFound:
            return self._create()
        return self._change(endpoint)

    def _create(self) -> Endpoint:
        request: dict[str, Any] = {"EndpointName": self._name, "EndpointConfigName": self._config_name}
        follow = self._watch(CREATION_SECONDS, self._config_arn)
        known = self._sagemaker, self._tag_reader, self._limits
        self._policy = policy_of_new_endpoint(self._plan, self._config_arn, *known)
        try:
            arn = self._sagemaker.create_endpoint(request, [*self._tags, *self._policy["Policy"]])
        except AlreadyExists:
            return self._busy()  # somebody was faster; the next turn sees what is there
        return self._done("Redeployed" if self._is_redeployment else "Created", {"EndpointArn": arn}, follow)

    def _change(self, endpoint: dict[str, Any]) -> Endpoint:
        status = endpoint["EndpointStatus"]
        if status in DELETE_ONLY:
            return self._clear_away(endpoint)
        if "SmokeTest" in self._plan:
            self._previous = previous_config(endpoint, self._config_name, self._sagemaker, self._tag_reader)
            self._size_kept(endpoint)
        if serves(endpoint, self._config_name):
            action = self._outcome(endpoint) if self._is_ours(endpoint) else "AlreadyDeployed"
            return self._done(action, endpoint)
        if is_becoming(endpoint, self._config_name) and (self._is_redeployment or self._is_ours(endpoint)):
            return self._done(self._outcome(endpoint), endpoint, self._watch_again(endpoint))
        if status in BUSY:
            return self._busy()
        if self._is_outdone(endpoint):
            raise NewerDeploymentInPlace(f"The endpoint {self._name} serves what was wanted after this deployment.")
        return self._update(endpoint)

    def _update(self, endpoint: dict[str, Any]) -> Endpoint:
        request: dict[str, Any] = {"EndpointName": self._name, "EndpointConfigName": self._config_name}
        if self._plan.get("DeploymentConfig"):
            request["DeploymentConfig"] = self._plan["DeploymentConfig"]
        follow = self._watch_update(endpoint)
        request |= self._size_kept(endpoint)
        try:
            self._sagemaker.update_endpoint(request)
        except EndpointBusy:
            return self._busy()
        # Nothing that could fail may come now: the endpoint is on its way.
        return self._done("Redeployed" if self._is_redeployment else "Updated", endpoint, follow)

    def _watch_again(self, endpoint: dict[str, Any]) -> Watch:
        # This step has been taken before: what it began is under way.
        if endpoint["EndpointStatus"] == "Creating":
            return self._watch(CREATION_SECONDS, self._config_arn, endpoint["CreationTime"])
        return self._watch_update(endpoint)

    def _watch_update(self, endpoint: dict[str, Any]) -> Watch:
        pending = endpoint.get("PendingDeploymentSummary") or {}
        follow = self._watch(UPDATE_SECONDS, endpoint["EndpointArn"], pending.get("StartTime"))
        return follow | Watch(ReplacedEndpointConfigName=endpoint["EndpointConfigName"])

    def _watch(self, tag: str, arn: str | None, started: datetime | None = None) -> Watch:
        now = datetime.now(UTC)
        return watch(tag, self._tag_reader.if_readable(arn), started or now, now, self._deadline)

    def _size_kept(self, endpoint: dict[str, Any]) -> dict[str, Any]:
        if self._kept is None:
            self._kept = size_kept(endpoint, self._plan, self._scaling)
        return self._kept

    def _is_outdone(self, endpoint: dict[str, Any]) -> bool:
        # The configuration that serves says when it was wanted; the endpoint does too, and knows of redeployments.
        ours = {tag["Key"]: tag["Value"] for tag in self._tags}[REQUESTED_AT]
        return any(is_newer(self._tag_reader.of(arn), ours) for arn in self._arns_serving(endpoint))

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
        end_scaling(endpoint, self._scaling)
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
        return any(created_by(self._tag_reader.of(arn), self._execution) for arn in arns if arn)

    def _outcome(self, endpoint: dict[str, Any]) -> str:
        if self._is_redeployment:
            return "Redeployed"
        # CreateEndpoint takes tags, UpdateEndpoint does not: an endpoint that bears our mark was created by us.
        return "Created" if created_by(self._tag_reader.of(endpoint["EndpointArn"]), self._execution) else "Updated"

    def _busy(self) -> Endpoint:
        if datetime.now(UTC) > self._deadline:
            raise DeadlineExceeded(
                f"The endpoint {self._name} stayed busy until the deadline: wait for it to settle and deploy again, "
                "or raise DeadlineMinutes."
            )
        return Endpoint(Action="Busy", EndpointName=self._name, EndpointConfigName=self._config_name)

    def _done(self, action: str, endpoint: dict[str, Any], follow: Watch | None = None) -> Endpoint:
        arn, tags = endpoint["EndpointArn"], self._tag_reader
        return {
            "Action": action,
            "EndpointName": self._name,
            "EndpointConfigName": self._config_name,
            "EndpointConfigArn": self._config_arn,
            "EndpointArn": arn,
            # Where nothing was done, nothing is new but what is in service.
            "Tags": self._tags if action != "AlreadyDeployed" else self._tags[-1:],
            "IsScaled": bool(self._kept),
            "ScalableResourceId": self._scaled,
            **({"PreviousEndpointConfigName": self._previous} if self._previous else {}),  # type: ignore[typeddict-item]
            **(self._policy or policy_of_endpoint(self._plan, arn, self._execution, tags)),
            **(follow or Watch(Waits=AT_ONCE)),
        }
