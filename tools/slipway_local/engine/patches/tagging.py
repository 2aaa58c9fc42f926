"""SageMaker in MiniStack's Resource Groups Tagging, and GetResources in pages, which MiniStack's has not.

https://docs.aws.amazon.com/resourcegroupstagging/latest/APIReference/API_GetResources.html: 1 to 100 resources a page,
50 where none is said; the last page's PaginationToken is empty.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol

from slipway_local.json_protocol import CONTENT_TYPE, Response

Handler = Callable[[dict[str, Any]], Response]
SERVICE = "sagemaker"
DEFAULT_PAGE, MAX_PAGE = 50, 100


class Tagged(Protocol):
    """SageMaker's tags."""

    def tagged(self) -> Iterable[tuple[str, dict[str, str]]]:
        """Return (ARN, tags) of what has tags."""

    def add_tags(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """Answer AddTags."""

    def delete_tags(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """Answer DeleteTags."""


def mount_tagging(tags: Tagged, tagging: Any) -> None:
    """Let GetResources, TagResources and UntagResources of `ministack.services.tagging` know SageMaker."""

    def write(_spec: object, arn: str, wanted: Mapping[str, str]) -> None:
        tags.add_tags({"ResourceArn": arn, "Tags": _shown(wanted)})

    def remove(_spec: object, arn: str, keys: list[str]) -> None:
        tags.delete_tags({"ResourceArn": arn, "TagKeys": keys})

    def collect() -> list[tuple[str, list[dict[str, str]]]]:
        return [(arn, _shown(own)) for arn, own in tags.tagged()]

    tagging._COLLECTORS[SERVICE] = collect
    tagging._RESOURCE_TAG_COLLECTORS[SERVICE] = collect  # of conditions on aws:ResourceTag
    tagging._WRITERS[SERVICE] = write
    tagging._REMOVERS[SERVICE] = remove
    tagging._HANDLERS["GetResources"] = in_pages(tagging._HANDLERS["GetResources"])


def in_pages(get_resources: Handler) -> Handler:
    """Return a GetResources that gives a page at a time.

    A token names the last resource of its page, so that what comes and goes between two pages neither repeats nor
    hides another one.
    """

    def paged(request: dict[str, Any]) -> Response:
        length = request.get("ResourcesPerPage", DEFAULT_PAGE)
        if not 1 <= length <= MAX_PAGE:
            return _refused(f"ResourcesPerPage must be from 1 to {MAX_PAGE}; it is {length}.")
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


def _refused(message: str) -> Response:
    answer = {"__type": "InvalidParameterException", "message": message}
    return 400, {"Content-Type": CONTENT_TYPE}, json.dumps(answer).encode()


def _shown(tags: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]
