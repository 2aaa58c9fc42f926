"""InspectArtifact: what SageMaker will load, pinned; a download is never left open."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest

from slipway.deployment.plan import Artifact, Plan
from slipway.errors import ArtifactRefused
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


@pytest.mark.parametrize("content", [b"text", gzipped(b"text" * 200), tar_gz({"code/inference.py": b""})], ids=len)
def test_a_download_is_closed_after_an_inspection_and_after_a_refusal(storage: FakeStorage, content: bytes) -> None:
    storage.put("models", KEY, content)

    with suppress(ArtifactRefused):
        inspect(storage)

    assert [body.closed for body in storage.opened] == [True]


def test_a_replaced_archive_is_not_inspected(storage: FakeStorage) -> None:
    storage.put("models", KEY, b"the newer one, which is no archive")
    plan = plan_of()
    plan["Artifact"]["ETag"] = "the older one's"

    assert inspect(storage, plan)["IsCurrent"] is False


def test_an_archive_with_more_than_10000_members_is_a_warning(storage: FakeStorage) -> None:
    files: dict[str, Any] = FILES | {f"member-{number}": b"" for number in range(10_000)}
    storage.put("models", KEY, tar_gz(files))

    (warning,) = [text for text in inspect(storage)["Warnings"] if "members" in text]

    assert warning == (
        "Only the first 10000 members of s3://models/digits/model.tar.gz were looked at; "
        "the rest is checked on the instance."
    )
