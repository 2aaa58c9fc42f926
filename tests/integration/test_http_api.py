"""The HTTP API on the real stack: signed requests start a deployment and read how it went."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import Any

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from tests.integration import archives
from tests.integration.deployments import Account, endpoint_name, wait_for

KEYS = Credentials("test", "test")


def call(account: Account, method: str, path: str, body: object = None, signed: bool = True) -> tuple[int, Any]:
    """Send a request to the API as its own host name would; return status and JSON."""
    host = account.description.outputs["HttpApiUrl"].partition("://")[2]
    url = f"{account.description.endpoint_url}{path}"
    request = AWSRequest(method, url, {"Host": host}, json.dumps(body) if body is not None else None)
    if signed:
        SigV4Auth(KEYS, "execute-api", account.description.region).add_auth(request)
    data = request.data.encode() if isinstance(request.data, str) else request.data
    sent = urllib.request.Request(url, data=data or None, headers=dict(request.headers.items()), method=method)
    try:
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(sent, timeout=60) as answer:
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as refused:
        return refused.code, json.loads(refused.read())


def ended(account: Account, deployment: str) -> dict[str, Any]:
    def probe() -> dict[str, Any] | None:
        status, found = call(account, "GET", f"/deployments/{deployment}")
        assert status == 200, found
        return None if found["Status"] == "RUNNING" else dict(found)

    return wait_for(probe)


def started(account: Account, body: object) -> str:
    status, answer = call(account, "POST", "/deployments", body)
    assert status == 200, (answer, account.description.outputs["HttpApiUrl"])
    return str(answer["executionArn"]).rpartition(":")[2]


def test_a_deployment_from_its_request_to_its_endpoint(account: Account) -> None:
    name = endpoint_name("http")
    uri = account.upload(f"elsewhere/{name}/2.tar.gz", archives.answering(2))
    hosting = {"Framework": "mxnet", "InstanceType": "ml.m5.large"}

    found = ended(account, started(account, {"EndpointName": name, "ModelDataUrl": uri, **hosting}))

    assert (found["Status"], found["Output"]["Outcome"], found["Failure"]) == ("SUCCEEDED", "Created", None)
    status, endpoint = call(account, "GET", f"/endpoints/{name}")
    assert (status, endpoint["EndpointStatus"]) == (200, "InService")
    assert endpoint["EndpointConfigName"] == found["Output"]["EndpointConfigName"]
    assert endpoint["Deployment"]["Execution"] == found["ExecutionArn"]


def test_what_is_wrong_is_explained_and_what_is_not_there_is_not_found(account: Account) -> None:
    found = ended(account, started(account, {"EndpointName": endpoint_name("http"), "InstanceTipe": "ml.m5.large"}))

    assert (found["Status"], found["Failure"]["Error"]) == ("FAILED", "FieldUnknown")
    assert call(account, "GET", "/deployments/never-started")[0] == 404
    assert call(account, "GET", "/endpoints/never-created")[0] == 404


def test_who_does_not_sign_is_refused(account: Account) -> None:
    for method, path in (("POST", "/deployments"), ("GET", "/deployments/one"), ("GET", "/endpoints/digits")):
        assert call(account, method, path, signed=False)[0] == 403
