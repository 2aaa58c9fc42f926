"""Let workflows, rules and schedules act under their roles: MiniStack makes their calls as the account's root."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from contextvars import ContextVar
from typing import Any

from slipway_local.engine.authorization import RULES, SCHEDULES, WORKFLOWS, Authorization
from slipway_local.iam.required_actions import required_actions_of_delivery, required_actions_of_state

logger = logging.getLogger(__name__)
# Step Functions names an error that the Java SDK does not model after the service.
PREFIXES = {
    "lambda": "Lambda.AWSLambda",
    "events": "EventBridge.EventBridge",
    "sagemaker": "SageMaker.SageMaker",
    "applicationautoscaling": "ApplicationAutoScaling.ApplicationAutoScaling",
}
_role: ContextVar[str] = ContextVar("slipway_workflow_role", default="")


def workflows_act_under_their_roles(stepfunctions: Any, authorization: Authorization) -> None:
    """Patch MiniStack's Step Functions: a task fails by name when its machine's role does not allow the call."""
    execute_task, invoke_resource = stepfunctions._execute_task, stepfunctions._invoke_resource

    def with_role(state_def: Any, raw_input: Any, execution: Mapping[str, Any], ctx: Any) -> Any:
        machine = stepfunctions._state_machines.get(execution["stateMachineArn"]) or {}
        token = _role.set(machine.get("roleArn", ""))
        try:
            return execute_task(state_def, raw_input, execution, ctx)
        finally:
            _role.reset(token)

    def allowed_only(resource: str, input_data: Any) -> Any:
        principal = authorization.principals.of_role(_role.get(), WORKFLOWS)
        refused_with = authorization.refused(
            principal, required_actions_of_state(resource, input_data, authorization.scope)
        )
        if refused_with:
            raise stepfunctions._ExecutionError(_error_name(resource), refused_with)
        return invoke_resource(resource, input_data)

    stepfunctions._execute_task = with_role
    stepfunctions._invoke_resource = allowed_only


def deliveries_act_under_their_roles(eventbridge: Any, authorization: Authorization) -> None:
    """Patch MiniStack's EventBridge, whose targets Scheduler shares: what a role forbids ends in the dead letters.

    A target without a role is reached by the target's own policy, which is not evaluated here.
    """
    invoke_target = eventbridge._invoke_target

    def allowed_only(target: Mapping[str, Any], event: Mapping[str, Any], rule: Any, view: Any = None) -> None:
        service = SCHEDULES if event.get("Source") == "aws.scheduler" else RULES
        if target.get("RoleArn"):
            principal = authorization.principals.of_role(target["RoleArn"], service)
            refused_with = authorization.refused(principal, required_actions_of_delivery(target.get("Arn", "")))
            if refused_with:
                logger.error("not delivered: %s", refused_with)
                dead_letters = target.get("DeadLetterConfig", {}).get("Arn")
                if dead_letters:
                    invoke_target({"Arn": dead_letters}, event, rule, view)
                return
        invoke_target(target, event, rule, view)

    eventbridge._invoke_target = allowed_only


def _error_name(resource: str) -> str:
    service = resource.removeprefix("arn:aws:states:::").removeprefix("aws-sdk:").partition(":")[0]
    return f"{PREFIXES.get(service, f'{service.capitalize()}.{service.capitalize()}')}Exception"
