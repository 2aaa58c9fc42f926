"""InspectArtifact: what SageMaker will load, pinned; a download is never left open."""

from __future__ import annotations

import io
import tarfile
from contextlib import suppress
from functools import cache
from typing import Any

import pytest

from slipway.aws.s3 import StoredObject
from slipway.deployment.plan import Artifact, Plan
from slipway.errors import AccessDenied, ArtifactFilesMissing, ArtifactRefused, ArtifactTooLarge, ServiceThrottled
from slipway.preflight.inspect_artifact import inspect_artifact
from slipway.preflight.storage import GIB
from tests.fakes.account import FakeExecutionRoles, FakeInstanceQuotas
from tests.fakes.archives import gzipped, link, tar_gz, tar_of
from tests.fakes.services import SETTINGS, FakeServices
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


@pytest.mark.parametrize(
    ("name", "program", "found"),
    [
        ("code/inference.py", None, True),
        ("./code/inference.py", None, True),
        ("inference.py", None, False),
        ("code/serve.py", "serve.py", True),
        ("code/serve.py", None, False),
    ],
)
def test_the_program_is_found_in_code_whatever_its_name(
    storage: FakeStorage, name: str, program: str | None, found: bool
) -> None:
    storage.put("models", KEY, tar_gz({name: b"", "model.pth": b""}))
    plan = plan_of(Environment={"SAGEMAKER_PROGRAM": program} if program else {}, Framework="huggingface")

    assert inspect(storage, plan)["HasInferenceCode"] is found


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
        "Only the first 10000 members of s3://models/digits/model.tar.gz were checked; "
        "the rest is checked on the instance."
    )


@pytest.mark.parametrize(("framework", "found"), [("sklearn", True), ("xgboost", False)])
def test_the_part_that_is_not_read_holds_the_program_where_nothing_else_is_served(
    storage: FakeStorage, framework: str, found: bool
) -> None:
    before: dict[str, Any] = {f"member-{number}": b"" for number in range(10_000)}
    storage.put("models", KEY, tar_gz(before | FILES))

    assert inspect(storage, plan_of(Framework=framework))["HasInferenceCode"] is found


CODE = (tarfile.TarInfo("code/inference.py"), b"def model_fn(model_dir): ...")


@pytest.fixture
def services() -> FakeServices:
    made = FakeServices()
    made.fake_storage.make_bucket("models")
    return made


def inspected(services: FakeServices, content: bytes, **fields: Any) -> Artifact:
    services.fake_storage.put("models", KEY, content)
    return inspect_artifact(plan_of(**fields), services.archives, services.fake_roles, services.fake_quotas, SETTINGS)


def test_a_hard_link_is_taken_with_a_warning(services: FakeServices) -> None:
    found = inspected(services, gzipped(tar_of([CODE, link("same.py", "code/inference.py", tarfile.LNKTYPE)])))

    assert "VersionId" not in found, "the bucket has no versions"
    assert found["Warnings"] == [
        "The archive's member same.py is a hard link; AWS does not document whether hard links are unpacked."
    ]


def test_the_framework_of_the_plan_decides_what_must_be_there(services: FakeServices) -> None:
    content = tar_gz({"model.joblib": b"m"})

    with pytest.raises(ArtifactFilesMissing, match=r"code/inference\.py, without which sklearn"):
        inspected(services, content, Framework="sklearn")
    assert (
        inspected(services, content, ImageUri="123456789012.dkr.ecr.us-east-1.amazonaws.com/mine:1")["Warnings"] == []
    )


