"""InspectArtifact: what SageMaker will load, pinned; a download is never left open."""

from __future__ import annotations

from typing import Any

import pytest

from slipway.deployment.plan import Artifact, Plan
from slipway.errors import ArtifactNotGzip, ArtifactNotTar, BucketInAnotherRegion
from slipway.preflight.inspect_artifact import inspect_artifact
from tests.fakes.account import FakeExecutionRoles, FakeInstanceQuotas
from tests.fakes.archives import gzipped, tar_gz
from tests.fakes.services import SETTINGS
from tests.fakes.storage import UPLOADED_AT, FakeStorage
from tests.unit.execution import plan_of

KEY = "digits/model.tar.gz"
FILES = {"model.joblib": b"m", "code/inference.py": b"def model_fn(model_dir): ..."}


@pytest.fixture
def storage() -> FakeStorage:
    made = FakeStorage()
    made.make_bucket("models", versioned=True)
    return made


def inspect(storage: FakeStorage, plan: Plan | None = None) -> Artifact:
    roles = FakeExecutionRoles(SETTINGS.execution_role_arn)
    return inspect_artifact(plan or plan_of(), storage, roles, FakeInstanceQuotas(), SETTINGS)


def test_the_newest_version_is_pinned(storage: FakeStorage) -> None:
    content = tar_gz(FILES)
    storage.put("models", KEY, b"an older one")
    storage.put("models", KEY, content)

    found = inspect(storage)

    assert (found["Bucket"], found["Key"], found["Size"]) == ("models", KEY, len(content))
    assert (found["ETag"], found["VersionId"]) == (storage.current_etag("models", KEY), "version-2")
    assert (found["IsCurrent"], found["UploadedAt"]) == (True, UPLOADED_AT)
    assert (found["HasInferenceCode"], found["Warnings"]) == (True, [])


def test_an_unversioned_bucket_has_no_version_to_name(storage: FakeStorage) -> None:
    storage.make_bucket("plain")
    storage.put("plain", "model.tar.gz", tar_gz(FILES))

    found = inspect(storage, plan_of(ModelDataUrl="s3://plain/model.tar.gz"))

    assert "VersionId" not in found


@pytest.mark.parametrize(
    ("content", "error"), [(b"text", ArtifactNotGzip), (gzipped(b"text" * 200), ArtifactNotTar)], ids=["text", "gzip"]
)
def test_a_download_ends_with_the_refusal(storage: FakeStorage, content: bytes, error: type[Exception]) -> None:
    storage.put("models", KEY, content)

    with pytest.raises(error):
        inspect(storage)

    assert [body.closed for body in storage.opened] == [True]


def test_a_download_ends_with_the_inspection(storage: FakeStorage) -> None:
    storage.put("models", KEY, tar_gz(FILES))

    inspect(storage)

    assert [body.closed for body in storage.opened] == [True]


def test_an_archive_that_a_newer_upload_replaced_is_not_looked_into(storage: FakeStorage) -> None:
    storage.put("models", KEY, b"the newer one, which is no archive")
    plan = plan_of()
    plan["Artifact"]["ETag"] = "the older one's"

    assert inspect(storage, plan)["IsCurrent"] is False


def test_a_bucket_in_another_region_is_refused(storage: FakeStorage) -> None:
    storage.make_bucket("abroad", region="eu-west-1")

    with pytest.raises(BucketInAnotherRegion):
        inspect(storage, plan_of(ModelDataUrl="s3://abroad/model.tar.gz"))


def test_an_archive_with_very_many_members_is_taken_with_a_warning(storage: FakeStorage) -> None:
    files: dict[str, Any] = FILES | {f"member-{number}": b"" for number in range(10_000)}
    storage.put("models", KEY, tar_gz(files))

    (warning,) = [text for text in inspect(storage)["Warnings"] if "members" in text]

    assert warning == (
        "Only the first 10000 members of s3://models/digits/model.tar.gz were looked at; "
        "the rest is checked on the instance."
    )
