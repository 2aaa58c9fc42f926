"""The input of a transform job, from a model and data on this machine or in S3: checked, then uploaded."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from slipway.batch.plan_transform import check_transform, name_stem
from slipway_cli.sdk.contract import images_of
from slipway_cli.sdk.errors import ClientError
from slipway_cli.sdk.invoke import content_type_of
from slipway_cli.sdk.preparation import ANY_ARCHIVE, checked_model, is_local, with_archive
from slipway_cli.sdk.target import Target
from slipway_cli.sdk.uploads import DIGEST_LENGTH, PREFIX, Archive, is_uploaded, upload

INSTANCE_TYPE = "ml.m5.large"
OUTPUT = "inference"  # below it the stack's execution role may write
BY_LINE = ("text/csv", "application/jsonlines")  # one record a line
# Replaced when the stack, and so its bucket, is known.
ANY_PLACE = "s3://model-bucket/data/"
MODEL_FIELDS = (
    "Framework",
    "FrameworkVersion",
    "PyVersion",
    "BaseFrameworkVersion",
    "ImageUri",
    "Environment",
    "ModelDataUrl",
)


class DataNotFound(ClientError):
    """There is no local file or folder with the data of a transform job, or the folder is empty."""


@dataclass(frozen=True)
class Data:
    """Local objects of a data set, by their key below `prefix`."""

    prefix: str
    files: Mapping[str, Path]


@dataclass(frozen=True)
class TransformRequest:
    """A checked input, and what has to be uploaded for it: a local archive, local data."""

    document: dict[str, Any]
    archive: Archive | None
    data: Data | None

    def image(self, region: str) -> str | None:
        """Return the registry path of the image, None where none is named. Raises an `ImageRefused`."""
        named = {name: self.document[name] for name in MODEL_FIELDS if name in self.document}
        resources = self.document["TransformResources"]
        about = {"EndpointName": name_stem(self.document), "InstanceType": resources["InstanceType"]}
        return next(iter(images_of({**named, **about}, region)), None)

    def uploaded(self, target: Target) -> dict[str, Any]:
        """Upload the archive and the data, and return the input with their places in the model bucket."""
        document = _with_output(self.document, target)
        if self.archive:
            if not is_uploaded(target, self.archive):
                upload(target, self.archive, lambda _: None)
            document = with_archive(document, target, self.archive)
        if self.data:
            for name, file in self.data.files.items():
                target.client("s3").upload_file(str(file), target.model_bucket, f"{self.data.prefix}{name}")
            document = _with_data(document, f"s3://{target.model_bucket}/{self.data.prefix}")
        return document


def transform_request(
    given: Mapping[str, Any], folder: Path, model: str | Path | None = None, data: str | Path | None = None
) -> TransformRequest:
    """Return the request; a local model is packed into the folder.

    `given` has fields of the input. What it leaves out: one ml.m5.large, the output below inference/ of the model
    bucket, the content type of the data's suffix, and lines as records of CSV and JSON Lines. Raises an
    `InputRefused`, an `ArtifactRefused`, `ModelNotFound`, `DataNotFound` or `OSError`.
    """
    document = {**given}
    if model is not None:
        document["ModelDataUrl"] = ANY_ARCHIVE if is_local(model) else str(model)
    stem_of = Path(model).name.partition(".")[0] if model is not None and is_local(model) else None
    found = _local_data(Path(data), stem_of or name_stem(document)) if data is not None and is_local(data) else None
    if data is not None:
        document = _with_data(document, ANY_PLACE if found else str(data))
    document = check_transform(_completed(document, found, stem_of or name_stem(document)))
    archive = _archive(document, Path(model), folder, stem_of) if model is not None and stem_of else None
    return TransformRequest(document, archive, found)


def _archive(document: Mapping[str, Any], model: Path, folder: Path, stem: str) -> Archive:
    named = {name: document[name] for name in MODEL_FIELDS if name in document and name != "ModelDataUrl"}
    return checked_model({**named, "EndpointName": name_stem({"TransformJobName": stem})}, model, folder)[1]


def _with_data(document: Mapping[str, Any], uri: str) -> dict[str, Any]:
    given = document.get("TransformInput", {})
    source = {"S3DataType": "S3Prefix", **given.get("DataSource", {}).get("S3DataSource", {}), "S3Uri": uri}
    return {**document, "TransformInput": {**given, "DataSource": {"S3DataSource": source}}}


def _completed(document: Mapping[str, Any], data: Data | None, stem: str) -> dict[str, Any]:
    given, output = dict(document.get("TransformInput", {})), dict(document.get("TransformOutput", {}))
    if data and "ContentType" not in given:
        given["ContentType"] = content_type_of(next(iter(data.files.values())))
    kind = given.get("ContentType")
    if kind in BY_LINE:
        given.setdefault("SplitType", "Line")
        if output.setdefault("Accept", kind) in BY_LINE:
            output.setdefault("AssembleWith", "Line")
    output.setdefault("S3OutputPath", f"{ANY_PLACE}{OUTPUT}/{name_stem({'TransformJobName': stem})}/")
    resources = {"InstanceType": INSTANCE_TYPE, "InstanceCount": 1, **document.get("TransformResources", {})}
    given_fields = {"TransformInput": given} if given else {}
    return {**document, **given_fields, "TransformOutput": output, "TransformResources": resources}


def _with_output(document: Mapping[str, Any], target: Target) -> dict[str, Any]:
    output = document["TransformOutput"]
    rest = output["S3OutputPath"].removeprefix(ANY_PLACE)
    if rest == output["S3OutputPath"]:
        return dict(document)
    return {**document, "TransformOutput": {**output, "S3OutputPath": f"s3://{target.model_bucket}/{rest}"}}


def _local_data(data: Path, stem: str) -> Data:
    files = dict(_files(data))
    if not files:
        raise DataNotFound(f"There is no file {data}, and no file in it: pass a file, a folder or s3://<bucket>/<key>.")
    digest = hashlib.sha256()
    for name, file in files.items():
        with file.open("rb") as content:
            digest.update(f"{name}\0{hashlib.file_digest(content, 'sha256').hexdigest()}\0".encode())
    name = name_stem({"TransformJobName": stem})
    return Data(f"{PREFIX}/{name}/data-{digest.hexdigest()[:DIGEST_LENGTH]}/", files)


def _files(data: Path) -> Iterator[tuple[str, Path]]:
    """Yield the files below a folder by their path, hidden ones left out; or the one file."""
    if data.is_file():
        yield data.name, data
        return
    for file in sorted(data.rglob("*")):
        parts = file.relative_to(data).parts
        if file.is_file() and not any(part.startswith(".") for part in parts):
            yield "/".join(parts), file
