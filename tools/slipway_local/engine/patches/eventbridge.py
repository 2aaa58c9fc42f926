"""EventBridge and Scheduler, which share targets: under their roles, and rates by the engine's schedule scale."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any

from slipway_local.engine.authorization import RULES, SCHEDULES
from slipway_local.engine.patches import Engine, patch
from slipway_local.iam.required_actions import required_actions_of_delivery

logger = logging.getLogger(__name__)
InvokeTarget = Callable[..., None]


@patch("ministack.services.eventbridge", "_parse_rate_seconds", "expr")
def parse_rate_seconds(parsed: Callable[[str], float | None], engine: Engine) -> Callable[[str], float | None]:
    """Scale a rate; the scale is read at every tick."""

    def scaled(expression: str) -> float | None:
        seconds = parsed(expression)
        return None if seconds is None else seconds * engine.sagemaker.settings.schedule_scale

    return scaled


@patch("ministack.services.eventbridge", "_invoke_target", "target", "event", "rule", "view")
def invoke_target(original: InvokeTarget, engine: Engine) -> InvokeTarget:
    """Deliver under the target's role; what the role does not allow goes to the dead-letter queue.

    A target without a role is reached by the target's own policy, which is not evaluated here.
    """
    authorization = engine.authorization
    if authorization is None:
        return original

    def allowed_only(target: Mapping[str, Any], event: Mapping[str, Any], rule: Any, view: Any = None) -> None:
        service = SCHEDULES if event.get("Source") == "aws.scheduler" else RULES
        if target.get("RoleArn"):
            principal = authorization.principals.of_role(target["RoleArn"], service)
            refused_with = authorization.refused(principal, required_actions_of_delivery(target.get("Arn", "")))
            if refused_with:
                logger.error("not delivered: %s", refused_with)
                dead_letters = target.get("DeadLetterConfig", {}).get("Arn")
                if dead_letters:
                    original({"Arn": dead_letters}, event, rule, view)
                return
        original(target, event, rule, view)

    return allowed_only
