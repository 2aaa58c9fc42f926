"""What the client reads of endpoints, over boto3 from the local SageMaker."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from slipway.deployment.tags import CANDIDATE_OF, STACK
from slipway.prices import load_prices
from slipway_cli.commands.endpoints import _row
from slipway_cli.output.endpoint_json import endpoint_json
from slipway_cli.sdk.costs import hourly_cost
from slipway_cli.sdk.endpoints import EndpointNotFound, Hosting, describe_endpoint, list_endpoints
from tests.contract.slipway_cli.account import ClientAccount

POOLS = [{"InstanceType": "ml.c5.large", "Priority": 2}, {"InstanceType": "ml.m5.xlarge", "Priority": 1}]
SERVERLESS = {"MemorySizeInMB": 2048, "MaxConcurrency": 5}


def test_only_the_stacks_endpoints_are_listed_unless_all_are_asked_for(account: ClientAccount) -> None:
    account.version("config", "mine")
    for name, stack in (("b-mine", "slipway"), ("a-mine", "slipway"), ("theirs", "another"), ("untagged", "")):
        account.endpoint(name, "config", stack=stack)

    assert [one.name for one in list_endpoints(account.target)] == ["a-mine", "b-mine"]
    everything = list_endpoints(account.target, of_any_stack=True)
    assert [one.name for one in everything] == ["a-mine", "b-mine", "theirs", "untagged"]


def test_an_endpoint_says_what_it_serves_on_what_and_since_when(account: ClientAccount) -> None:
    account.version("config", "mine", InstanceType="ml.m5.xlarge", InitialInstanceCount=2)
    account.endpoint("mine", "config")

    (found,) = list_endpoints(account.target)
    assert (found.status, found.config_name, found.pending_config) == ("InService", "config", None)
    assert found.hosting == (Hosting("AllTraffic", "ml.m5.xlarge", 2),)
    assert (found.kind, found.artifact) == ("RealTime", "s3://models-bucket/config.tar.gz")
    assert found.created <= found.modified == account.loopback.clock.now()
    assert found == describe_endpoint(account.target, "mine")


def test_a_candidate_is_shown_as_what_it_is(account: ClientAccount) -> None:
    account.version("config", "mine")
    account.endpoint("mine-candidate-0123456789ab", "config")
    (found,) = list_endpoints(account.target)
    candidate = replace(found, tags={**found.tags, CANDIDATE_OF: "mine"})

    prices = load_prices()
    assert endpoint_json(candidate, prices)["CandidateOf"] == "mine"
    assert _row(candidate, prices, datetime.now(UTC))[-1] == "candidate of mine"


@pytest.mark.parametrize(
    ("hosting", "kind", "instance_type", "priced"),
    [
        ({"InstanceType": "ml.m5.large", "InitialInstanceCount": 3}, "RealTime", "ml.m5.large", True),
        ({"InstanceType": "ml.p5en.48xlarge", "InitialInstanceCount": 1}, "RealTime", "ml.p5en.48xlarge", False),
        ({"ServerlessConfig": SERVERLESS}, "Serverless", "", False),
        ({"InstancePools": POOLS, "InitialInstanceCount": 1}, "RealTime", "ml.m5.xlarge", True),
    ],
    ids=["instances", "a type without a price", "serverless", "pools"],
)
def test_what_has_a_known_price_an_hour_has_an_estimate(
    account: ClientAccount, hosting: dict[str, Any], kind: str, instance_type: str, priced: bool
) -> None:
    account.version("config", "mine", **hosting)
    account.endpoint("mine", "config")

    found = describe_endpoint(account.target, "mine")
    cost = hourly_cost(found, load_prices())
    assert (found.kind, found.hosting[0].instance_type) == (kind, instance_type)
    assert (cost is not None) == priced
    if cost is not None:
        count = found.hosting[0].instance_count
        assert cost == pytest.approx(load_prices().by_type[instance_type] * count)


def test_tags_of_what_was_changed_lately_are_asked_for_and_others_come_from_the_index(account: ClientAccount) -> None:
    account.version("config", "mine")
    arn = account.endpoint("mine", "config")
    later = datetime.now(UTC) + timedelta(hours=2)

    assert list_endpoints(account.target, now=later) == [], "the index knows nothing yet"
    account.index.known[arn] = {STACK: "slipway"}
    assert [one.name for one in list_endpoints(account.target, now=later)] == ["mine"]
    account.index.known.clear()
    assert [one.name for one in list_endpoints(account.target)] == ["mine"]


def test_a_configuration_that_was_deleted_leaves_its_endpoint_listed(account: ClientAccount) -> None:
    account.version("config", "mine")
    account.endpoint("mine", "config")
    account.recorder.gone.add("describe_endpoint_config")

    found = describe_endpoint(account.target, "mine")
    assert (found.config_name, found.hosting, found.artifact) == ("config", (), "")
    assert hourly_cost(found, load_prices()) is None


def test_an_endpoint_that_is_deleted_while_it_is_read_is_left_out(account: ClientAccount) -> None:
    account.version("config", "mine")
    account.endpoint("mine", "config")
    account.recorder.gone.add("describe_endpoint")

    assert list_endpoints(account.target) == []


def test_an_endpoint_that_is_not_there_is_named_with_what_to_do(account: ClientAccount) -> None:
    with pytest.raises(EndpointNotFound, match=r"There is no endpoint nosuch in eu-west-1: .*slipway wake nosuch"):
        describe_endpoint(account.target, "nosuch")
