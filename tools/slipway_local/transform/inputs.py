"""The objects that a transform job reads, and the keys of its outputs.

API, TransformS3DataSource.S3Uri: a prefix, or a manifest, "an S3 object which is a JSON file" of the form
`[{"prefix": "s3://customer_bucket/some/prefix/"}, "relative/path/to/custdata-1", ...]`.
"""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from slipway_local.ports import ObjectStore, Payloads


class InputInvalid(Exception):
    """The job has nothing to read; the message is its FailureReason."""


def no_objects(uri: str, role: str | None, region: str) -> str:
    """Return AWS's words for a prefix without an object (aws/amazon-sagemaker-examples issue 2414)."""
    bucket = uri.removeprefix("s3://").partition("/")[0]
    return (
        f'No S3 objects found under S3 URL "{uri}" given in input data source. Please ensure that the bucket exists in '
        f'the selected region ({region}), that objects exist under that S3 prefix, and that the role "{role}" has '
        f'"s3:ListBucket" permissions on bucket "{bucket}".'
    )


@dataclass(frozen=True)
class InputObject:
    """One object: its URI, and the part of its key that its output's key repeats."""

    uri: str
    name: str


def input_objects(source: Mapping[str, Any], objects: ObjectStore, payloads: Payloads) -> list[InputObject]:
    """Return the objects of an S3DataSource, by key. Raises `InputInvalid`, `ObjectMissing` and `ObjectDenied`.

    Which part of the key the output repeats is documented by examples only, and they differ: here it is what follows
    the prefix's last slash.
    """
    uri = source["S3Uri"]
    if source["S3DataType"] == "ManifestFile":
        return _of_manifest(uri, payloads.read(uri))
    folder = uri if uri.endswith("/") or uri.count("/") == len("//") else uri[: uri.rindex("/") + 1]
    found = [f"{uri}{rest}" for rest, _ in objects.listed(uri)]
    # A console makes a folder as an object whose key ends with a slash.
    return [InputObject(one, one.removeprefix(folder).lstrip("/")) for one in sorted(found) if not one.endswith("/")]


def _of_manifest(uri: str, content: bytes) -> list[InputObject]:
    try:
        first, *names = json.loads(content)
        prefix = first["prefix"]
    except (ValueError, TypeError, KeyError):
        prefix, names = None, []
    if not isinstance(prefix, str) or not all(isinstance(name, str) for name in names):
        raise InputInvalid(
            f'ClientError: The manifest {uri} is not a JSON array of {{"prefix": "s3://..."}} and names of objects.'
        )
    return [InputObject(f"{prefix}{name}", name.lstrip("/")) for name in names]


def uncompressed(content: bytes, compression: str) -> bytes:
    """Return an object's content unpacked. Raises `InputInvalid` for one that is not gzip."""
    if compression == "None":
        return content
    try:
        return gzip.decompress(content)
    except (OSError, EOFError, zlib.error) as error:
        raise InputInvalid(f"The object is not gzip: {error}") from error


def output_uri(path: str, name: str) -> str:
    """Return where an object's output is stored (API, TransformOutput.S3OutputPath: with an .out suffix)."""
    return f"{path.rstrip('/')}/{name}.out"
