"""Which configuration wakes an endpoint that Slipway did not deploy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from slipway.aws.retry import Page
from slipway.aws.tag_index import Tagged
from slipway_cli.sdk.versions import config_by_tags

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
