"""What a redeployment needs of the configuration that it names."""

from __future__ import annotations

from slipway.domain.plan import Plan
from slipway.errors import EndpointConfigNotFound, FieldsConflict, NotFound
from slipway.use_cases.sagemaker_port import SageMaker, Tags
from slipway.use_cases.scaling import scaled_variant
from slipway.use_cases.wanted_again import mark_wanted_again


def check_redeployment(plan: Plan, tags: Tags, sagemaker: SageMaker) -> tuple[str, str]:
    """Return the ARN of the plan's configuration and its variant, to be tested and scaled as wanted; mark it as wanted.

    Raises `EndpointConfigNotFound` or `FieldsConflict`.
    """
    name = plan["EndpointConfigName"]
    try:
        config = sagemaker.describe_endpoint_config(name)
        if "AsyncInferenceConfig" in config and "SmokeTest" in plan:
            raise FieldsConflict(
                f"EndpointConfigName is {name}, which is asynchronous, but SmokeTest needs an endpoint that answers at "
                "once: remove SmokeTest."
            )
        arn, variant_name = str(config["EndpointConfigArn"]), scaled_variant(plan, config)
        mark_wanted_again(arn, tags, sagemaker)
    except NotFound:
        raise EndpointConfigNotFound(
            f"EndpointConfigName is {name}, but no such endpoint configuration exists: list those of this endpoint "
            f"with aws sagemaker list-endpoint-configs --name-contains {plan['EndpointName']}"
        ) from None
    return arn, variant_name
