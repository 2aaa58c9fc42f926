"""Newest wins on the real engine: twelve endpoints, each deployed x, y, x, y at random distances."""

from __future__ import annotations

import sys
import time
from collections import Counter
from random import Random

import pytest

from slipway_cli.sdk.executions import Execution
from tests.integration import archives
from tests.integration.deployments import Account, endpoint_name
from tests.integration.test_deploy_endpoint import hosting

ENDPOINTS = 12
FACTORS = {"x": 2, "y": 3}
# An endpoint takes a fifth of a second here: twenty times as fast, 1 to 20 s lie between two deployments.
FASTER = 20


@pytest.mark.full
@pytest.mark.timeout(900)
def test_the_newest_of_four_deployments_serves_on_each_of_twelve_endpoints(account: Account) -> None:
    random, seed = Random(12), endpoint_name("turns")
    uris = {name: account.upload(f"elsewhere/{seed}/{name}.tar.gz", archives.answering(FACTORS[name])) for name in "xy"}
    names = [f"{seed}-{number:02}" for number in range(ENDPOINTS)]  # no name is the beginning of another
    plan = []
    for name in names:
        at = random.uniform(0, 20)
        for content in "xyxy":
            plan.append((at, name, content))
            at += random.uniform(1, 20)

    began, arns = time.monotonic(), []
    for at, name, content in sorted(plan):
        time.sleep(max(0.0, began + at / FASTER - time.monotonic()))
        arns.append(account.start(hosting(name, uris[content])))
    ended = [account.end_of(arn, within=600) for arn in arns]  # 48 at once

    serving = {name: account.invoke(name, [1])["factor"] for name in names}
    sys.stdout.write(f"{Counter(map(_outcome, ended))} in {time.monotonic() - began:.0f} s: {serving}\n")
    assert serving == dict.fromkeys(names, FACTORS["y"])
    assert {_outcome(one) for one in ended} <= {"Created", "Updated", "AlreadyDeployed", "Superseded"}
    for name in names:
        account.delete(name)


def _outcome(ended: Execution) -> str:
    return str(ended.output["Outcome"]) if ended.status == "SUCCEEDED" else ended.error
