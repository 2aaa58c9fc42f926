"""One transform job: every object of its input through a container, record by record, and its outputs.

DG "Use Batch Transform": outputs keep the order of the records; an object with a bad record has no output, the others
have theirs, and the job is Failed. The lines of the data log are AWS's (sagemaker-tensorflow-serving-container issue
93, amazon-sagemaker-examples issue 1620, sagemaker-python-sdk issue 1951).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from slipway_local.ports import (
    Answer,
    HostedContainer,
    Invocation,
    ObjectDenied,
    ObjectMissing,
    ObjectStore,
    Payloads,
)
from slipway_local.transform.data_processing import DataProcessing, ProcessingFailed
from slipway_local.transform.inputs import InputInvalid, InputObject, input_objects, output_uri, uncompressed
from slipway_local.transform.json_path import JsonPath
from slipway_local.transform.records import NotSplit, PayloadTooLarge, Record, payloads, split

MEGABYTE = 1024 * 1024
CLIENT_ERROR, ALGORITHM_ERROR = "ClientError", "AlgorithmError"
SEE_LOGS = "See job logs for more information"
BAD_REQUEST, SERVER_ERROR = 400, 500
STRATEGIES = {"MultiRecord": "MULTI_RECORD", "SingleRecord": "SINGLE_RECORD"}

WriteLog = Callable[[list[str]], None]


class TransformFailed(Exception):
    """The job failed; the message is its FailureReason."""


class Stopped(Exception):
    """The job was stopped: "SageMaker doesn't store the job's output in Amazon S3" (API, StopTransformJob)."""


@dataclass(frozen=True)
class JobServices:
    """What a job reads and writes as the model's execution role, and its data log."""

    objects: ObjectStore
    payloads: Payloads
    write_log: WriteLog
    is_stopping: Callable[[], bool]


@dataclass(frozen=True)
class Parameters:
    """How requests are made: from the job, else from the container's execution-parameters, else SageMaker's defaults.

    `max_payload` is in megabytes; 0 streams the whole object in chunks.
    """

    max_concurrent: int = 1
    max_payload: int = 6
    strategy: str = "MULTI_RECORD"


class _ObjectFailed(Exception):
    """One object has no output: who is to blame, and what the data log says."""

    def __init__(self, kind: str, *lines: str) -> None:
        super().__init__(kind)
        self.kind = kind
        self.lines = lines


def environment_of(request: Mapping[str, Any]) -> dict[str, str]:
    """Return what a job adds to the model's environment (DG "Custom Inference Code with Batch Transform")."""
    given = {
        "SAGEMAKER_MAX_CONCURRENT_TRANSFORMS": request.get("MaxConcurrentTransforms"),
        "SAGEMAKER_MAX_PAYLOAD_IN_MB": request.get("MaxPayloadInMB"),
        "SAGEMAKER_BATCH_STRATEGY": STRATEGIES.get(request.get("BatchStrategy", "")),
    }
    set_by_caller = {name: str(value) for name, value in given.items() if value is not None}
    return {**request.get("Environment", {}), "SAGEMAKER_BATCH": "true", **set_by_caller}


def processing_of(request: Mapping[str, Any]) -> DataProcessing:
    """Return a request's DataProcessing. Raises `PathInvalid`."""
    given = request.get("DataProcessing", {})
    return DataProcessing(
        input_filter=JsonPath(given.get("InputFilter", "$")),
        output_filter=JsonPath(given.get("OutputFilter", "$")),
        joins=given.get("JoinSource", "None") == "Input",
        content_type=request["TransformInput"].get("ContentType", ""),
    )


