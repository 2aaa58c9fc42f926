"""IAM: condition keys that MiniStack does not have, loopback as TLS, and the services that are mounted in it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from slipway_local.engine.patches import Engine, patch
from slipway_local.engine.settings import HOST
from slipway_local.iam.required_actions import required_actions_of_object_tags

PinRequestOrigin = Callable[[str, bool], None]
Checks = Callable[[str, str, Any, bytes, Any], list[tuple[str, str]]]
TagContext = Callable[[str, str, bytes, Any], dict[str, Any]]


@patch("ministack.app", "pin_request_origin", "source_ip", "secure_transport")
def pin_request_origin(original: PinRequestOrigin, _engine: Engine) -> PinRequestOrigin:
    """Take loopback for TLS: policies that deny calls without TLS would deny every call here."""
    return lambda source_ip, secure_transport: original(source_ip, secure_transport or source_ip == HOST)


@patch("ministack.core.iam_actions", "request_tag_context", "service", "iam_action", "body", "params")
def request_tag_context(original: TagContext, _engine: Engine) -> TagContext:
    """Let policies name the source of events and the namespace of metrics."""

    def known(service: str, iam_action: str, body: bytes, params: Any) -> dict[str, Any]:
        return {**original(service, iam_action, body, params), **condition_keys(iam_action, body)}

    return known


@patch("ministack.core.iam_actions", "s3_additional_checks", "method", "path", "headers", "body", "query_params")
def s3_additional_checks(original: Checks, _engine: Engine) -> Checks:
    """Let the tags of objects take the permissions that S3 asks for."""
    from ministack.services import s3  # noqa: PLC0415 - MiniStack reads its environment when it is imported

    def is_tagged(bucket: str, key: str) -> bool:
        return any(tags for (of, name, _), tags in s3._object_tags.items() if (of, name) == (bucket, key))

    def checked(method: str, path: str, headers: Any, body: bytes, query_params: Any) -> list[tuple[str, str]]:
        tags = required_actions_of_object_tags(method, path, headers, query_params, is_tagged)
        return [
            *original(method, path, headers, body, query_params),
            *((needed.action, needed.resource) for needed in tags),
        ]

    return checked


Resource = Callable[..., str]


@patch(
    "ministack.core.iam_actions",
    "extract_resource_arn",
    *("service", "method", "path", "headers", "body", "query_params", "region", "account_id"),
)
def extract_resource_arn(original: Resource, _engine: Engine) -> Resource:
    """Let policies name the alarm that DeleteAlarms deletes: MiniStack takes a list of alarms for all of them."""

    def of_alarm(*asked: Any) -> str:
        service, _method, _path, headers, body, _query, region, account = asked
        return deleted_alarm(service, headers, body, region, account) or original(*asked)

    return of_alarm


def deleted_alarm(service: str, headers: Mapping[str, str], body: bytes, region: str, account: str) -> str | None:
    """Return the ARN of the one alarm that a request of CloudWatch deletes; None for any other request."""
    targets = (value for name, value in headers.items() if name.lower() == "x-amz-target")
    if service != "monitoring" or not next(targets, "").endswith(".DeleteAlarms"):
        return None
    names = json.loads(body).get("AlarmNames", [])
    return f"arn:aws:cloudwatch:{region}:{account}:alarm:{names[0]}" if len(names) == 1 else None


def condition_keys(iam_action: str, body: bytes) -> Mapping[str, str]:
    """Return the condition keys of PutEvents and PutMetricData; of several events, the first one's."""
    if iam_action == "events:PutEvents":
        entry: Mapping[str, str] = next(iter(json.loads(body).get("Entries", [])), {})
        return {"events:source": entry.get("Source", ""), "events:detail-type": entry.get("DetailType", "")}
    if iam_action == "cloudwatch:PutMetricData" and body.startswith(b"{"):
        return {"cloudwatch:namespace": json.loads(body).get("Namespace", "")}
    return {}
