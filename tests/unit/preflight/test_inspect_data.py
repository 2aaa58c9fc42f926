"""The input of a transform job: what its prefix or its manifest names is there, and other data are another job."""

from __future__ import annotations

import json
from typing import Any

import pytest

from slipway.deployment.plan import Artifact, TransformData
from slipway.preflight import inspect_data
from slipway.preflight.inspect_data import TransformInputNotFound, TransformManifestInvalid, with_data
from tests.fakes.storage import FakeStorage
from tests.unit.execution import plan_of

DATA = {"data/a.csv": b"1,2\n", "data/b.csv": b"3\n", "data/folder/": b"", "data/old.csv": b"9\n"}


@pytest.fixture
def storage() -> FakeStorage:
    found = FakeStorage()
    found.make_bucket("rows")
    for key, content in DATA.items():
        found.put("rows", key, content)
    return found


def data_of(storage: FakeStorage, uri: str, kind: str) -> TransformData:
    plan = plan_of()
    plan["Transform"] = {"TransformInput": {"DataSource": {"S3DataSource": {"S3DataType": kind, "S3Uri": uri}}}}
    return with_data(Artifact(IsCurrent=True, HasInferenceCode=False, Warnings=[]), plan, storage)["Data"]


def of_manifest(storage: FakeStorage, manifest: Any) -> TransformData:
    storage.put("rows", "july.manifest", manifest if isinstance(manifest, bytes) else json.dumps(manifest).encode())
    return data_of(storage, "s3://rows/july.manifest", "ManifestFile")


def test_a_prefix_is_its_objects(storage: FakeStorage) -> None:
    found = data_of(storage, "s3://rows/data/", "S3Prefix")
    assert (found["Objects"], found["Bytes"]) == (3, 8)


def test_a_manifest_is_the_objects_that_it_names(storage: FakeStorage) -> None:
    manifest = [{"prefix": "s3://rows/data/"}, "a.csv", "b.csv", "a.csv"]
    before = of_manifest(storage, manifest)
    assert (before["Objects"], before["Bytes"]) == (2, 6)

    storage.put("rows", "data/old.csv", b"10\n")
    assert of_manifest(storage, manifest) == before
    storage.put("rows", "data/b.csv", b"4\n")
    assert of_manifest(storage, manifest)["Digest"] != before["Digest"]


def test_an_object_that_is_not_there_is_named(storage: FakeStorage) -> None:
    with pytest.raises(TransformInputNotFound, match=r"names s3://rows/data/c\.csv, but no such object"):
        of_manifest(storage, [{"prefix": "s3://rows/data/"}, "a.csv", "c.csv"])
    with pytest.raises(TransformInputNotFound, match="no object is there"):
        data_of(storage, "s3://rows/none.manifest", "ManifestFile")
    with pytest.raises(TransformInputNotFound, match="The manifest s3://rows/data/ is not there"):
        data_of(storage, "s3://rows/data/", "ManifestFile")


@pytest.mark.parametrize(
    "manifest",
    [b"a.csv\n", {"prefix": "s3://rows/"}, [], [{"prefix": "s3://rows/"}], ["a.csv"], [{"prefix": "rows/"}, "a.csv"],
     [{"prefix": "s3://rows/"}, {"key": "a.csv"}], b"[" * 100_000],
)  # fmt: skip
def test_what_is_no_manifest_is_refused(storage: FakeStorage, manifest: Any) -> None:
    with pytest.raises(TransformManifestInvalid, match="must be a JSON array"):
        of_manifest(storage, manifest)


def test_a_manifest_is_read_within_bounds(storage: FakeStorage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inspect_data, "MAX_MANIFEST", 10)
    with pytest.raises(TransformManifestInvalid, match="reads at most 10"):
        of_manifest(storage, [{"prefix": "s3://rows/data/"}, "a.csv"])
