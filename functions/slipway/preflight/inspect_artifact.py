"""InspectArtifact: everything about the archive and the account that would otherwise fail ten minutes later."""

from __future__ import annotations

import re
from contextlib import closing
from typing import cast

from slipway.aws.s3 import Archives, StoredObject
from slipway.deployment.escaping import quoted_name
from slipway.deployment.ordering import is_current
from slipway.deployment.parts import parts_of
from slipway.deployment.plan import Artifact, Plan, artifact_uri, bucket_and_key, is_multi_model, is_prefix
from slipway.deployment.settings import Settings
from slipway.errors import ArtifactAccessDenied, ArtifactRefused, AwsRefused, NotYet
from slipway.images.model_servers import model_named_in
from slipway.preflight.archive import ArchiveReport, inspect_archive
from slipway.preflight.archive_rules import PINGING_REPOSITORIES, PINGS_BEFORE_LOADING
from slipway.preflight.check_account import InstanceQuota, TrustPolicyOf, check_account
from slipway.preflight.check_archive_layout import check_layout, runs_program
from slipway.preflight.inspect_data import with_data
from slipway.preflight.inspect_prefix import inspect_prefix
from slipway.preflight.storage import TRAILER, check_volume, deflated_at_least, tar_size

ARCHIVE = ".tar.gz"
OF_THE_MODEL = ("Image", "Mode", "AdditionalModelDataSources")


def inspect_artifact(
    plan: Plan, archives: Archives, trust_policy_of: TrustPolicyOf, instance_quota: InstanceQuota, settings: Settings
) -> Artifact:
    """Return what SageMaker will load.

    Raises an `ArtifactRefused` that says what is wrong with the archive, or a `AwsRefused` that says what is wrong
    with the account. What could not be checked is among the artifact's warnings.
    An archive that a newer upload has replaced is not looked into: that upload's own execution does. Where the image
    loads its model itself, only the account is checked.
    """
    found = _inspected(plan, archives)
    if not found["IsCurrent"]:
        return found
    account = check_account(plan, settings.execution_role_arn, trust_policy_of, instance_quota)
    return {**with_data(found, plan, archives), "Warnings": [*found["Warnings"], *_check_ping(plan), *account]}


def _inspected(plan: Plan, archives: Archives) -> Artifact:
    if parts := parts_of(plan):
        found = [_inspected(part, archives) for part in parts]
        warnings = list(dict.fromkeys(warning for artifact in found for warning in artifact["Warnings"]))
        return Artifact(IsCurrent=True, HasInferenceCode=False, Warnings=warnings, Parts=found)
    artifact = _of_one(plan, archives)
    if not artifact["IsCurrent"] or "AdditionalModelDataSources" not in plan:
        return artifact
    additional = [
        _additional(f"AdditionalModelDataSources[{position}]", source["S3DataSource"]["S3Uri"], plan, archives)
        for position, source in enumerate(plan["AdditionalModelDataSources"])
    ]
    size = sum(one["Size"] for one in additional) + artifact.get("Size", 0)
    warnings = [warning for one in additional for warning in one["Warnings"]]
    return {
        **artifact,
        "Additional": additional,
        "Warnings": [*artifact["Warnings"], *warnings, *check_volume(size, plan.get("Variant", {}))],
    }


def _additional(where: str, uri: str, plan: Plan, archives: Archives) -> Artifact:
    """Return what is loaded beside the model: a draft model, adapters, tables. What it needs, its program says."""
    bucket, key = bucket_and_key(uri)
    rest = {name: value for name, value in plan.items() if name not in OF_THE_MODEL}
    alone = cast("Plan", {**rest, "Artifact": {"Bucket": bucket, "Key": key}, "Model": {}})
    try:
        return _of_one(alone, archives)
    except ArtifactRefused as refusal:
        raise type(refusal)(f"{where}: {refusal}") from None


def _of_one(plan: Plan, archives: Archives) -> Artifact:
    if "ModelName" in plan or ("Artifact" not in plan and "ModelPackageArn" not in plan):
        model_id = plan.get("ModelName") or model_named_in(plan["Model"].get("Environment", {})) or ""
        return Artifact(IsCurrent=True, HasInferenceCode=False, Warnings=[], ModelId=model_id)
    if "Artifact" in plan and is_prefix(plan["Artifact"]):
        return _models_below(plan, archives) if is_multi_model(plan) else inspect_prefix(plan, archives)
    try:
        stored = _open(plan, archives)
    except ArtifactAccessDenied as unreadable:
        if "ModelPackageArn" not in plan:
            raise
        return Artifact(IsCurrent=True, HasInferenceCode=False, Warnings=[_unseen(unreadable)])
    with closing(stored.body):
        if not is_current(plan, stored.etag):
            return _artifact(plan, stored, None, [])
        check_volume(deflated_at_least(stored.size), plan.get("Variant", {}))
        report = inspect_archive(stored.body)
    warnings = [
        *_check_contents(plan, report),
        *_check_size(plan, stored, report, archives),
    ]
    return _artifact(plan, stored, report, warnings)


