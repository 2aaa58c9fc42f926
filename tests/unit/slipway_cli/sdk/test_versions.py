"""Which configuration wakes an endpoint that Slipway did not deploy, and what a rollback asks for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from slipway.aws.retry import Page
from slipway.aws.tag_index import Tagged
from slipway.deployment.tags import IN_SERVICE_AT
from slipway.versions.version import Version
from slipway_cli.sdk.contract import check_input
from slipway_cli.sdk.versions import NothingToRollBackTo, config_by_tags, previous_version, rollback_request

ARN = "arn:aws:sagemaker:us-east-1:111122223333:endpoint-config/"
DELETED_IDLE = {"slipway:endpoint": "digits", "slipway:idle-deleted-at": "2026-11-02T00:00:00.000Z"}


class Index:
    """A page for each configuration."""

    def __init__(self, configs: Mapping[str, Mapping[str, str]]) -> None:
        self._configs = [(ARN + name, tags) for name, tags in configs.items()]

    def tagged(self, kinds: Sequence[str], key: str, value: str | None, token: str) -> Page[Tagged]:
        found = [one for one in self._configs if one[1].get(key) == value and kinds == ("endpoint-config",)]
        number = int(token or 0)
        return Page(found[number : number + 1], str(number + 1) if number + 1 < len(found) else "")

    def tags_of(self, arns: Sequence[str]) -> Mapping[str, Mapping[str, str]]:
        raise AssertionError("nothing is read by ARN")

    def tag_all(self, arns: Sequence[str], tags: Mapping[str, str]) -> None:
        raise AssertionError("nothing is to be tagged")


def test_what_served_last_wakes() -> None:
    index = Index(
        {
            "before": DELETED_IDLE | {"slipway:idle-deleted-at": "2026-11-01T00:00:00.000Z"},
            "plain": DELETED_IDLE,
            "of-another": DELETED_IDLE | {"slipway:endpoint": "letters"},
        }
    )

    assert config_by_tags("digits", index) == "plain"


def test_what_never_served_wakes_nothing() -> None:
    index = Index({"plain": {"slipway:endpoint": "digits"}})

    assert config_by_tags("digits", index) is None


def version(digest: str, model: str, served: int, state: str = "", **hosting: Any) -> Version:
    variant = {"VariantName": "AllTraffic", **(hosting or {"InstanceType": "ml.m5.large", "InitialInstanceCount": 1})}
    tags = {IN_SERVICE_AT: f"2026-11-0{served}"}
    return Version(f"e-{digest:0>12}", f"arn:{digest}", datetime.now(UTC), (model,), tags, state, (variant,))


RESIZED, NOW, BEFORE = version("c", "new", 3, "Serving"), version("b", "new", 2), version("a", "old", 1)


def test_a_rollback_goes_to_another_model_unless_the_size_is_to_go_back_too() -> None:
    assert previous_version("e", [RESIZED, NOW, BEFORE]) == BEFORE
    assert previous_version("e", [RESIZED, NOW, BEFORE], with_size=True) == NOW
    with pytest.raises(NothingToRollBackTo, match="--with-size puts it back"):
        previous_version("e", [RESIZED, NOW])


@pytest.mark.parametrize(
    ("hosting", "with_size", "keeps"),
    [
        ({}, False, True),
        ({}, True, False),
        ({"InstanceType": "ml.p3.2xlarge", "InitialInstanceCount": 1}, False, False),
        ({"ServerlessConfig": {"MemorySizeInMB": 2048, "MaxConcurrency": 5}}, False, False),
    ],
    ids=["same type", "with its size", "another type", "serverless"],
)
def test_a_rollback_keeps_the_number_of_instances_of_the_same_type(
    hosting: dict[str, Any], *, with_size: bool, keeps: bool
) -> None:
    before = version("a", "old", 1, **hosting)

    request = rollback_request("e", before, [RESIZED, before], with_size=with_size)

    assert check_input(request) == request
    assert request.get("KeepInstanceCount", False) is keeps
    assert request["Message"] == "Roll back from 00000000000c to 00000000000a"
