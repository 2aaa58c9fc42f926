"""Smoke tests on the real stack: real containers answer, or do not."""

from __future__ import annotations

import json

from tests.integration import archives
from tests.integration.deployments import Account, endpoint_name
from tests.integration.test_deploy_endpoint import hosting


def test_a_version_that_fails_its_smoke_test_never_serves(account: Account) -> None:
    name = endpoint_name("tested")
    sample = account.upload(f"elsewhere/{name}/sample.json", b"[1, 2, 3]")
    smoke_test = {"SmokeTest": {"PayloadUrl": sample, "ContentType": "application/json"}}

    def request(version: str, archive: bytes) -> dict[str, object]:
        return hosting(name, account.upload(f"elsewhere/{name}/{version}.tar.gz", archive)) | smoke_test

    output = account.deploy(request("first", archives.answering(2)))

    (answer,) = output["SmokeTest"]["Samples"]
    assert (answer["Status"], answer["ContentType"]) == (200, "application/json")
    assert json.loads(answer["Body"]) == {"sum": 12, "factor": 2}
    before, made = account.sagemaker.describe_endpoint(EndpointName=name), account.made_for(name)

    ended = account.run(request("failing", archives.failing()))

    assert (ended.status, ended.error) == ("FAILED", "SmokeTestFailed")
    # The scikit-learn image's server answers with Flask's page; the exception is in its log.
    assert "answered with 500" in ended.explanation["Message"]
    after = account.sagemaker.describe_endpoint(EndpointName=name)
    for field in ("EndpointStatus", "EndpointConfigName", "LastModifiedTime"):
        assert after[field] == before[field]
    assert account.made_for(name) == made  # no candidate is left either
    assert account.invoke(name, [1])["factor"] == 2
