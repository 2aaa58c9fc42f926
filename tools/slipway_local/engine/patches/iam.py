"""IAM in the whole engine: MiniStack's own evaluation, and ours wherever it does not look."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from slipway_local.engine.authorization import HOSTING, Authorization, Principals
from slipway_local.engine.patches.assume_role import deliveries_act_under_their_roles, workflows_act_under_their_roles
from slipway_local.engine.patches.s3 import hide_missing_objects
from slipway_local.engine.settings import ACCOUNT_ID, HOST, EngineSettings
from slipway_local.iam.required_actions import (
    SCALING,
    Scope,
    required_actions_of,
    required_actions_of_quotas,
    required_actions_of_scaling,
    required_actions_of_tagging,
)

GUARDED = {
    "sagemaker": required_actions_of,
    SCALING: required_actions_of_scaling,
    "servicequotas": required_actions_of_quotas,
    "tagging": required_actions_of_tagging,
}


class Enforcement:
    """Patches MiniStack so that nothing is done that a role does not allow."""

    def __init__(self, authorization: Authorization) -> None:
        self._authorization = authorization

    def credentials(self, role_arn: str) -> dict[str, str]:
        """Return credentials of an execution role as SageMaker acts under it, under boto3's names."""
        return self._authorization.principals.credentials(role_arn, HOSTING)

    def everywhere(self) -> None:
        """Guard the mounted services and let workflows, rules and schedules act under their roles."""
        from ministack import app  # noqa: PLC0415 - MiniStack reads its environment when it is imported
        from ministack.core import iam_actions  # noqa: PLC0415
        from ministack.services import eventbridge, stepfunctions  # noqa: PLC0415

        for service, required in GUARDED.items():
            self._authorization.guard(app, service, required)
        hide_missing_objects(app, self._authorization)
        workflows_act_under_their_roles(stepfunctions, self._authorization)
        deliveries_act_under_their_roles(eventbridge, self._authorization)
        know_condition_keys(iam_actions)
        take_loopback_for_tls(app)


def enforcement(settings: EngineSettings) -> Enforcement | None:
    """Return what enforces IAM, None where it is off."""
    if settings.iam != "enforced":
        return None
    from ministack.core import iam_evaluator, router  # noqa: PLC0415 - see above
    from ministack.services import iam, sts, tagging  # noqa: PLC0415

    def tags_of(resource: str) -> Mapping[str, str]:
        return tagging.resource_tags(resource) or {}

    principals = Principals(iam, sts, iam_evaluator, router, ACCOUNT_ID)
    return Enforcement(Authorization(principals, Scope(settings.region, ACCOUNT_ID), tags_of))


def take_loopback_for_tls(app: Any) -> None:
    """Patch MiniStack: what is asked without TLS would be denied by policies that ask for it, and loopback has none."""
    pin = app.pin_request_origin

    def pin_request_origin(source_ip: str, secure_transport: bool) -> None:
        pin(source_ip, secure_transport or source_ip == HOST)

    app.pin_request_origin = pin_request_origin


def know_condition_keys(iam_actions: Any) -> None:
    """Patch MiniStack: let policies name the source of events and the namespace of metrics, as AWS's do."""
    known = iam_actions.request_tag_context

    def request_tag_context(service: str, iam_action: str, body: bytes, params: Any) -> dict[str, Any]:
        return {**known(service, iam_action, body, params), **condition_keys(iam_action, body)}

    iam_actions.request_tag_context = request_tag_context


def condition_keys(iam_action: str, body: bytes) -> Mapping[str, str]:
    """Return the condition keys of PutEvents and PutMetricData; of several events, the first one's."""
    if iam_action == "events:PutEvents":
        entry: Mapping[str, str] = next(iter(json.loads(body).get("Entries", [])), {})
        return {"events:source": entry.get("Source", ""), "events:detail-type": entry.get("DetailType", "")}
    if iam_action == "cloudwatch:PutMetricData" and body.startswith(b"{"):
        return {"cloudwatch:namespace": json.loads(body).get("Namespace", "")}
    return {}
