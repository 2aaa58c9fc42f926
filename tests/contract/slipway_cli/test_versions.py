"""The versions of an endpoint, over boto3 from the local SageMaker."""

from __future__ import annotations

import pytest

from slipway_cli.sdk.versions import (
    NothingToRollBackTo,
    VersionNotFound,
    previous_version,
    version_named,
    versions_of,
)
from tests.contract.slipway_cli.account import ClientAccount

FIRST, SECOND, THIRD = (f"mine-{digit * 12}" for digit in "123")


def names_and_states(account: ClientAccount, endpoint_name: str = "mine") -> dict[str, str]:
    return {version.config_name: version.state for version in versions_of(account.target, endpoint_name)}


def test_versions_are_those_of_this_endpoint_and_stack_newest_first(account: ClientAccount) -> None:
    account.version(FIRST, "mine")
    account.version("mine-too-444444444444", "mine-too")
    account.version("mine-555555555555", "mine", stack="another")
    account.version(SECOND, "mine")

    assert list(names_and_states(account)) == [SECOND, FIRST]
    assert versions_of(account.target, "nosuch") == []


def test_the_one_that_serves_and_the_one_to_come_are_marked(account: ClientAccount) -> None:
    account.version(FIRST, "mine")
    account.version(SECOND, "mine")
    account.endpoint("mine", FIRST, settled=False)
    assert names_and_states(account) == {SECOND: "", FIRST: "Pending"}

    account.loopback.finish()
    account.sagemaker.update_endpoint(EndpointName="mine", EndpointConfigName=SECOND)
    assert names_and_states(account) == {SECOND: "Pending", FIRST: "Serving"}


def test_a_configuration_of_another_endpoint_is_a_version_while_it_serves(account: ClientAccount) -> None:
    account.version("lender-666666666666", "lender")
    account.endpoint("mine", "lender-666666666666")

    assert names_and_states(account) == {"lender-666666666666": "Serving"}


def test_back_is_to_what_served_last_before(account: ClientAccount) -> None:
    account.version(FIRST, "mine", served="2026-11-03T00:00:00Z")
    account.version(SECOND, "mine", served="2026-11-01T00:00:00Z")
    account.version(THIRD, "mine", served="2026-11-04T00:00:00Z")
    account.version("mine-777777777777", "mine")
    account.endpoint("mine", THIRD)

    versions = versions_of(account.target, "mine")
    assert previous_version("mine", versions).config_name == FIRST
    assert version_named("mine", "222222222222", versions).config_name == SECOND
    assert version_named("mine", SECOND, versions).config_name == SECOND


def test_an_endpoint_that_was_taken_over_goes_back_to_what_served_before(account: ClientAccount) -> None:
    account.version("theirs", "", stack="another")
    account.version(SECOND, "mine", served="2026-11-04T00:00:00Z")
    account.endpoint("mine", SECOND)
    arn = account.sagemaker.describe_endpoint(EndpointName="mine")["EndpointArn"]
    assert list(names_and_states(account)) == [SECOND]

    account.sagemaker.add_tags(ResourceArn=arn, Tags=[{"Key": "slipway:adopted-config", "Value": "theirs"}])

    versions = versions_of(account.target, "mine")
    assert {version.config_name: version.state for version in versions} == {SECOND: "Serving", "theirs": ""}
    assert previous_version("mine", versions).config_name == "theirs"


def test_what_there_is_not_is_said_with_what_there_is(account: ClientAccount) -> None:
    account.version(FIRST, "mine", served="2026-11-03T00:00:00Z")
    account.version(SECOND, "mine")
    account.endpoint("mine", FIRST)

    versions = versions_of(account.target, "mine")
    with pytest.raises(NothingToRollBackTo, match="No other model of mine has been in service"):
        previous_version("mine", versions)
    with pytest.raises(VersionNotFound, match=f"mine has no version 999999999999: there are {SECOND}, {FIRST}"):
        version_named("mine", "999999999999", versions)
