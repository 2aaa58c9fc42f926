"""Samples that are recorded from what an endpoint answers now."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from slipway.planning.contract.rules import check_rules
from slipway.planning.contract.schema import check
from slipway.smoke_test.expectations import difference
from slipway_cli.sdk.invoke import Answer
from slipway_cli.sdk.samples import (
    MAX_JSON,
    Payload,
    SampleFileRefused,
    expectation_of,
    read_samples,
    recorded_sample,
    with_sample,
)
from slipway_cli.sdk.target import Target


class Bucket:
    """S3, which keeps what is put."""

    def __init__(self) -> None:
        self.put: dict[str, Any] = {}

    def client(self, service: str, **options: Any) -> Bucket:
        assert service == "s3"
        return self

    def put_object(self, **request: Any) -> None:
        self.put = request


def answer(body: bytes) -> Answer:
    return Answer(body, "application/json", "AllTraffic", 5.0)


@pytest.mark.parametrize(
    "body", [b'{"digit": 7, "p": 0.25}', b"null", b"[]", b"0", b"<html>", b"\x93NUMPY", b""], ids=repr
)
def test_the_recorded_answer_is_as_expected(body: bytes) -> None:
    expect = expectation_of(answer(body))

    assert difference(expect, body) == ""
    assert difference(expect, body + b"[1]") != ""


def test_of_a_long_answer_the_digest_is_recorded() -> None:
    body = json.dumps(["a" * MAX_JSON]).encode()
    assert expectation_of(answer(body)) == {"Sha256": sha256(body).hexdigest()}


def test_a_recorded_sample_is_what_a_deployment_takes() -> None:
    bucket = Bucket()
    target = Target(bucket, "eu-west-1", known_outputs={"ModelBucketName": "my-bucket"})

    sample = recorded_sample(target, "mine", Payload("a digit.csv", b"0,5", "text/csv", "*/*"), answer(b"[7]"))

    key = f"samples/mine/{sha256(b'0,5').hexdigest()[:16]}/a_digit.csv"
    assert bucket.put == {"Bucket": "my-bucket", "Key": key, "Body": b"0,5"}
    assert sample["PayloadUrl"] == f"s3://my-bucket/{key}"
    document = {"EndpointName": "mine", "ModelDataUrl": "s3://my-bucket/a.tar.gz", "SmokeTest": {"Samples": [sample]}}
    check_rules(check(document))


def test_a_sample_of_the_same_name_is_replaced(tmp_path: Path) -> None:
    first, second, again = {"Name": "a", "Expect": 1}, {"Name": "b"}, {"Name": "a", "Expect": 2}
    file = tmp_path / "samples.json"
    file.write_text(json.dumps({"Samples": with_sample([first], second)}))

    assert with_sample(read_samples(file), again) == [second, again]
    assert read_samples(tmp_path / "none.json") == []


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"Samples": [1]}', '{"Samples": [{}]}', '{"Samples": 1}'])
def test_a_file_that_holds_something_else_is_not_overwritten(tmp_path: Path, content: str) -> None:
    file = tmp_path / "deployment.json"
    file.write_text(content)
    with pytest.raises(SampleFileRefused, match="pass another file"):
        read_samples(file)
