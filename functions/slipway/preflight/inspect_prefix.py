"""A model of many objects below a prefix, inspected by its listing: nothing of it is copied."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from hashlib import sha256
from typing import Any

from slipway.aws.s3 import Archives, ListedObject
from slipway.deployment.escaping import quoted_name
from slipway.deployment.plan import Artifact, Plan, artifact_uri
from slipway.errors import ArtifactFilesMissing, ArtifactNameInvalid, ArtifactNested, ArtifactNotFound
from slipway.images.model_servers import MODEL_VARIABLES
from slipway.preflight.storage import check_volume

# SageMaker's rules for names: API reference, S3ModelDataSource.CompressionType.
MAX_NAME = 255  # bytes of a file's or a folder's name
SHARD_INDEXES = ("model.safetensors.index.json", "pytorch_model.bin.index.json")
MAX_INDEX = 32 * 1024**2  # bytes; those of the largest public models have under 10 MiB
WEIGHTS = (".safetensors", ".bin", ".pt", ".pth")
# Of one of these a server of large models reads the architecture: Hugging Face's format, and Mistral's.
CONFIGS = ("config.json", "params.json")
INFERENCE_CODE = "code/inference.py"


def inspect_prefix(plan: Plan, archives: Archives) -> Artifact:
    """Return what SageMaker will load, by the digest of the listing.

    Raises `ArtifactNotFound` for a prefix with nothing below it, `ArtifactNameInvalid`, `ArtifactFilesMissing`,
    `ArtifactNested`, `ArtifactTooLarge`, and what listing raises.
    """
    wanted = plan["Artifact"]
    bucket, prefix, uri = wanted["Bucket"], wanted["Key"], artifact_uri(wanted)
    listed = archives.listed(bucket, prefix)
    if not listed:
        raise ArtifactNotFound(
            f"ModelDataUrl is {uri}, but nothing is below this prefix: upload the model's files with "
            f"aws s3 cp --recursive <folder> {uri}"
        )
    names = [item.key.removeprefix(prefix) for item in listed]
    _check_names(names, uri)
    _check_shards(names, wanted["Bucket"], prefix, archives)
    _check_config(plan.get("Image", {}).get("Framework", ""), names)
    size = sum(item.size for item in listed)
    return Artifact(
        Bucket=bucket,
        Key=prefix,
        ETag=digest_of(listed, prefix),
        Size=size,
        IsCurrent=True,
        UploadedAt=max(item.uploaded_at for item in listed),
        HasInferenceCode=INFERENCE_CODE in names,
        Warnings=check_volume(size, plan.get("Variant", {})),
    )


def digest_of(listed: Iterable[ListedObject], prefix: str) -> str:
    """Return a digest over the names, ETags and sizes below a prefix: another model has another one."""
    entries = sorted((item.key.removeprefix(prefix), item.etag, item.size) for item in listed)
    return sha256(json.dumps(entries, separators=(",", ":")).encode()).hexdigest()[:32]


def _check_names(names: Sequence[str], uri: str) -> None:
    for name in names:
        if name.endswith("/") or not name:
            raise ArtifactNameInvalid(
                f"{uri}{quoted_name(name)} is a folder of the S3 console, an object whose key ends with /, and "
                "SageMaker fails at it: delete that object, and upload with aws s3 cp --recursive."
            )
        for part in name.split("/"):
            if not part.strip() or part in (".", "..") or "\0" in part or len(part.encode()) > MAX_NAME:
                raise ArtifactNameInvalid(
                    f"{uri}{quoted_name(name)} has the part {quoted_name(part)!r}, but SageMaker takes no empty or "
                    f"blank name, no . or .., no null byte, and at most {MAX_NAME} bytes: rename the object."
                )
    files = set(names)
    both = next((folder for name in names for folder in _folders_of(name) if folder in files), None)
    if both is not None:
        raise ArtifactNameInvalid(
            f"{uri}{quoted_name(both)} is an object, and others are below {uri}{quoted_name(both)}/: SageMaker cannot "
            "write a file and a folder of one name; rename one of them."
        )


def _folders_of(name: str) -> Iterator[str]:
    parts = name.split("/")[:-1]
    yield from ("/".join(parts[: end + 1]) for end in range(len(parts)))


def _check_shards(names: Sequence[str], bucket: str, prefix: str, archives: Archives) -> None:
    for index in SHARD_INDEXES:
        if index in names:
            missing = sorted(_shards_of(f"{prefix}{index}", bucket, archives) - set(names))
            if missing:
                raise ArtifactFilesMissing(
                    f"{index} names {quoted_name(missing[0])}, which is not below s3://{bucket}/{prefix}: "
                    f"{len(missing)} of its files are missing; upload them."
                )


def _shards_of(key: str, bucket: str, archives: Archives) -> set[str]:
    stored = archives.open(bucket, key)
    with closing(stored.body):
        content = stored.body.read(MAX_INDEX)
    try:
        weights: Mapping[str, Any] = json.loads(content)["weight_map"]
        return {str(name) for name in weights.values()}
    except (ValueError, KeyError, TypeError, AttributeError):
        raise ArtifactFilesMissing(
            f"s3://{bucket}/{key} is not an index of weights, a JSON object with a weight_map: upload it again."
        ) from None


def _check_config(framework: str, names: Sequence[str]) -> None:
    if not MODEL_VARIABLES.get(framework) or not any(name.endswith(WEIGHTS) for name in names):
        return
    if any(config in names for config in CONFIGS):
        return
    tops = {name.partition("/")[0] for name in names}
    if len(tops) == 1 and any(f"{next(iter(tops))}/{config}" in names for config in CONFIGS):
        top = quoted_name(tops.pop())
        raise ArtifactNested(
            f"All objects are below {top}/, but {framework} looks for the model at the top: add {top}/ to ModelDataUrl."
        )
    raise ArtifactFilesMissing(
        f"The prefix has weights, but no config.json at its top, without which {framework} cannot load them: upload it."
    )
