"""Transform jobs: what they read and write, how they end, and what is refused."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from typing import Any

import pytest
from tests.unit.slipway_local.sagemaker.world import PREFIX, FakeContainer, World

from slipway_local.ports import Answer, HostingFailed, Invocation, Utilization
from slipway_local.sagemaker.faults.orders import Fault

IN, OUT = "s3://data/in/", "s3://data/out"
GROUP = "/aws/sagemaker/TransformJobs"
Serve = Callable[[Invocation], Answer]


class Served(FakeContainer):
    """A container that answers as a test says, and remembers its requests."""

    def __init__(self, spec: Any, serve: Serve, parameters: Answer) -> None:
        super().__init__(spec)
        self._serve = serve
        self._parameters = parameters
        self.asked: list[Invocation] = []

    def invoke(self, invocation: Invocation) -> Answer:
        if invocation.path == "/execution-parameters":
            assert invocation.method == "GET"
            return self._parameters
        self.asked.append(invocation)
        return self._serve(invocation)

    def utilization(self) -> Utilization:
        return Utilization(12.0, 34.0)


def length_of_lines(invocation: Invocation) -> Answer:
    """Answer each line with its length."""
    lines = invocation.body.decode().splitlines()
    return Answer(200, "".join(f"{len(line)}\n" for line in lines).encode(), "text/csv")


class Job:
    """One job of model-1 over objects below s3://data/in/."""

    def __init__(
        self,
        objects: dict[str, bytes],
        serve: Serve = length_of_lines,
        parameters: Answer | None = None,
        transform_input: dict[str, Any] | None = None,
        transform_output: dict[str, Any] | None = None,
        **fields: Any,
    ) -> None:
        self.world = World()
        self.world.model()
        self.world.payloads.stored |= {f"{IN}{name}": content for name, content in objects.items()}
        self.containers: list[Served] = []
        absent = parameters or Answer(404, b"", "text/html")
        self.world.hosting.start = self._start(serve, absent)  # type: ignore[method-assign,assignment]
        self.request = {
            "TransformJobName": "job-1",
            "ModelName": "model-1",
            "TransformInput": {
                "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": IN}},
                "ContentType": "text/csv",
                **(transform_input or {}),
            },
            "TransformOutput": {"S3OutputPath": OUT, **(transform_output or {})},
            "TransformResources": {"InstanceType": "ml.m5.large", "InstanceCount": 1},
            **fields,
        }

    def _start(self, serve: Serve, parameters: Answer) -> Callable[[Any], Served]:
        def start(spec: Any) -> Served:
            self.containers.append(Served(spec, serve, parameters))
            return self.containers[-1]

        return start

    def run(self) -> dict[str, Any]:
        """Run the job to its end and describe it."""
        self.world.call("CreateTransformJob", **self.request)
        self.world.finish()
        return self.world.call("DescribeTransformJob", TransformJobName="job-1")

    @property
    def asked(self) -> list[Invocation]:
        return self.containers[0].asked

    @property
    def outputs(self) -> dict[str, bytes]:
        stored = self.world.payloads.stored
        return {uri.removeprefix(f"{OUT}/"): body for uri, body in stored.items() if uri.startswith(OUT)}

    @property
    def data_log(self) -> list[str]:
        """The data log without times."""
        (lines,) = (text for (_, stream), text in self.world.logs.written.items() if stream.endswith("/data-log"))
        return [line.partition("[sagemaker logs]: ")[2] for line in lines]


LINES = {"SplitType": "Line"}


def test_every_object_has_an_output_of_its_name() -> None:
    job = Job({"a.csv": b"1,2\n3\n", "sub/b.csv": b"44\n", "folder/": b""})
    described = job.run()
    assert described["TransformJobStatus"] == "Completed"
    assert job.outputs == {"a.csv.out": b"3\n1\n", "sub/b.csv.out": b"2\n"}
    assert described["TransformStartTime"] <= described["TransformEndTime"]
    assert [one.content_type for one in job.asked] == ["text/csv", "text/csv"]
    assert all(container.stopped for container in job.containers)