class TransformRun:
    """One run of a job's request against its container."""

    def __init__(self, request: Mapping[str, Any], container: HostedContainer, services: JobServices) -> None:
        self._request = request
        self._input = request["TransformInput"]
        self._output = request["TransformOutput"]
        self._client = request.get("ModelClientConfig", {})
        self._container = container
        self._services = services
        self._processing = processing_of(request)
        self._split_type = self._input.get("SplitType", "None")
        self._is_one = self._split_type != "Line" and self._processing.content_type == "application/json"

    def __call__(self) -> int:
        """Transform every object and return how many. Raises `TransformFailed` and `Stopped`."""
        objects = self._objects()
        parameters = self._parameters()
        self._log(
            f"MaxConcurrentTransforms={parameters.max_concurrent}, MaxPayloadInMB={parameters.max_payload}, "
            f"BatchStrategy={parameters.strategy}"
        )
        outputs: dict[str, bytes] = {}
        failures: list[str] = []
        with ThreadPoolExecutor(parameters.max_concurrent) as pool:
            for one, parts in [(one, self._begun(one, parameters, pool)) for one in objects]:
                try:
                    outputs[output_uri(self._output["S3OutputPath"], one.name)] = self._assembled(parts)
                except _ObjectFailed as failure:
                    failures.append(failure.kind)
                    self._log(*(f"{one.uri.removeprefix('s3://')}: {line}" for line in failure.lines))
        if self._services.is_stopping():
            raise Stopped
        self._store(outputs)
        if failures:
            raise TransformFailed(f"{failures[0]}: {SEE_LOGS}")
        return len(outputs)

    def _objects(self) -> list[InputObject]:
        source = self._input["DataSource"]["S3DataSource"]
        try:
            found = input_objects(source, self._services.objects, self._services.payloads)
        except InputInvalid as invalid:
            raise TransformFailed(str(invalid)) from invalid
        except (ObjectMissing, ObjectDenied):
            found = []
        if not found:
            # CreateTransformJob refuses an empty prefix: these have gone since, or are folders, or of a manifest.
            raise TransformFailed(f'{CLIENT_ERROR}: No S3 objects found under S3 URL "{source["S3Uri"]}".')
        return found

    def _parameters(self) -> Parameters:
        given = self._execution_parameters()
        return Parameters(
            max_concurrent=self._request.get("MaxConcurrentTransforms") or given.max_concurrent,
            max_payload=self._request.get("MaxPayloadInMB", given.max_payload),
            strategy=STRATEGIES.get(self._request.get("BatchStrategy", ""), given.strategy),
        )

    def _execution_parameters(self) -> Parameters:
        """Return what GET /execution-parameters says; SageMaker's defaults where the container has no such path."""
        default = Parameters()
        try:
            answer = self._container.invoke(Invocation(b"", path="/execution-parameters", method="GET", timeout=10.0))
            given = json.loads(answer.body) if answer.status < BAD_REQUEST else {}
        except (OSError, ValueError):
            return default
        if not isinstance(given, dict):
            return default
        concurrent, payload = given.get("MaxConcurrentTransforms"), given.get("MaxPayloadInMB")
        strategy = given.get("BatchStrategy")
        return Parameters(
            max_concurrent=concurrent if type(concurrent) is int and concurrent > 0 else default.max_concurrent,
            max_payload=payload if type(payload) is int and payload >= 0 else default.max_payload,
            strategy=str(strategy) if strategy in STRATEGIES.values() else default.strategy,
        )

    def _begun(self, one: InputObject, parameters: Parameters, pool: ThreadPoolExecutor) -> list[Future[bytes]]:
        """Begin an object's requests; each future is a part of its output."""
        single, is_streamed = parameters.strategy == "SINGLE_RECORD", parameters.max_payload == 0
        try:
            batches = self._batches(one, parameters)
        except _ObjectFailed as failure:
            failed: Future[bytes] = Future()
            failed.set_exception(failure)
            return [failed]
        return [pool.submit(self._transformed, batch, single, is_streamed) for batch in batches]

    def _assembled(self, parts: Sequence[Future[bytes]]) -> bytes:
        """Return an object's output, in the order of its records; what follows a failure is not requested."""
        try:
            found = [part.result() for part in parts]
        finally:
            for part in parts:
                part.cancel()
        if self._output.get("AssembleWith", "None") == "Line":
            found = [part if part.endswith(b"\n") else part + b"\n" for part in found]
        return b"".join(found)

    def _batches(self, one: InputObject, parameters: Parameters) -> list[list[Record]]:
        max_bytes = parameters.max_payload * MEGABYTE or None
        try:
            content = uncompressed(self._services.payloads.read(one.uri), self._input.get("CompressionType", "None"))
            records = split(content, self._split_type)
            return list(payloads(records, single=parameters.strategy == "SINGLE_RECORD", max_bytes=max_bytes))
        except PayloadTooLarge:
            raise _ObjectFailed(CLIENT_ERROR, "Too much data for max payload size") from None
        except NotSplit:
            raise _ObjectFailed(CLIENT_ERROR, f"The object is not {self._split_type}") from None
        except (InputInvalid, ObjectMissing, ObjectDenied) as error:
            raise _ObjectFailed(CLIENT_ERROR, str(error)) from error

    def _transformed(self, batch: Sequence[Record], single: bool, is_streamed: bool) -> bytes:
        if self._services.is_stopping():
            return b""
        payload = b"".join(record.data if single else record.framed for record in batch)
        try:
            body = self._processing.request(payload, is_one=self._is_one)
            answer = self._invoke(body, is_streamed)
            return self._processing.output(payload, answer.body, is_one=self._is_one)
        except ProcessingFailed as error:
            raise _ObjectFailed(CLIENT_ERROR, str(error)) from error

    def _invoke(self, body: bytes, is_streamed: bool) -> Answer:
        """Send one payload, again while the container fails, so often as InvocationsMaxRetries allows."""
        invocation = Invocation(
            body,
            content_type=self._input.get("ContentType"),
            accept=self._output.get("Accept"),
            timeout=float(self._client.get("InvocationsTimeoutInSeconds", 600)),
            is_chunked=is_streamed,
        )
        answer: Answer | None = None
        for _ in range(1 + self._client.get("InvocationsMaxRetries", 3)):
            answer = self._answer(invocation)
            if answer is not None and answer.status < SERVER_ERROR:
                break
        if answer is None:
            raise _ObjectFailed(ALGORITHM_ERROR, "Unable to get response from algorithm")
        if answer.status >= BAD_REQUEST:
            raise _refused(answer)
        return answer

    def _answer(self, invocation: Invocation) -> Answer | None:
        try:
            return self._container.invoke(invocation)
        except OSError:  # gone, or its time is up
            return None

    def _store(self, outputs: Mapping[str, bytes]) -> None:
        for uri, body in outputs.items():
            try:
                self._services.payloads.write(uri, body, self._output.get("Accept") or "application/octet-stream")
            except (ObjectMissing, ObjectDenied) as error:
                raise TransformFailed(f"{CLIENT_ERROR}: The output {uri} could not be written: {error}") from error

    def _log(self, *lines: str) -> None:
        now = datetime.now(UTC)
        stamp = f"{now:%Y-%m-%dT%H:%M:%S}.{now.microsecond // 1000:03}"
        self._services.write_log([f"{stamp}:[sagemaker logs]: {line}" for line in lines])


def _refused(answer: Answer) -> _ObjectFailed:
    kind = ALGORITHM_ERROR if answer.status >= SERVER_ERROR else CLIENT_ERROR
    first = (
        f"Bad HTTP status received from algorithm: {answer.status}"
        if answer.status >= SERVER_ERROR
        else f"{CLIENT_ERROR}: {answer.status}"
    )
    body = answer.body.decode(errors="replace").rstrip("\n").split("\n")
    return _ObjectFailed(kind, first, "", "Message:", *body)
