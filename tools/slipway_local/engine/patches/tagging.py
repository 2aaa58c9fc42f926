"""SageMaker in MiniStack's Resource Groups Tagging, and GetResources in pages, which MiniStack's has not.

https://docs.aws.amazon.com/resourcegroupstagging/latest/APIReference/API_GetResources.html: 1 to 100 resources a page,
50 where none is said; the last page's PaginationToken is empty.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from slipway_local.engine.patches import Engine, patch
from slipway_local.json_protocol import Response, error_response
from slipway_local.sagemaker.tags import shown_tags

Handler = Callable[[dict[str, Any]], Response]
SERVICE = "sagemaker"
DEFAULT_PAGE, MAX_PAGE = 50, 100


@patch("ministack.services.tagging", "_COLLECTORS", item=SERVICE, is_function=False)
@patch("ministack.services.tagging", "_RESOURCE_TAG_COLLECTORS", item=SERVICE, is_function=False)
def collect(_none: None, engine: Engine) -> Callable[[], list[tuple[str, list[dict[str, str]]]]]:
    """Let GetResources, and conditions on aws:ResourceTag, know SageMaker's tags."""
    return lambda: [(arn, shown_tags(tags)) for arn, tags in engine.sagemaker.tagging.tagged()]


@patch("ministack.services.tagging", "_WRITERS", item=SERVICE, is_function=False)
def write(_none: None, engine: Engine) -> Callable[[object, str, Mapping[str, str]], None]:
    """Let TagResources tag SageMaker's resources."""

    def add(_spec: object, arn: str, tags: Mapping[str, str]) -> None:
        engine.sagemaker.tagging.add_tags({"ResourceArn": arn, "Tags": shown_tags(tags)})

    return add


@patch("ministack.services.tagging", "_REMOVERS", item=SERVICE, is_function=False)
def remove(_none: None, engine: Engine) -> Callable[[object, str, list[str]], None]:
    """Let UntagResources untag SageMaker's resources."""

    def delete(_spec: object, arn: str, keys: list[str]) -> None:
        engine.sagemaker.tagging.delete_tags({"ResourceArn": arn, "TagKeys": keys})

    return delete


@patch("ministack.services.tagging", "_HANDLERS", "data", item="GetResources")
def get_resources(original: Handler, _engine: Engine) -> Handler:
    """Answer in pages."""
    return in_pages(original)


def in_pages(get_resources: Handler) -> Handler:
    """Return a GetResources that gives a page at a time.

    A token names the last resource of its page, so that what comes and goes between two pages neither repeats nor
    hides another one.
    """

    def paged(request: dict[str, Any]) -> Response:
        length = request.get("ResourcesPerPage", DEFAULT_PAGE)
        if not 1 <= length <= MAX_PAGE:
            return error_response(
                "InvalidParameterException", f"ResourcesPerPage must be from 1 to {MAX_PAGE}; it is {length}."
            )
        status, headers, body = get_resources(request)
        if status != 200 or "ResourceARNList" in request:  # noqa: PLR2004 - HTTP's own number
            return status, headers, body
        found = sorted(json.loads(body)["ResourceTagMappingList"], key=lambda each: each["ResourceARN"])
        after = request.get("PaginationToken", "")
        rest = [each for each in found if each["ResourceARN"] > after]
        page = rest[:length]
        token = page[-1]["ResourceARN"] if len(rest) > length else ""
        return status, headers, json.dumps({"ResourceTagMappingList": page, "PaginationToken": token}).encode()

    return paged
