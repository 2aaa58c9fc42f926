"""What a request of a botocore client has to be allowed: by the local stack's own reading of it, or MiniStack's."""

from __future__ import annotations

import json
from urllib.parse import parse_qs, urlsplit

from botocore.awsrequest import AWSPreparedRequest
from ministack.core.iam_actions import extract_iam_action, extract_resource_arn, s3_additional_checks

from slipway_local.engine.patches.iam import condition_keys, deleted_alarm
from slipway_local.iam.required_actions import (
    RequiredAction,
    Scope,
    required_actions_of,
    required_actions_of_invocation,
    required_actions_of_object_tags,
    required_actions_of_quotas,
    required_actions_of_scaling,
    required_actions_of_tagging,
)

OURS = {
    "sagemaker": required_actions_of,
    "application-autoscaling": required_actions_of_scaling,
    "service-quotas": required_actions_of_quotas,
    "resourcegroupstaggingapi": required_actions_of_tagging,
}
# What MiniStack calls a service, where that is not botocore's name.
THEIRS = {"cloudwatch": "monitoring", "stepfunctions": "states"}


def required_actions_of_request(
    service: str, operation: str, request: AWSPreparedRequest, place: Scope
) -> list[RequiredAction]:
    """Return what a request has to be allowed. Fails for a request that cannot be read."""
    url, body = urlsplit(request.url), _bytes(request.body)
    if service == "sagemaker-runtime":
        return required_actions_of_invocation(url.path, place)
    if service in OURS:
        return OURS[service](operation, json.loads(body), place)
    headers = {name.lower(): _text(value) for name, value in request.headers.items()}
    query = parse_qs(url.query, keep_blank_values=True)
    if "x-www-form-urlencoded" in headers.get("content-type", ""):
        query |= parse_qs(body.decode())
    path = _path_style(url.hostname or "", url.path) if service == "s3" else url.path
    asked = (THEIRS.get(service, service), request.method, path, headers, body, query)
    action = extract_iam_action(*asked)
    assert action, f"{service}:{operation} cannot be read"
    alarm = deleted_alarm(asked[0], headers, body, place.region, place.account_id)
    resource = alarm or extract_resource_arn(*asked, place.region, place.account_id)
    needs = [RequiredAction(action, resource, condition_keys(action, body))]
    if service == "s3":
        needs += [RequiredAction(*more) for more in s3_additional_checks(request.method, path, headers, body, query)]
        # Any object may have tags.
        needs += required_actions_of_object_tags(request.method, path, headers, query, lambda _bucket, _key: True)
    return needs


def bucket_of(request: AWSPreparedRequest) -> str:
    """Return the ARN of the bucket that a request of S3 is about."""
    url = urlsplit(request.url)
    return f"arn:aws:s3:::{_path_style(url.hostname or '', url.path).split('/')[1]}"


def _path_style(host: str, path: str) -> str:
    bucket, dot, _ = host.partition(".s3.")
    return f"/{bucket}{path}" if dot else path


def _bytes(body: object) -> bytes:
    if isinstance(body, str):
        return body.encode()
    return body if isinstance(body, bytes) else b""


def _text(value: object) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)
