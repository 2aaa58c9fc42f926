"""What an endpoint runs on, and what that costs; and the table that says so."""

from __future__ import annotations

import re
from typing import Any

import pytest
from botocore.session import get_session

from slipway.prices import PricesInvalid, load_prices
from slipway.prices.hosting_cost import cost_per_hour, hosted_on


def variant(name: str, **fields: Any) -> dict[str, Any]:
    return {"VariantName": name, **fields}


def test_instances_are_counted_by_the_endpoint_and_typed_by_the_configuration() -> None:
    endpoint = {
        "ProductionVariants": [variant("Blue", CurrentInstanceCount=2), variant("Green", CurrentInstanceCount=1)],
        "ShadowProductionVariants": [variant("Shadow", CurrentInstanceCount=3)],
    }
    blue, green = variant("Blue", InstanceType="ml.m5.large"), variant("Green", InstanceType="ml.c5.large")
    shadow = variant("Shadow", InstanceType="ml.m5.large")
    config = {"ProductionVariants": [blue, green], "ShadowProductionVariants": [shadow]}

    assert hosted_on(endpoint, config) == {"ml.m5.large": 5, "ml.c5.large": 1}


def test_instance_pools_are_counted_by_type() -> None:
    pools = [
        {"InstanceType": "ml.g5.xlarge", "CurrentInstanceCount": 0},
        {"InstanceType": "ml.g4dn.xlarge", "CurrentInstanceCount": 2},
    ]
    endpoint = {"ProductionVariants": [variant("AllTraffic", InstancePools=pools, CurrentInstanceCount=2)]}
    config = {"ProductionVariants": [variant("AllTraffic", InstancePools=[{"InstanceType": "ml.g5.xlarge"}])]}

    assert hosted_on(endpoint, config) == {"ml.g5.xlarge": 0, "ml.g4dn.xlarge": 2}


def test_serverless_variants_run_on_nothing() -> None:
    serverless = {"ProductionVariants": [variant("AllTraffic", CurrentServerlessConfig={"MemorySizeInMB": 1024})]}

    assert cost_per_hour(hosted_on(serverless, serverless), load_prices().hourly_price) == 0.0


def test_the_cost_is_the_sum_of_all_instances() -> None:
    assert cost_per_hour({"ml.m5.xlarge": 2, "ml.g5.xlarge": 1}, load_prices().hourly_price) == 1.8684


def test_a_type_without_a_price_is_no_reason_to_guess() -> None:
    assert load_prices().hourly_price("ml.m99.large") is None
    assert cost_per_hour({"ml.m5.xlarge": 1, "ml.m99.large": 1}, load_prices().hourly_price) is None


def test_configured_prices_come_first_with_their_source() -> None:
    prices = load_prices('{"ml.m5.xlarge": 0.269, "ml.m99.large": 7}')

    assert (prices.hourly_price("ml.m5.xlarge", 2), prices.hourly_price("ml.m99.large")) == (0.538, 7)
    assert prices.hourly_price("ml.m5.large") == 0.115
    assert prices.as_of.endswith("and the prices that were given")


@pytest.mark.parametrize("none", ["", " \n", "{}"])
def test_the_price_table_is_named_with_its_date_and_region(none: str) -> None:
    assert re.fullmatch(r"us-east-1, \d{4}-\d\d-\d\d", load_prices(none).as_of)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("ml.m5.xlarge=0.2", "are not JSON"),
        ("[0.2]", "are not a JSON object"),
        ('{"ml.m5.xlarge": "0.2"}', "The price of ml.m5.xlarge is '0.2'"),
        ('{"ml.m5.xlarge": true}', "is True"),
        ('{"ml.m5.xlarge": -1}', "is -1"),
        ('{"ml.m5.xlarge": NaN}', "is nan"),
    ],
)
def test_prices_that_are_none_are_refused(text: str, said: str) -> None:
    with pytest.raises(PricesInvalid, match=re.escape(said)) as refused:
        load_prices(text)
    assert '{"ml.m5.xlarge": 0.23}' in str(refused.value)


def test_every_price_is_of_a_type_that_hosts() -> None:
    types = get_session().get_service_model("sagemaker").shape_for("ProductionVariantInstanceType").enum

    assert set(load_prices().by_type) <= set(types)
    assert all(0 < price < 50 for price in load_prices().by_type.values())