@pytest.mark.parametrize(
    ("image", "is_early"),
    [
        ({"Framework": "pytorch"}, True),
        ({"Framework": "huggingface"}, True),
        ({"Framework": "sklearn"}, False),
        ({"ImageUri": "763104351884.dkr.ecr.us-east-1.amazonaws.com/pytorch-inference:2.6.0-cpu-py312"}, True),
        ({"ImageUri": "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:3.0-5"}, False),
    ],
)
def test_where_ping_does_not_wait_for_the_model_a_smoke_test_is_recommended(
    services: FakeServices, image: dict[str, str], is_early: bool
) -> None:
    content = tar_gz({"code/inference.py": b"", "model.pth": b""})
    smoke_test = {"PayloadUrl": "s3://models/sample.json", "ContentType": "application/json"}

    assert bool([line for line in inspected(services, content, **image)["Warnings"] if "SmokeTest" in line]) is is_early
    assert not any(
        "GET /ping" in line for line in inspected(services, content, **image, SmokeTest=smoke_test)["Warnings"]
    )


def test_sagemaker_program_of_the_plan_is_used(services: FakeServices) -> None:
    found = inspected(services, tar_gz({"code/serve.py": b""}), Environment={"SAGEMAKER_PROGRAM": "serve.py"})

    assert found["Warnings"] == []


def test_checks_that_are_denied_are_warnings(services: FakeServices) -> None:
    services.fake_roles.error = AccessDenied("iam:GetRole is not allowed.")
    services.fake_quotas.error = ServiceThrottled("Rate exceeded")

    found = inspected(services, tar_gz({"code/inference.py": b""}))

    assert ["AccessDenied" in found["Warnings"][0], "ServiceThrottled" in found["Warnings"][1]] == [True, True]


def test_the_account_is_not_checked_for_a_refused_archive(services: FakeServices) -> None:
    with pytest.raises(ArtifactFilesMissing):
        inspected(services, tar_gz({"model.joblib": b""}))

    assert services.fake_quotas.asked == []


@cache
def begun() -> bytes:
    """An archive of more members than are checked."""
    return tar_gz({"code/inference.py": b""} | {f"member-{number}": b"" for number in range(10_000)})


class Large(FakeStorage):
    """An archive that says to be large, of which only the beginning is read; `end` is what its tail is."""

    def __init__(self, size: int, end: bytes | Exception) -> None:
        super().__init__()
        self._size, self._end = size, end
        self.ends: list[int] = []

    def open(self, bucket: str, key: str) -> StoredObject:
        return StoredObject(self._size, "etag", None, UPLOADED_AT, io.BytesIO(begun()))

    def tail(self, bucket: str, key: str, etag: str, length: int) -> bytes:
        self.ends.append(length)
        if isinstance(self._end, Exception):
            raise self._end
        return self._end


def inspect_large(services: FakeServices, storage: Large, **fields: Any) -> Artifact:
    return inspect_artifact(plan_of(**fields), storage, services.fake_roles, services.fake_quotas, SETTINGS)


def test_the_unpacked_size_is_read_from_the_last_four_bytes(services: FakeServices) -> None:
    # 10 GiB packed, and an end that says 2.5 GiB above a multiple of four: 10.5 GiB, or four or eight more.
    storage = Large(10 * GIB, (5 * GIB // 2).to_bytes(4, "little"))

    with pytest.raises(ArtifactTooLarge, match=r"needs 10\.5 GiB, but the volume has 10 GiB"):
        inspect_large(services, storage, VolumeSizeInGB=10)
    assert inspect_large(services, storage, VolumeSizeInGB=11)["Size"] == 10 * GIB
    assert storage.ends == [4, 4]


def test_without_the_last_bytes_the_inspected_size_counts(services: FakeServices) -> None:
    storage = Large(40 * GIB, AccessDenied("no"))

    warnings = inspect_large(services, storage)["Warnings"]

    assert any("could not be read (AccessDenied)" in text for text in warnings)
    assert any("set VolumeSizeInGB; AWS advises it above 30 GB" in text for text in warnings)


def test_a_packed_archive_larger_than_the_volume_is_refused_at_once(services: FakeServices) -> None:
    storage = Large(40 * GIB, b"")

    with pytest.raises(ArtifactTooLarge):
        inspect_large(services, storage, VolumeSizeInGB=20)
    assert storage.ends == []
