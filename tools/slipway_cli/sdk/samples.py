"""Samples of a smoke test, recorded from what an endpoint answers now."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from slipway_cli.sdk.errors import ClientError
from slipway_cli.sdk.invoke import Answer
from slipway_cli.sdk.target import Target

PREFIX = "samples"
DIGEST_LENGTH = 16  # hexadecimal digits of SHA-256
TOLERANCE = 1e-6  # of recorded numbers: the same model computes them a little differently on another instance
MAX_JSON = 16_000  # characters of a recorded answer; of a longer one the digest is recorded


class SampleFileRefused(ClientError):
    """The file that a sample is to be recorded into holds something else."""


@dataclass(frozen=True)
class Payload:
    """What was sent: the name of its file, the bytes, and the headers."""

    name: str
    body: bytes
    content_type: str
    accept: str | None


def read_samples(file: Path) -> list[dict[str, Any]]:
    """Return the samples of a file; none where there is no such file. Raises `SampleFileRefused`."""
    try:
        document = json.loads(file.read_text(encoding="utf-8"))
        samples: list[dict[str, Any]] = document["Samples"]
        names = [sample["Name"] for sample in samples]
    except FileNotFoundError:
        return []
    except (ValueError, KeyError, TypeError):
        names = None
    if names is None:
        raise SampleFileRefused(
            f'--record names {file}, which is not {{"Samples": [{{"Name": ...}}]}}: pass another file, or a new one.'
        )
    return samples


def recorded_sample(target: Target, endpoint_name: str, payload: Payload, answer: Answer) -> dict[str, Any]:
    """Upload a payload to the model bucket and return the sample that expects this answer. Raises `CallRefused`."""
    digest = sha256(payload.body).hexdigest()[:DIGEST_LENGTH]
    name = re.sub(r"[^A-Za-z0-9._-]", "_", payload.name)[-64:]
    key = f"{PREFIX}/{endpoint_name}/{digest}/{name}"
    target.client("s3").put_object(Bucket=target.model_bucket, Key=key, Body=payload.body)
    sample = {
        "Name": name,
        "PayloadUrl": f"s3://{target.model_bucket}/{key}",
        "ContentType": payload.content_type,
        "Expect": expectation_of(answer),
    }
    return {**sample, **({"Accept": payload.accept} if payload.accept else {})}


def expectation_of(answer: Answer) -> dict[str, Any]:
    """Return what is expected of a version that answers as this one."""
    document = answer.document
    is_json = document is not None or answer.body.strip() == b"null"
    if is_json and len(json.dumps(document)) <= MAX_JSON:
        return {"Json": document, "Match": "Equal", "Tolerance": TOLERANCE}
    return {"Sha256": sha256(answer.body).hexdigest()}


def with_sample(samples: Sequence[Mapping[str, Any]], sample: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the samples with one more, which takes the place of one of its name."""
    return [*(one for one in samples if one["Name"] != sample["Name"]), sample]
