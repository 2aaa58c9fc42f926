"""What a transform job reads: there, and described so that other data make another job."""

from __future__ import annotations

import json

from slipway.aws.s3 import Archives, ListedObject
from slipway.deployment.escaping import quoted_name
from slipway.deployment.plan import Artifact, Plan, TransformData, bucket_and_key
from slipway.errors import Refused
from slipway.preflight.inspect_prefix import digest_of

MAX_MANIFEST = 16 * 1024 * 1024  # bytes: some 200,000 names


class TransformInputNotFound(Refused):
    """Nothing is below the prefix of a transform job's input, or an object that its manifest names does not exist."""


class TransformManifestInvalid(Refused):
    """The manifest of a transform job's input is not one that SageMaker reads."""


def with_data(artifact: Artifact, plan: Plan, archives: Archives) -> Artifact:
    """Return the artifact with the `Data` of a transform job; that of a deployment as it is.

    Raises `TransformInputNotFound`, `TransformManifestInvalid`, and what reading from S3 raises.
    """
    if "Transform" not in plan:
        return artifact
    source = plan["Transform"]["TransformInput"]["DataSource"]["S3DataSource"]
    prefix, found = (_of_manifest if source["S3DataType"] == "ManifestFile" else _below)(source["S3Uri"], archives)
    data = TransformData(Objects=len(found), Bytes=sum(one.size for one in found), Digest=digest_of(found, prefix))
    return {**artifact, "Data": data}


def _below(uri: str, archives: Archives) -> tuple[str, list[ListedObject]]:
    bucket, key = bucket_and_key(uri)
    # A console makes a folder as an empty object whose key ends with a slash.
    found = [one for one in archives.listed(bucket, key) if not one.key.endswith("/")]
    if not found:
        raise TransformInputNotFound(
            f"The input is {quoted_name(uri)}, but no object is there: upload the data with "
            "aws s3 cp --recursive <folder> <prefix>, or correct TransformInput."
        )
    return key, found


def _of_manifest(uri: str, archives: Archives) -> tuple[str, list[ListedObject]]:
    prefix_uri, names = _manifest(uri, archives)
    bucket, prefix = bucket_and_key(prefix_uri)
    there = {one.key.removeprefix(prefix): one for one in archives.listed(bucket, prefix)}
    for name in names:
        if name not in there:
            raise TransformInputNotFound(
                f"The manifest {quoted_name(uri)} names {quoted_name(prefix_uri + name)}, but no such object is there: "
                "upload it, or correct the manifest."
            )
    return prefix, [there[name] for name in dict.fromkeys(names)]


def _manifest(uri: str, archives: Archives) -> tuple[str, list[str]]:
    """Return a manifest's prefix and names (API reference, TransformS3DataSource): `[{"prefix": "s3://..."}, ...]`."""
    _, listed = _below(uri, archives)
    bucket, key = bucket_and_key(uri)
    if key not in {one.key for one in listed}:
        raise TransformInputNotFound(f"The manifest {quoted_name(uri)} is not there: upload it, or correct S3Uri.")
    stored = archives.open(bucket, key)
    try:
        if stored.size > MAX_MANIFEST:
            raise TransformManifestInvalid(
                f"The manifest {quoted_name(uri)} has {stored.size} bytes, but Slipway reads at most {MAX_MANIFEST}: "
                "start a job for each part of it."
            )
        content = b"".join(iter(lambda: stored.body.read(1024 * 1024), b""))
    finally:
        stored.body.close()
    return _parsed(uri, content)


def _parsed(uri: str, content: bytes) -> tuple[str, list[str]]:
    try:
        document = json.loads(content)
    except (ValueError, RecursionError):
        document = None
    match document:
        case [{"prefix": str(prefix)}, *names] if names and all(isinstance(one, str) for one in names):
            if prefix.startswith("s3://"):
                return prefix, names
    raise TransformManifestInvalid(
        f'The manifest {quoted_name(uri)} must be a JSON array of {{"prefix": "s3://<bucket>/<prefix>"}} and one or '
        "more names below it: correct it, and upload it again."
    )
