"""What a transform job reads: there, and described so that other data make another job."""

from __future__ import annotations

from slipway.aws.s3 import Listings
from slipway.deployment.escaping import quoted_name
from slipway.deployment.plan import Artifact, Plan, TransformData
from slipway.errors import Refused
from slipway.preflight.inspect_prefix import digest_of


class TransformInputNotFound(Refused):
    """Nothing is below the prefix of a transform job's input, or its manifest does not exist."""


def with_data(artifact: Artifact, plan: Plan, listings: Listings) -> Artifact:
    """Return the artifact with the `Data` of a transform job; that of a deployment as it is.

    Of a manifest, the manifest is the one object. Raises `TransformInputNotFound`, and what listing raises.
    """
    if "Transform" not in plan:
        return artifact
    source = plan["Transform"]["TransformInput"]["DataSource"]["S3DataSource"]
    uri = source["S3Uri"]
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    listed = listings.listed(bucket, key)
    if source["S3DataType"] == "ManifestFile":
        listed = [one for one in listed if one.key == key]
    # A console makes a folder as an empty object whose key ends with a slash.
    found = [one for one in listed if not one.key.endswith("/")]
    if not found:
        raise TransformInputNotFound(
            f"The input is {quoted_name(uri)}, but no object is there: upload the data with "
            "aws s3 cp --recursive <folder> <prefix>, or correct TransformInput."
        )
    data = TransformData(Objects=len(found), Bytes=sum(one.size for one in found), Digest=digest_of(found, key))
    return {**artifact, "Data": data}
