"""The plan of a rollout: every line by the contract, the sums, the waves."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from tests.fakes.account import FakeInstanceQuotas
from tests.fakes.rollout_files import FakeRolloutFiles
from tests.fakes.services import SETTINGS
from tests.fakes.sources import FakeSources
from tests.fakes.storage import FakeStorage

from slipway.deployment.limits import LimitExceeded, Limits
from slipway.deployment.plan import Execution
from slipway.errors import FieldMissing, FieldsConflict, FieldUnknown
from slipway.prices import load_prices
from slipway.rollouts.errors import ManifestInvalid, ManifestNotFound, RolloutExceedsQuota
from slipway.rollouts.plan_rollout import RolloutAws, plan_rollout

BUCKET = SETTINGS.model_bucket
EXECUTION = Execution(Id="arn:execution", Name="fleet-1", StartTime="2026-11-01T12:00:00Z")
DEFAULTS = {"Defaults": {"Framework": "sklearn", "FrameworkVersion": "1.2-1", "InstanceType": "ml.m5.large"}}


def lines(count: int, **changes: Any) -> list[dict[str, Any]]:
    url = f"s3://{BUCKET}/fleet/model.tar.gz"
    return [{"EndpointName": f"fleet-{number}", "ModelDataUrl": url, **changes} for number in range(count)]


class Rollout:
    """A manifest, and what it is planned with."""

    def __init__(self, manifest: list[dict[str, Any]] | str, name: str = "fleet.jsonl") -> None:
        text = manifest if isinstance(manifest, str) else "\n".join(map(json.dumps, [DEFAULTS, *manifest]))
        storage = FakeStorage()
        storage.put(BUCKET, name, text.encode())
        self.url = f"s3://{BUCKET}/{name}"
        self.files = FakeRolloutFiles(storage, BUCKET)
        self.quotas = FakeInstanceQuotas()
        self.settings = SETTINGS

    def plan(self, **fields: Any) -> dict[str, Any]:
        aws = RolloutAws(self.files, FakeSources(), self.quotas, load_prices())
        return plan_rollout({"ManifestUrl": self.url, **fields}, EXECUTION, aws, self.settings)

    def wave(self, number: int) -> list[dict[str, Any]]:
        return [json.loads(row) for row in self.files.content(f"rollouts/fleet-1/wave-{number}.jsonl").splitlines()]


def test_the_first_wave_is_small_and_tolerates_nothing() -> None:
    rollout = Rollout(lines(30))
    plan = rollout.plan()
    assert [(one["Lines"], one["ToleratedFailurePercentage"]) for one in plan["Waves"]] == [(5, 0), (25, 5)]
    assert rollout.wave(1)[0] == {"Line": 2, "Deployment": {**DEFAULTS["Defaults"], **lines(1)[0]}}
    assert [item["Line"] for wave in (1, 2) for item in rollout.wave(wave)] == [*range(2, 32)]


@pytest.mark.parametrize(
    ("waves", "sizes"),
    [
        ([{"Count": 3}, {}], [3, 7]),
        ([{"Percentage": 25}, {"Count": 4}, {"Percentage": 1}], [3, 4, 3]),
        ([{"Count": 50}, {"Count": 1}], [10]),
        ([{}], [10]),
    ],
)
def test_the_last_wave_takes_what_is_left(waves: list[dict[str, Any]], sizes: list[int]) -> None:
    assert [wave["Lines"] for wave in Rollout(lines(10)).plan(Waves=waves)["Waves"]] == sizes


def test_instances_and_cost_are_summed_over_all_lines() -> None:
    plan = Rollout([*lines(3, InitialInstanceCount=2), {**lines(4)[3], "InstanceType": "ml.m5.xlarge"}]).plan()
    assert plan["Instances"] == {"ml.m5.large": 6, "ml.m5.xlarge": 1}
    prices = load_prices()
    wanted = 6 * prices.by_type["ml.m5.large"] + prices.by_type["ml.m5.xlarge"]
    assert plan["EstimatedCost"]["PerHour"] == pytest.approx(wanted)


def test_lines_that_break_the_contract_are_named_and_no_wave_is_written() -> None:
    rollout = Rollout(
        [*lines(2), {"EndpointName": "x", "ModelDataUr": "s3://a/b.tar.gz"}, {**lines(1)[0], "EndpointName": "FLEET-1"}]
    )
    with pytest.raises(
        ManifestInvalid, match=r"2 of 4 lines are refused\. Line 4: .*ModelDataUr.* Line 5: .*on line 3"
    ):
        rollout.plan()
    assert not rollout.files.has("rollouts/fleet-1/wave-1.jsonl")


def test_a_line_that_is_not_json_is_named() -> None:
    with pytest.raises(ManifestInvalid, match="Line 2: The line cannot be read: it is not JSON"):
        Rollout(f'{json.dumps(DEFAULTS)}\n{{"EndpointName":\n').plan()


def test_a_dry_run_reports_what_is_refused_and_writes_no_wave() -> None:
    rollout = Rollout([*lines(2), {"EndpointName": "_"}])
    plan = rollout.plan(DryRun=True)
    assert (plan["Lines"], plan["Refused"]) == (3, 1)
    assert plan["RefusedLines"][0]["Line"] == 4
    assert json.loads(rollout.files.content("rollouts/fleet-1/plan.json"))["RefusedLines"] == plan["RefusedLines"]
    assert not rollout.files.has("rollouts/fleet-1/wave-1.jsonl")


def test_more_instances_together_than_the_quota_are_refused() -> None:
    rollout = Rollout(lines(3))
    rollout.quotas.quotas["ml.m5.large"] = 2
    with pytest.raises(RolloutExceedsQuota, match="is 2, but the manifest has 3"):
        rollout.plan()
    assert "is 2, but the manifest has 3" in rollout.plan(DryRun=True)["Warnings"][0]


def test_what_the_owner_does_not_allow_is_refused_for_a_line() -> None:
    rollout = Rollout(lines(1))
    rollout.settings = replace(SETTINGS, limits=Limits(instance_types=("ml.t2.*",)))
    with pytest.raises(ManifestInvalid, match=r"Line 2: .*ml\.m5\.large"):
        rollout.plan()


def test_a_manifest_outside_the_stacks_buckets_is_refused() -> None:
    rollout = Rollout(lines(1))
    rollout.settings = replace(SETTINGS, limits=Limits(model_buckets=("another",)))
    with pytest.raises(LimitExceeded):
        rollout.plan()


def test_a_missing_manifest_is_named() -> None:
    rollout = Rollout(lines(1))
    rollout.url = f"s3://{BUCKET}/none.jsonl"
    with pytest.raises(ManifestNotFound, match=r"none\.jsonl"):
        rollout.plan()


@pytest.mark.parametrize(
    ("waves", "error"),
    [([{}, {}], FieldMissing), ([{"Count": 1, "Percentage": 1}, {}], FieldsConflict), ([{"Size": 1}], FieldUnknown)],
)
def test_waves_of_no_size_are_refused(waves: list[dict[str, Any]], error: type[Exception]) -> None:
    with pytest.raises(error):
        Rollout(lines(2)).plan(Waves=waves)


def test_csv_is_read_by_the_types_of_its_fields() -> None:
    text = (
        f"{json.dumps(DEFAULTS)}\nEndpointName,ModelDataUrl,FrameworkVersion,InitialInstanceCount,Environment\n"
        f's-1,s3://{BUCKET}/m.tar.gz,1.2-1,2,"{{""A"": ""1""}}"\ns-2,s3://{BUCKET}/m.tar.gz,,,\n'
    )
    rollout = Rollout(text, "fleet.csv")
    assert rollout.plan()["Instances"] == {"ml.m5.large": 3}
    first, second = (item["Deployment"] for item in rollout.wave(1))
    assert (first["InitialInstanceCount"], first["Environment"], first["FrameworkVersion"]) == (2, {"A": "1"}, "1.2-1")
    assert "Environment" not in second


@pytest.mark.parametrize("text", ["", '{"Defaults": {}}\n', '{"Defaults": 1}\n{}', "EndpointName,EndpointName\na,b\n"])
def test_a_manifest_without_lines_or_with_a_broken_header_is_refused(text: str) -> None:
    with pytest.raises(ManifestInvalid):
        Rollout(text, "fleet.csv").plan()
