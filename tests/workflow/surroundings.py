"""What the local SageMaker needs around it: hosting that is healthy at once, S3, no IAM, no bus."""

from __future__ import annotations

import gzip
import io
import tarfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from hashlib import md5
from typing import Any

from slipway_local.ports import AlarmStates, Answer, Invocation, ModelData, ObjectMissing, StreamedAnswer

FAILING_SAMPLE = b"not a number"


class Container:
    """Answers every invocation with its input, and `FAILING_SAMPLE` with an error."""

    stand_in: str | None = None

    def invoke(self, invocation: Invocation) -> Answer:
        """See the port."""
        if invocation.body == FAILING_SAMPLE:
            return Answer(500, b'{"error": "could not convert string to float"}', "application/json")
        return Answer(200, invocation.body, invocation.content_type or "application/json")

    def stream(self, invocation: Invocation) -> StreamedAnswer:
        """See the port."""
        return StreamedAnswer(200, iter([invocation.body]), invocation.content_type or "application/json")

    def utilization(self) -> None:
        """See the port."""

    def stop(self) -> None:
        """See the port."""


@dataclass(frozen=True)
class StoredObject:
    """One version of an object."""

    content: bytes
    version_id: str
    modified: datetime

    @property
    def etag(self) -> str:
        """Return the ETag that S3 gives an upload in one part."""
        return md5(self.content).hexdigest()


class Buckets:
    """S3 with versioning on, reached without a request: what happens here is not the deployment's doing."""

    def __init__(self, bucket: str, region: str, now: Callable[[], datetime]) -> None:
        self.bucket = bucket
        self._now = now
        self.region = region
        self._versions: dict[str, list[StoredObject]] = {}

    def put(self, key: str, content: bytes) -> dict[str, Any]:
        """Upload an object; return the `object` of its event."""
        versions = self._versions.setdefault(key, [])
        stored = StoredObject(content, f"version-{len(versions) + 1}", self._now())
        versions.append(stored)
        # S3's sequencers grow with each upload of a key; they are hexadecimal, and not all of one length.
        sequencer = f"{len(versions) * 0x1000:X}"
        described = {"key": key, "size": len(content), "etag": stored.etag, "version-id": stored.version_id}
        return {**described, "sequencer": sequencer}

    def take_over(self, other: Buckets) -> None:
        """Hold what other buckets hold."""
        self._versions = {key: list(versions) for key, versions in other._versions.items()}

    def newest(self, key: str) -> StoredObject | None:
        """Return an object as it is read now, if there is one."""
        return self._versions[key][-1] if key in self._versions else None

    def remove(self, key: str) -> None:
        """Delete an object with all its versions; one that does not exist is no error."""
        self._versions.pop(key, None)

    def keys(self, prefix: str) -> frozenset[str]:
        """Return the keys that begin so."""
        return frozenset(key for key in self._versions if key.startswith(prefix))

    def head(self, s3_uri: str) -> int:
        """See `ObjectStore`."""
        bucket, _, key = s3_uri.removeprefix("s3://").partition("/")
        found = self.newest(key) if bucket == self.bucket else None
        if found is None:
            raise ObjectMissing(s3_uri)
        return len(found.content)

    def download(self, data: ModelData, path: str) -> None:
        """See `ObjectStore`; nothing is served here."""
        raise AssertionError(f"{data} is not to be downloaded")

    def listed(self, s3_uri: str) -> list[tuple[str, int]]:
        """See `ObjectStore`."""
        prefix = s3_uri.removeprefix(f"s3://{self.bucket}/")
        found = ((key, self.newest(key)) for key in sorted(self.keys(prefix)))
        return [(key.removeprefix(prefix), len(stored.content)) for key, stored in found if stored]

    def read(self, s3_uri: str) -> bytes:
        """See `Payloads`."""
        found = self.newest(s3_uri.removeprefix(f"s3://{self.bucket}/"))
        if found is None:
            raise ObjectMissing(s3_uri)
        return found.content

    def write(self, s3_uri: str, body: bytes, content_type: str) -> None:
        """See `Payloads`."""
        self.put(s3_uri.removeprefix(f"s3://{self.bucket}/"), body)

    def acting_as(self, role_arn: str | None) -> Buckets:
        """See `ObjectStore`."""
        return self


class JobLogs:
    """What SageMaker writes to the log groups of jobs; `known` returns the lines of each group."""

    def __init__(self, known: Callable[[], dict[str, list[str]]]) -> None:
        self._known = known

    def write(self, group: str, stream: str, lines: list[str]) -> None:
        """See `Logs`."""
        self._known().setdefault(group, []).extend(lines)

    def acting_as(self, role_arn: str | None) -> JobLogs:
        """See `Logs`."""
        return self


class Roles:
    """Every role may be assumed; `refuse` says what one is not allowed."""

    def __init__(self) -> None:
        self.refuse: Callable[[str, Sequence[tuple[str, str]]], str | None] = lambda _role, _needed: None

    def can_be_assumed(self, role_arn: str) -> bool:
        """See the port."""
        return True

    def refusal(self, role_arn: str, needed: Sequence[tuple[str, str]]) -> str | None:
        """See the port."""
        return self.refuse(role_arn, needed)


class Targets:
    """Application Auto Scaling; `known` returns the scalable targets by their resource ids."""

    def __init__(self, known: Callable[[], dict[str, Any]]) -> None:
        self._known = known

    def scaled_variants(self, endpoint_name: str) -> frozenset[str]:
        """See the port."""
        prefix = f"endpoint/{endpoint_name}/variant/"
        return frozenset(name.removeprefix(prefix) for name in self._known() if name.startswith(prefix))

    def deregister(self, endpoint_name: str) -> None:
        """See the port."""
        for name in self.scaled_variants(endpoint_name):
            del self._known()[f"endpoint/{endpoint_name}/variant/{name}"]


def alarm_states(known: Callable[[], Mapping[str, str]]) -> AlarmStates:
    """Return CloudWatch's answers about alarms; `known` returns the states of those that exist."""
    return lambda names: {name: state for name, state in known().items() if name in names}


class Metrics:
    """The invocations' metrics, which nothing here reads."""

    def put(
        self, namespace: str, name: str, value: float, unit: str, dimensions: Mapping[str, str], minutes_ago: int = 0
    ) -> None:
        """See the port."""


@cache
def archive(weights: str) -> bytes:
    """Return a model archive: other weights, other bytes."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for name, content in (("model.joblib", weights), ("code/inference.py", "def model_fn(folder): ...\n")):
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content.encode()))
    return gzip.compress(buffer.getvalue(), mtime=0)
