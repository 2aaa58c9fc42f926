"""A model below a prefix is inspected by its listing."""

from __future__ import annotations

import json
from typing import Any

import pytest

from slipway.deployment.plan import Artifact
from slipway.errors import (
    ArtifactFilesMissing,
    ArtifactNameInvalid,
    ArtifactNested,
    ArtifactNotFound,
    ArtifactRefused,
    ArtifactTooLarge,
)
from slipway.preflight.inspect_artifact import inspect_artifact
from slipway.preflight.inspect_prefix import digest_of
from slipway.preflight.storage import GIB
from tests.fakes.account import FakeExecutionRoles, FakeInstanceQuotas
from tests.fakes.services import SETTINGS
from tests.fakes.storage import UPLOADED_AT, FakeStorage
from tests.unit.execution import plan_of

PREFIX = "llm/qwen/"
INDEX = "model.safetensors.index.json"
SHARDS = ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"]
MODEL = {
    "config.json": b"{}",
    INDEX: json.dumps({"weight_map": {"a": SHARDS[0], "b": SHARDS[1], "c": SHARDS[0]}}).encode(),
    SHARDS[0]: b"first",
    SHARDS[1]: b"second",
}


def stored(files: dict[str, bytes]) -> FakeStorage:
    storage = FakeStorage()
    storage.make_bucket("models")
    for name, content in files.items():
        storage.put("models", f"{PREFIX}{name}", content)
    storage.put("models", "llm/other/config.json", b"another model's")
    return storage


def inspect(files: dict[str, bytes], **fields: Any) -> Artifact:
    wanted = {"ModelDataUrl": f"s3://models/{PREFIX}", "Framework": "vllm", "InstanceType": "ml.g6.2xlarge", **fields}
    roles = FakeExecutionRoles(SETTINGS.execution_role_arn)
    return inspect_artifact(plan_of(**wanted), stored(files), roles, FakeInstanceQuotas(), SETTINGS)


def test_the_listing_is_what_will_be_loaded() -> None:
    found = inspect(MODEL)

    assert (found["Bucket"], found["Key"], found["UploadedAt"]) == ("models", PREFIX, UPLOADED_AT)
    assert found["Size"] == sum(map(len, MODEL.values()))
    assert (found["IsCurrent"], found["HasInferenceCode"], found["Warnings"]) == (True, False, [])


def test_a_smoke_test_is_recommended_where_ping_does_not_wait_for_the_model() -> None:
    (warning,) = inspect(MODEL, Framework="huggingface")["Warnings"]

    assert warning.endswith("Add a SmokeTest.")


@pytest.mark.parametrize(
    "changed",
    [
        {**MODEL, SHARDS[0]: b"FIRST"},
        {**MODEL, "tokenizer.json": b"{}"},
        {name: content for name, content in MODEL.items() if name != INDEX},
    ],
    ids=["content", "one more", "one less"],
)
def test_other_objects_have_another_digest(changed: dict[str, bytes]) -> None:
    assert inspect(MODEL)["ETag"] == inspect(dict(reversed(MODEL.items())))["ETag"]
    assert inspect(changed)["ETag"] != inspect(MODEL)["ETag"]


def test_a_copy_under_another_prefix_has_the_same_digest() -> None:
    storage = stored(MODEL)
    for name, content in MODEL.items():
        storage.put("models", f"copy/{name}", content)

    assert digest_of(storage.listed("models", "copy/"), "copy/") == digest_of(storage.listed("models", PREFIX), PREFIX)


# The rules of AWS's API reference, S3ModelDataSource.CompressionType, sentence by sentence.
@pytest.mark.parametrize(
    "name",
    ["a//b", " /b", "a/./b", "../b", "a/..", "n\0l", "é" * 128, "weights/", "", "config.json/part"],
    ids=["empty", "blank", "dot", "two dots", "ends in dots", "null", "256 bytes", "folder", "own folder", "both"],
)
def test_a_name_that_sagemaker_cannot_write_is_refused(name: str) -> None:
    with pytest.raises(ArtifactNameInvalid, match=r"s3://models/llm/qwen/"):
        inspect({**MODEL, name: b""})


@pytest.mark.parametrize("name", ["é" * 127 + "x", "a/b/c", ".hidden", "...", "a b"])
def test_a_name_that_sagemaker_writes_is_accepted(name: str) -> None:
    assert inspect({**MODEL, name: b"x"})["IsCurrent"]


@pytest.mark.parametrize(
    ("files", "refusal", "words"),
    [
        ({}, ArtifactNotFound, "nothing is below this prefix"),
        ({name: b"" for name in MODEL if name != SHARDS[1]} | {INDEX: MODEL[INDEX]}, ArtifactFilesMissing, SHARDS[1]),
        ({**MODEL, INDEX: b"version https://git-lfs"}, ArtifactFilesMissing, "not an index of weights"),
        ({**MODEL, INDEX: b"[]"}, ArtifactFilesMissing, "not an index of weights"),
        ({"model.safetensors": b""}, ArtifactFilesMissing, "no config.json at its top"),
        ({f"qwen/{name}": content for name, content in MODEL.items()}, ArtifactNested, "add qwen/ to ModelDataUrl"),
    ],
    ids=["nothing", "shard", "pointer", "list", "config", "nested"],
)
def test_what_would_fail_on_the_instance_is_refused(
    files: dict[str, bytes], refusal: type[ArtifactRefused], words: str
) -> None:
    with pytest.raises(refusal, match=words):
        inspect(files)


def test_a_framework_that_is_no_server_of_large_models_needs_no_config() -> None:
    assert inspect({"model.pt": b""}, Framework="pytorch", InstanceType="ml.m5.large")["IsCurrent"]


def test_objects_that_do_not_fit_on_the_volume_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("slipway.preflight.storage.GIB", 1)

    with pytest.raises(ArtifactTooLarge, match="VolumeSizeInGB"):
        inspect(MODEL, InstanceType="ml.p3.2xlarge", VolumeSizeInGB=1)
    assert GIB > 1