def _models_below(plan: Plan, archives: Archives) -> Artifact:
    """Return the artifact of a multi-model container: of its archives, which come and go, the newest is inspected."""
    bucket, prefix = plan["Artifact"]["Bucket"], plan["Artifact"]["Key"]
    listed = [one for one in archives.listed(bucket, prefix) if one.key.endswith(ARCHIVE)]
    base = Artifact(Bucket=bucket, Key=prefix, ETag="", Size=0, IsCurrent=True, HasInferenceCode=False, Warnings=[])
    if not listed:
        return {**base, "Warnings": [f"No archive is below s3://{bucket}/{prefix} yet: upload one to invoke it."]}
    newest = max(listed, key=lambda one: one.uploaded_at)
    one = cast("Plan", {**plan, "Artifact": {"Bucket": bucket, "Key": newest.key}, "Mode": "SingleModel"})
    found = _inspected(one, archives)
    return {
        **base,
        "UploadedAt": newest.uploaded_at,
        "HasInferenceCode": found["HasInferenceCode"],
        "Warnings": found["Warnings"],
    }


def _open(plan: Plan, archives: Archives) -> StoredObject:
    if "Artifact" not in plan:
        raise ArtifactAccessDenied(f"{plan['ModelPackageArn']} has not one container with one .tar.gz in S3.")
    return archives.open(plan["Artifact"]["Bucket"], plan["Artifact"]["Key"])


def _unseen(unreadable: ArtifactAccessDenied) -> str:
    return f"The model package's archive was not looked into ({str(unreadable).rstrip('.')})."


def _artifact(plan: Plan, stored: StoredObject, report: ArchiveReport | None, warnings: list[str]) -> Artifact:
    wanted = plan["Artifact"]
    artifact = Artifact(
        Bucket=wanted["Bucket"],
        Key=wanted["Key"],
        ETag=stored.etag,
        Size=stored.size,
        IsCurrent=report is not None,
        UploadedAt=stored.uploaded_at,
        HasInferenceCode=report is not None
        and runs_program(_framework(plan), report.names, _environment(plan), complete=report.complete),
        Warnings=warnings,
    )
    if stored.version_id:
        artifact["VersionId"] = stored.version_id
    return artifact


def _check_contents(plan: Plan, report: ArchiveReport) -> list[str]:
    uri, warnings = artifact_uri(plan["Artifact"]), []
    if not report.complete:
        warnings.append(
            f"Only the first {report.members} members of {uri} were checked; the rest is checked on the instance."
        )
    if report.hard_links:
        warnings.append(
            f"The archive's member {quoted_name(report.hard_links[0])} is a hard link; AWS does not document "
            "whether hard links are unpacked."
        )
    return warnings + check_layout(_framework(plan), report.names, _environment(plan), complete=report.complete)


def _framework(plan: Plan) -> str:
    return plan.get("Image", {}).get("Framework", "")


def _check_ping(plan: Plan) -> list[str]:
    images = [part.get("Image", {}) for part in parts_of(plan) or [plan]]
    is_early = any(
        image.get("Framework") in PINGS_BEFORE_LOADING or re.search(PINGING_REPOSITORIES, image.get("ImageUri", ""))
        for image in images
    )
    if not is_early or any(name in plan for name in ("SmokeTest", "Transform", "Components")):
        return []
    return [
        "This image's server answers GET /ping before the model is loaded: the endpoint is InService even if the model "
        "cannot be loaded, and only an invocation shows it. Add a SmokeTest."
    ]


def _environment(plan: Plan) -> dict[str, str]:
    environment: dict[str, str] = plan.get("Model", {}).get("Environment", {})
    return environment


def _check_size(plan: Plan, stored: StoredObject, report: ArchiveReport, archives: Archives) -> list[str]:
    variant, at_least = plan.get("Variant", {}), max(report.tar_size, deflated_at_least(stored.size))
    if report.complete:
        return check_volume(report.unpacked_size, variant)
    if report.gzip_members > 1:  # each says its own size only
        return check_volume(at_least, variant)
    wanted = plan["Artifact"]
    try:
        trailer = archives.tail(wanted["Bucket"], wanted["Key"], stored.etag, TRAILER)
    except (AwsRefused, NotYet) as unread:
        unsure = f"The size that the archive unpacks to could not be read ({type(unread).__name__})."
        return [unsure, *check_volume(at_least, variant)]
    return check_volume(tar_size(at_least, trailer), variant)