def test_one_object_can_be_the_prefix() -> None:
    source = {"DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"{IN}a.csv"}}}
    job = Job({"a.csv": b"1\n", "b.csv": b"2\n"}, transform_input=source)
    job.run()
    assert list(job.outputs) == ["a.csv.out"]


def test_a_manifest_names_the_objects() -> None:
    """API, TransformS3DataSource.S3Uri, has the form of a manifest."""
    source = {"DataSource": {"S3DataSource": {"S3DataType": "ManifestFile", "S3Uri": "s3://data/manifest"}}}
    job = Job({"a/1.csv": b"1\n", "a/2.csv": b"22\n", "a/3.csv": b"333\n"}, transform_input=source)
    manifest = [{"prefix": f"{IN}a/"}, "2.csv", "3.csv"]
    job.world.payloads.stored["s3://data/manifest"] = json.dumps(manifest).encode()
    job.run()
    assert job.outputs == {"2.csv.out": b"2\n", "3.csv.out": b"3\n"}


def test_a_single_record_is_sent_without_its_line_end() -> None:
    job = Job({"a.csv": b"1\n22\n"}, transform_input=LINES, BatchStrategy="SingleRecord")
    job.run()
    assert [one.body for one in job.asked] == [b"1", b"22"]


def test_records_fill_payloads_of_the_size_asked_for() -> None:
    row = b"x" * 1023 + b"\n"
    job = Job({"a.csv": row * 2500}, transform_input=LINES, MaxPayloadInMB=1)
    job.run()
    assert [len(one.body) for one in job.asked] == [1 << 20, 1 << 20, 452 << 10]
    assert job.outputs["a.csv.out"] == b"1023\n" * 2500


def test_outputs_keep_the_order_of_records_whatever_ends_first() -> None:
    names = {f"{n}.csv": "".join(f"{'y' * (n + k)}\n" for k in range(20)).encode() for n in range(1, 6)}
    job = Job(names, transform_input=LINES, BatchStrategy="SingleRecord", MaxConcurrentTransforms=4)
    job.run()
    expected = {f"{n}.csv.out": b"".join(b"%d\n" % (n + k) for k in range(20)) for n in range(1, 6)}
    assert job.outputs == expected


def test_gzip_is_unpacked_before_sending() -> None:
    job = Job(
        {"a.csv.gz": gzip.compress(b"123\n"), "b.csv.gz": b"not gzip"}, transform_input={"CompressionType": "Gzip"}
    )
    assert job.run()["FailureReason"] == "ClientError: See job logs for more information"
    assert [one.body for one in job.asked] == [b"123\n"]
    assert job.outputs == {"a.csv.gz.out": b"3\n"}


def test_assembling_with_lines_ends_every_answer_with_one() -> None:
    def without_end(invocation: Invocation) -> Answer:
        return Answer(200, b"[1]", "application/json")

    job = Job(
        {"a.csv": b"1\n2\n"},
        without_end,
        transform_input=LINES,
        transform_output={"AssembleWith": "Line", "Accept": "application/json"},
        BatchStrategy="SingleRecord",
    )
    job.run()
    assert job.outputs == {"a.csv.out": b"[1]\n[1]\n"}
    assert job.asked[0].accept == "application/json"


def test_input_and_answers_are_joined_and_filtered() -> None:
    job = Job(
        {"a.csv": b"id-1,1,22\nid-2,333,4\n"},
        transform_input=LINES,
        transform_output={"AssembleWith": "Line", "Accept": "text/csv"},
        DataProcessing={"InputFilter": "$[1:]", "JoinSource": "Input", "OutputFilter": "$[0,-1]"},
    )
    job.run()
    assert [one.body for one in job.asked] == [b"1,22\n333,4\n"]
    assert job.outputs == {"a.csv.out": b"id-1,4\nid-2,5\n"}


def test_a_payload_of_no_limit_is_sent_in_chunks() -> None:
    job = Job({"a.csv": b"x" * (7 << 20)}, MaxPayloadInMB=0)
    assert job.run()["TransformJobStatus"] == "Completed"
    assert [(len(one.body), one.is_chunked) for one in job.asked] == [(7 << 20, True)]


@pytest.mark.parametrize(
    ("fields", "answer", "line"),
    [
        ({}, Answer(404, b"", ""), "MaxConcurrentTransforms=1, MaxPayloadInMB=6, BatchStrategy=MULTI_RECORD"),
        (
            {},
            Answer(200, b'{"MaxConcurrentTransforms": 8, "BatchStrategy": "SINGLE_RECORD", "MaxPayloadInMB": 2}', ""),
            "MaxConcurrentTransforms=8, MaxPayloadInMB=2, BatchStrategy=SINGLE_RECORD",
        ),
        (
            {"MaxConcurrentTransforms": 3, "BatchStrategy": "MultiRecord", "MaxPayloadInMB": 1},
            Answer(200, b'{"MaxConcurrentTransforms": 8, "BatchStrategy": "SINGLE_RECORD", "MaxPayloadInMB": 2}', ""),
            "MaxConcurrentTransforms=3, MaxPayloadInMB=1, BatchStrategy=MULTI_RECORD",
        ),
        (
            {"MaxConcurrentTransforms": 0},
            Answer(200, b'{"MaxConcurrentTransforms": 5}', ""),
            "MaxConcurrentTransforms=5, MaxPayloadInMB=6, BatchStrategy=MULTI_RECORD",
        ),
        ({}, Answer(200, b"<html>", ""), "MaxConcurrentTransforms=1, MaxPayloadInMB=6, BatchStrategy=MULTI_RECORD"),
    ],
)
def test_the_request_comes_before_the_container_and_that_before_the_defaults(
    fields: dict[str, Any], answer: Answer, line: str
) -> None:
    """DG "Custom Inference Code with Batch Transform"; the line is that of sagemaker-python-sdk issue 753."""
    job = Job({"a.csv": b"1\n"}, parameters=answer, transform_input=LINES, **fields)
    job.run()
    assert job.data_log == [line]


def test_the_environment_names_the_batch() -> None:
    job = Job({"a.csv": b"1\n"}, Environment={"A": "1"}, BatchStrategy="SingleRecord", MaxPayloadInMB=4)
    job.run()
    assert job.containers[0].spec.environment == {
        "A": "1",
        "SAGEMAKER_BATCH": "true",
        "SAGEMAKER_BATCH_STRATEGY": "SINGLE_RECORD",
        "SAGEMAKER_MAX_PAYLOAD_IN_MB": "4",
    }


def refusing(status: int) -> Serve:
    def serve(invocation: Invocation) -> Answer:
        if b"bad" in invocation.body:
            return Answer(status, b"could not parse\nbad", "text/plain")
        return length_of_lines(invocation)

    return serve


@pytest.mark.parametrize(
    ("status", "kind", "line", "asked"),
    [
        (400, "ClientError", "ClientError: 400", 1),
        (415, "ClientError", "ClientError: 415", 1),
        (500, "AlgorithmError", "Bad HTTP status received from algorithm: 500", 4),
    ],
)
def test_a_bad_object_has_no_output_and_fails_the_job(status: int, kind: str, line: str, asked: int) -> None:
    """DG "Use Batch Transform"; the data log is that of sagemaker-tensorflow-serving-container issue 93."""
    job = Job({"a.csv": b"1\n", "b.csv": b"bad\n", "c.csv": b"22\n"}, refusing(status))
    described = job.run()
    assert (described["TransformJobStatus"], described["FailureReason"]) == (
        "Failed",
        f"{kind}: See job logs for more information",
    )
    assert job.outputs == {"a.csv.out": b"1\n", "c.csv.out": b"2\n"}
    assert sum(b"bad" in one.body for one in job.asked) == asked
    name = "data/in/b.csv: "
    texts = [line, "", "Message:", "could not parse", "bad"]
    assert job.data_log[1:] == [f"{name}{text}" for text in texts]


def test_a_container_that_does_not_answer_fails_the_job() -> None:
    def gone(invocation: Invocation) -> Answer:
        raise ConnectionRefusedError

    job = Job({"a.csv": b"1\n"}, gone, ModelClientConfig={"InvocationsMaxRetries": 1})
    assert job.run()["FailureReason"] == "AlgorithmError: See job logs for more information"
    assert len(job.asked) == 2
    assert job.data_log[1:] == ["data/in/a.csv: Unable to get response from algorithm"]


def test_a_record_larger_than_a_payload_fails_the_job() -> None:
    job = Job({"a.csv": b"x" * (1 << 20) + b"\n"}, transform_input=LINES, MaxPayloadInMB=1)
    assert job.run()["FailureReason"] == "ClientError: See job logs for more information"
    assert job.data_log[1:] == ["data/in/a.csv: Too much data for max payload size"]


def test_a_prefix_without_an_object_is_refused() -> None:
    """aws/amazon-sagemaker-examples issue 2414 has the sentence, with the region, the role and the bucket."""
    job = Job({})
    role = job.world.call("DescribeModel", ModelName="model-1")["ExecutionRoleArn"]
    assert job.world.refused("CreateTransformJob", **job.request) == (
        f'No S3 objects found under S3 URL "{IN}" given in input data source. Please ensure that the bucket exists in '
        "the selected region (eu-west-1), that objects exist under that S3 prefix, and that the role "
        f'"{role}" has "s3:ListBucket" permissions on bucket "data".'
    )
    assert job.world.call("ListTransformJobs")["TransformJobSummaries"] == []


def test_objects_that_have_gone_when_the_job_begins_fail_it() -> None:
    job = Job({"a.csv": b"1\n"})
    job.world.call("CreateTransformJob", **job.request)
    job.world.payloads.stored.clear()
    job.world.finish()
    described = job.world.call("DescribeTransformJob", TransformJobName="job-1")
    assert described["FailureReason"] == f'ClientError: No S3 objects found under S3 URL "{IN}".'


def test_a_container_that_does_not_start_fails_the_job() -> None:
    job = Job({"a.csv": b"1\n"})

    def fail(_spec: Any) -> Any:
        raise HostingFailed("Failed to download model data.")

    job.world.hosting.start = fail  # type: ignore[method-assign,assignment]
    assert job.run()["FailureReason"] == "ClientError: Failed to download model data."


def test_a_stopped_job_stores_nothing() -> None:
    """API, StopTransformJob: "SageMaker doesn't store the job's output in Amazon S3"."""
    world = World()

    def stop_meanwhile(invocation: Invocation) -> Answer:
        job.world.call("StopTransformJob", TransformJobName="job-1")
        assert job.world.call("DescribeTransformJob", TransformJobName="job-1")["TransformJobStatus"] == "Stopping"
        return length_of_lines(invocation)

    job = Job({"a.csv": b"1\n"}, stop_meanwhile)
    described = job.run()
    assert (described["TransformJobStatus"], job.outputs) == ("Stopped", {})
    assert job.world.refused("StopTransformJob", TransformJobName="job-1") == (
        "The request was rejected because the transform job is in status Stopped."
    )
    assert world.events.sent == []


def test_each_change_is_announced() -> None:
    """The members are those of AWS's sample, DG "Events that SageMaker AI sends to EventBridge"."""
    job = Job({"a.csv": b"1\n"}, Tags=[{"Key": "team", "Value": "a"}])
    job.run()
    sent = [(kind, detail["TransformJobStatus"]) for kind, detail, _ in job.world.events.sent]
    assert sent == [("SageMaker Transform Job State Change", status) for status in ("InProgress", "Completed")]
    _, detail, resources = job.world.events.sent[-1]
    assert resources == [f"{PREFIX}transform-job/job-1"]
    assert detail["Tags"] == {"team": "a"}
    assert detail["TransformEndTime"] >= detail["TransformStartTime"] >= detail["CreationTime"]
    assert detail["TransformResources"] == job.request["TransformResources"]


def test_utilization_is_published_for_the_host() -> None:
    job = Job({"a.csv": b"1\n"})
    job.run()
    instance_id = job.containers[0].spec.instance_id
    assert job.world.metrics.values() == {"CPUUtilization": 12.0, "MemoryUtilization": 34.0}
    assert job.world.metrics.namespaces == {GROUP}
    assert job.world.metrics.dimensions[0] == {"Host": f"job-1/{instance_id}"}
    assert (GROUP, f"job-1/{instance_id}/data-log") in job.world.logs.written


def test_jobs_are_listed_newest_first_and_by_status() -> None:
    job = Job({"a.csv": b"1\n"})
    job.run()
    job.world.clock.sleep(1)
    job.world.call("CreateTransformJob", **{**job.request, "TransformJobName": "job-2"})
    listed = job.world.call("ListTransformJobs")["TransformJobSummaries"]
    assert [(one["TransformJobName"], one["TransformJobStatus"]) for one in listed] == [
        ("job-2", "InProgress"),
        ("job-1", "Completed"),
    ]
    completed = job.world.call("ListTransformJobs", StatusEquals="Completed")["TransformJobSummaries"]
    assert [one["TransformJobName"] for one in completed] == ["job-1"]
    assert job.world.call("ListTags", ResourceArn=f"{PREFIX}transform-job/job-1") == {"Tags": []}


def test_a_name_is_used_once() -> None:
    job = Job({"a.csv": b"1\n"})
    job.run()
    error = job.world.refusal("CreateTransformJob", **job.request)
    assert (error.code, error.message) == (
        "ResourceInUse",
        "Job name must be unique within an AWS account and region, and a job with this name already exists "
        f"({PREFIX}transform-job/job-1)",
    )


def test_the_quota_counts_the_jobs_that_run() -> None:
    job = Job({"a.csv": b"1\n"})
    job.world.sagemaker.settings.instance_limits = {"ml.m5.large": 1}
    job.world.call("CreateTransformJob", **job.request)
    error = job.world.refusal("CreateTransformJob", **{**job.request, "TransformJobName": "job-2"})
    assert error.code == "ResourceLimitExceeded"
    assert error.message.startswith(
        "The account-level service limit 'ml.m5.large for transform job usage' is 1 Instances, with current "
        "utilization of 1 Instances and a request delta of 1 Instances."
    )
    job.world.finish()
    job.world.call("CreateTransformJob", **{**job.request, "TransformJobName": "job-2"})


def test_no_capacity_fails_the_job_with_awss_words() -> None:
    job = Job({"a.csv": b"1\n"})
    job.world.sagemaker.faults.order(Fault("NoCapacity", endpoint_name="job-1"))
    assert job.run()["FailureReason"].startswith("CapacityError: Unable to provision requested ML compute capacity")


CSV_JOIN = {"JoinSource": "Input"}
REFUSALS: list[tuple[dict[str, Any], str]] = [
    ({"ModelName": "gone"}, f'Could not find model "{PREFIX}model/gone".'),
    ({"MaxPayloadInMB": 101}, "MaxPayloadInMB must be at most 100."),
    ({"MaxPayloadInMB": 26, "MaxConcurrentTransforms": 4}, "MaxConcurrentTransforms * MaxPayloadInMB must be"),
    ({"MaxConcurrentTransforms": 17}, "MaxConcurrentTransforms * MaxPayloadInMB must be at most 100 MB."),
    ({"Environment": {str(n): "1" for n in range(17)}}, ""),
    (
        {"TransformResources": {"InstanceType": "ml.m5.large", "InstanceCount": 101}},
        "InstanceCount must be at most 100",
    ),
    (
        {"TransformResources": {"InstanceType": "ml.g4dn.xlarge", "InstanceCount": 1, "VolumeKmsKeyId": "k"}},
        "VolumeKmsKeyId is not allowed for an instance type with local storage.",
    ),
    ({"DataProcessing": {"InputFilter": "$..a"}}, "The JSONPath expression '$..a' is not supported"),
    ({"DataProcessing": CSV_JOIN}, "DataProcessing requires ContentType and Accept to be the same"),
    (
        {"DataProcessing": CSV_JOIN, "TransformOutput": {"S3OutputPath": OUT, "Accept": "text/csv"}},
        "DataProcessing of text/csv requires SplitType and AssembleWith to be Line.",
    ),
    ({"DataCaptureConfig": {"DestinationS3Uri": OUT}}, "The local SageMaker does not support DataCaptureConfig"),
]


@pytest.mark.parametrize(("fields", "message"), REFUSALS, ids=[str(fields)[:50] for fields, _ in REFUSALS])
def test_what_the_documentation_rules_out_is_refused(fields: dict[str, Any], message: str) -> None:
    job = Job({"a.csv": b"1\n"})
    assert message in job.world.refused("CreateTransformJob", **{**job.request, **fields})


def test_names_cannot_select_columns() -> None:
    job = Job(
        {"a.csv": b"1\n"},
        transform_input=LINES,
        transform_output={"Accept": "text/csv", "AssembleWith": "Line"},
        DataProcessing={"InputFilter": "$.id"},
    )
    assert "index based JSONPath" in job.world.refused("CreateTransformJob", **job.request)


@pytest.mark.parametrize("kind", ["AugmentedManifestFile", "Converse"])
def test_other_data_is_refused(kind: str) -> None:
    source = {"DataSource": {"S3DataSource": {"S3DataType": kind, "S3Uri": IN}}}
    job = Job({}, transform_input=source)
    assert "is not supported for transform jobs" in job.world.refused("CreateTransformJob", **job.request)


def test_a_model_with_a_data_source_is_refused() -> None:
    job = Job({"a.csv": b"1\n"})
    source = {"S3Uri": "s3://models/m.tar.gz", "S3DataType": "S3Object", "CompressionType": "Gzip"}
    container = {"Image": "image:1", "ModelDataSource": {"S3DataSource": source}}
    container["Image"] = job.world.call("DescribeModel", ModelName="model-1")["PrimaryContainer"]["Image"]
    job.world.model("model-2", PrimaryContainer=container)
    text = job.world.refused("CreateTransformJob", **{**job.request, "ModelName": "model-2"})
    assert text == "Batch transform is not supported with ModelDataSource."


def test_a_job_that_is_not_there_is_not_found() -> None:
    assert World().refused("DescribeTransformJob", TransformJobName="x") == (
        "Could not find requested job with name: x"
    )
