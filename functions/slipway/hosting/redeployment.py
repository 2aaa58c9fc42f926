"""What a redeployment needs of the configuration that it names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from slipway.aws.sagemaker import SageMaker, Tags
from slipway.deployment.hosting_kind import HostingKind, hosting_kind
from slipway.deployment.limits import Limits, check_endpoint_config
from slipway.deployment.plan import Plan
from slipway.deployment.tags import ARTIFACT
from slipway.errors import EndpointConfigNotFound, FieldsConflict, NotFound
from slipway.hosting.refresh_requested_at import refresh_requested_at
from slipway.hosting.scaling import Hosted, check_scaling_of, hosted_by_config
from slipway.preflight.check_alarms import AlarmStates
from slipway.preflight.check_transition import check_transition_to


class Redeployed(NamedTuple):
    """The configuration to put back: its ARN, what of it can be scaled, and warnings."""

    config_arn: str
    hosted: Hosted
    warnings: list[str]


NOT_ASYNCHRONOUS = ("SmokeTest", "TrafficAnalysis")


def check_redeployment(
    plan: Plan, tags: Tags, sagemaker: SageMaker, alarm_states: AlarmStates, limits: Limits
) -> Redeployed:
    """Return what the plan's configuration is, and mark it as wanted.

    Raises `EndpointConfigNotFound`, `FieldsConflict`, `HostingCannotChange`, `AlarmNotFound`, `AlarmAlreadyFiring`, or
    a `LimitExceeded` for one that was made under wider limits.
    """
    name = plan["EndpointConfigName"]
    try:
        config = sagemaker.describe_endpoint_config(name)
        check_endpoint_config(config, limits)
        if "AsyncInferenceConfig" in config and (unusable := [one for one in NOT_ASYNCHRONOUS if one in plan]):
            raise FieldsConflict(
                f"EndpointConfigName is {name}, which is asynchronous, but {unusable[0]} needs an endpoint that "
                f"answers at once: remove {unusable[0]}."
            )
        if hosting_kind(config) == HostingKind.COMPONENTS:
            raise FieldsConflict(
                f"EndpointConfigName is {name}, a configuration of inference components, which does not say what they "
                "were: deploy the earlier input with its InferenceComponents instead."
            )
        warnings = check_transition_to(plan, config, sagemaker, alarm_states)
        arn, hosted = str(config["EndpointConfigArn"]), hosted_by_config(config)
        check_scaling_of(plan, hosted)
        refresh_requested_at(arn, tags, sagemaker)
    except NotFound:
        raise EndpointConfigNotFound(
            f"EndpointConfigName is {name}, but no such endpoint configuration exists: list those of this endpoint "
            f"with aws sagemaker list-endpoint-configs --name-contains {plan['EndpointName']}"
        ) from None
    return Redeployed(arn, hosted, warnings)


def with_artifact_of(config_tags: Mapping[str, str], tags: Tags) -> Tags:
    """Return an endpoint's tags with the archive that its configuration's model was made from.

    The value is empty where the configuration does not say, because an update cannot take a tag away, and that of
    another archive would be wrong.
    """
    return [{"Key": ARTIFACT, "Value": config_tags.get(ARTIFACT, "")}, *tags]
