"""Map states in Distributed mode, redrives, and nested executions, as the Step Functions developer guide has them.

SFG is https://docs.aws.amazon.com/step-functions/latest/dg/, API https://docs.aws.amazon.com/step-functions/latest/apireference/.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError
from tests.contract.engine.laptop import Laptop, wait_until

BUCKET = "map-runs"
ITEMS = ["a", "b", "c", "d", "e"]
SHOW = {"Show": {"Type": "Pass", "End": True}}
FAIL_C = {
    "Is": {"Type": "Choice", "Choices": [{"Condition": "{% $states.input = 'c' %}", "Next": "No"}], "Default": "Yes"},
    "No": {"Type": "Fail", "Error": "C", "Cause": "It is c"},
    "Yes": {"Type": "Succeed", "Output": "{% $uppercase($states.input) %}"},
}


def distributed(states: dict[str, Any] | None = None, kind: str = "STANDARD", **fields: Any) -> dict[str, Any]:
    """Return a Map state over `ITEMS`, or over what the fields say."""
    states = states or SHOW
    config = {"Mode": "DISTRIBUTED", "ExecutionType": kind}
    processor = {"ProcessorConfig": config, "StartAt": next(iter(states)), "States": states}
    items = {} if "ItemReader" in fields else {"Items": ITEMS}
    return {"Type": "Map", "ItemProcessor": processor, "End": True, "Label": "each", **items, **fields}


@pytest.fixture(scope="session")
def bucket(laptop: Laptop) -> str:
    s3 = laptop.client("s3")
    s3.create_bucket(Bucket=BUCKET)
    s3.put_object(Bucket=BUCKET, Key="in/a.json", Body=json.dumps([{"n": 1}, {"n": 2}, {"n": 3}]))
    s3.put_object(Bucket=BUCKET, Key="in/b.csv", Body="n,text\n1,x\n2,y\n")
    return BUCKET


def output(execution: dict[str, Any]) -> Any:
    assert execution["status"] == "SUCCEEDED", (execution.get("error"), execution.get("cause"))
    return json.loads(execution["output"])


def map_run(laptop: Laptop, execution: dict[str, Any]) -> dict[str, Any]:
    """Return the only Map Run of an execution."""
    stepfunctions = laptop.client("stepfunctions")
    [run] = stepfunctions.list_map_runs(executionArn=execution["executionArn"])["mapRuns"]
    found: dict[str, Any] = stepfunctions.describe_map_run(mapRunArn=run["mapRunArn"])
    return found


def children(laptop: Laptop, execution: dict[str, Any]) -> list[dict[str, Any]]:
    stepfunctions, run = laptop.client("stepfunctions"), map_run(laptop, execution)
    listed = stepfunctions.list_executions(mapRunArn=run["mapRunArn"])["executions"]
    return [stepfunctions.describe_execution(executionArn=each["executionArn"]) for each in listed]


def test_items_are_selected_and_the_output_made_by_jsonata(laptop: Laptop, role: str) -> None:
    # SFG "Transforming data with JSONata" and "Accessing execution data from the Context object": Map.Item
    item = {name: f"{{% $states.context.Map.Item.{name} %}}" for name in ("Index", "Value", "Source")}

    done = laptop.run(
        role,
        "map-jsonata",
        Set={"Type": "Pass", "Assign": {"letters": ["x", "y"]}, "Next": "Map"},
        Map=distributed(Items="{% $letters %}", ItemSelector=item, Output="{% $states.result.Value %}"),
    )

    run = map_run(laptop, done)
    assert output(done) == ["x", "y"]
    inputs = [json.loads(each["input"]) for each in children(laptop, done)]
    assert sorted(inputs, key=lambda each: each["Index"]) == [
        {"Index": 0, "Value": "x", "Source": "STATE_DATA"},
        {"Index": 1, "Value": "y", "Source": "STATE_DATA"},
    ]
    assert (run["status"], run["itemCounts"]["succeeded"], run["executionCounts"]["total"]) == ("SUCCEEDED", 2, 2)


def test_a_child_sees_its_own_execution_and_no_variable_of_its_parent(laptop: Laptop, role: str) -> None:
    # SFG "Key terms": a child workflow execution has an execution of its own; SFG "Passing data between states with
    # variables": a Distributed Map's states cannot read the variables of the outer scope.
    show = {"Show": {"Type": "Pass", "End": True, "Output": "{% [$states.context.Execution, $exists($outer)] %}"}}

    done = laptop.run(
        role,
        "map-context",
        Set={"Type": "Pass", "Assign": {"outer": 1}, "Next": "Map"},
        Map=distributed(show, Items=["x"]),
    )

    [[own, sees_outer]] = output(done)
    [child] = children(laptop, done)
    assert own["Id"] == child["executionArn"]
    assert own["Name"] == child["name"]
    assert own["Input"] == "x"
    assert child["executionArn"].rpartition(":")[0].endswith(":execution:map-context/each")
    assert child["stateMachineArn"].endswith(":stateMachine:map-context/each")
    assert not sees_outer
    history = laptop.client("stepfunctions").get_execution_history(executionArn=child["executionArn"])["events"]
    assert [each["type"] for each in history] == [
        "ExecutionStarted",
        "PassStateEntered",
        "PassStateExited",
        "ExecutionSucceeded",
    ]


@pytest.mark.parametrize(
    ("resource", "place", "config", "expected"),
    [
        ("getObject", {"Key": "{% 'in/' & 'a.json' %}"}, {"InputType": "JSON", "MaxItems": "{% 1 + 1 %}"}, [1, 2]),
        ("getObject", {"Key": "in/b.csv"}, {"InputType": "CSV", "CSVHeaderLocation": "FIRST_ROW"}, ["1", "2"]),
        ("listObjectsV2", {"Prefix": "in/"}, {}, ["in/a.json", "in/b.csv"]),
    ],
)
def test_items_are_read_from_s3(
    laptop: Laptop, role: str, bucket: str, resource: str, place: Any, config: Any, expected: Any
) -> None:
    # SFG "ItemReader (Map)": Arguments in JSONata states
    name = f"map-reads-{resource}-{len(expected)}-{config.get('InputType', 'list')}"
    reader = {
        "Resource": f"arn:aws:states:::s3:{resource}",
        "ReaderConfig": config,
        "Arguments": {"Bucket": bucket, **place},
    }
    member = "Key" if resource == "listObjectsV2" else "n"

    done = laptop.run(
        role,
        name,
        Map=distributed(ItemReader=reader, ItemSelector=f"{{% $states.context.Map.Item.Value.{member} %}}"),
    )

    assert output(done) == expected


@pytest.mark.parametrize("key", ["in/none.json", "in/b.csv"])
def test_items_that_cannot_be_read_fail_the_state_by_name(laptop: Laptop, role: str, bucket: str, key: str) -> None:
    reader = {"Resource": "arn:aws:states:::s3:getObject", "Arguments": {"Bucket": bucket, "Key": key}}

    done = laptop.run(role, f"map-unread-{key[3]}", Map=distributed(ItemReader=reader))

    assert (done["status"], done["error"]) == ("FAILED", "States.ItemReaderFailed")


def test_items_come_in_batches_with_a_shared_input(laptop: Laptop, role: str) -> None:
    # SFG "ItemBatcher (Map)": {"BatchInput": ..., "Items": [...]}
    batcher = {"MaxItemsPerBatch": "{% 2 %}", "BatchInput": {"shared": "{% $states.context.Execution.Name %}"}}

    done = laptop.run(role, "map-batches", Map=distributed(ItemBatcher=batcher))

    shared = {"shared": done["name"]}
    assert output(done) == [{"BatchInput": shared, "Items": each} for each in (["a", "b"], ["c", "d"], ["e"])]
    run = map_run(laptop, done)
    assert (run["itemCounts"]["total"], run["executionCounts"]["total"]) == (5, 3)


@pytest.mark.parametrize(
    ("limits", "status"),
    [
        ({}, "FAILED"),
        ({"ToleratedFailureCount": 1}, "SUCCEEDED"),
        ({"ToleratedFailureCount": "{% 0 %}"}, "FAILED"),
        ({"ToleratedFailurePercentage": 20}, "SUCCEEDED"),
        ({"ToleratedFailurePercentage": 19}, "FAILED"),
        ({"ToleratedFailurePercentage": 100, "ToleratedFailureCount": 0}, "FAILED"),
    ],
    ids=str,
)
def test_the_map_run_fails_where_more_failed_than_is_tolerated(
    laptop: Laptop, role: str, limits: dict[str, Any], status: str, request: pytest.FixtureRequest
) -> None:
    # SFG "Setting failure thresholds for Distributed Map states"
    name = f"map-limits-{abs(hash(request.node.name))}"

    done = laptop.run(role, name, Map=distributed(FAIL_C, MaxConcurrency=1, **limits))

    assert done["status"] == status
    assert map_run(laptop, done)["status"] == status
    if status == "FAILED":
        assert done["error"] == "States.ExceedToleratedFailureThreshold"
    else:
        shown = output(done)
        assert shown[:2] == ["A", "B"]
        assert (shown[2]["Status"], shown[2]["Error"], shown[2]["Cause"]) == ("FAILED", "C", "It is c")


def test_results_are_written_to_s3_with_a_manifest(laptop: Laptop, role: str, bucket: str) -> None:
    # SFG "ResultWriter (Map)": the files, and what an entry holds: Input and Output are JSON strings
    writer = {"Resource": "arn:aws:states:::s3:putObject", "Arguments": {"Bucket": bucket, "Prefix": "out"}}

    done = laptop.run(role, "map-writes", Map=distributed(FAIL_C, ResultWriter=writer, ToleratedFailureCount=1))

    run = map_run(laptop, done)
    folder = f"out/{run['mapRunArn'].rpartition(':')[2]}"
    details = {"Bucket": bucket, "Key": f"{folder}/manifest.json"}
    assert output(done) == {"MapRunArn": run["mapRunArn"], "ResultWriterDetails": details}
    manifest = read_json(laptop, details["Key"])
    files = manifest["ResultFiles"]
    assert (manifest["DestinationBucket"], manifest["MapRunArn"]) == (bucket, run["mapRunArn"])
    assert {name: [file["Key"] for file in found] for name, found in files.items()} == {
        "FAILED": [f"{folder}/FAILED_0.json"],
        "PENDING": [],
        "SUCCEEDED": [f"{folder}/SUCCEEDED_0.json"],
    }
    succeeded = read_json(laptop, f"{folder}/SUCCEEDED_0.json")
    assert [(each["Input"], each["Output"], each["Status"]) for each in succeeded] == [
        (json.dumps(item), json.dumps(item.upper()), "SUCCEEDED") for item in "abde"
    ]
    # The members of a file of AWS's: github.com/aodn and others parse them so (ResultObject)
    assert succeeded[0].keys() == {
        "ExecutionArn", "Input", "InputDetails", "Name", "Output", "OutputDetails", "RedriveCount", "RedriveStatus",
        "RedriveStatusReason", "StartDate", "StateMachineArn", "Status", "StopDate",
    }  # fmt: skip
    [failed] = read_json(laptop, f"{folder}/FAILED_0.json")
    assert (failed["Error"], failed["Cause"], failed["Status"]) == ("C", "It is c", "FAILED")
    assert run["itemCounts"]["resultsWritten"] == 5
    assert sum(file["Size"] for file in files["SUCCEEDED"]) == len(
        laptop.client("s3").get_object(Bucket=bucket, Key=f"{folder}/SUCCEEDED_0.json")["Body"].read()
    )


def read_json(laptop: Laptop, key: str) -> Any:
    return json.loads(laptop.client("s3").get_object(Bucket=BUCKET, Key=key)["Body"].read())


def test_results_are_transformed_without_being_exported(laptop: Laptop, role: str) -> None:
    # SFG "ResultWriter (Map)": WriterConfig alone shows the formatted output; FLATTEN flattens arrays
    pair = {"Pair": {"Type": "Pass", "End": True, "Output": ["{% $states.input %}", 1]}}
    writer = {"WriterConfig": {"Transformation": "FLATTEN", "OutputType": "JSON"}}

    done = laptop.run(role, "map-flattens", Map=distributed(pair, Items=["a", "b"], ResultWriter=writer))

    assert output(done) == ["a", 1, "b", 1]


def test_results_that_cannot_be_written_fail_the_state_by_name(laptop: Laptop, role: str) -> None:
    writer = {"Resource": "arn:aws:states:::s3:putObject", "Arguments": {"Bucket": "no-such-bucket"}}

    done = laptop.run(role, "map-unwritten", Map=distributed(ResultWriter=writer))

    assert (done["status"], done["error"]) == ("FAILED", "States.ResultWriterFailed")


def test_no_more_run_at_once_than_the_map_run_says_and_it_can_be_updated(laptop: Laptop, role: str) -> None:
    # API UpdateMapRun: "Updates an in-progress Map Run's configuration"
    stepfunctions = laptop.client("stepfunctions")
    waits = {"Wait": {"Type": "Wait", "Seconds": 99_999, "End": True}}
    arn = laptop.start(role, "map-concurrency", Map=distributed(waits, MaxConcurrency=2))
    execution = {"executionArn": arn}
    wait_until(lambda: stepfunctions.list_map_runs(**execution)["mapRuns"])
    wait_until(lambda: map_run(laptop, execution)["executionCounts"]["running"] == 2)
    assert map_run(laptop, execution)["executionCounts"]["pending"] == 3

    stepfunctions.update_map_run(mapRunArn=map_run(laptop, execution)["mapRunArn"], maxConcurrency=4)

    wait_until(lambda: map_run(laptop, execution)["executionCounts"]["running"] == 4)
    stepfunctions.stop_execution(executionArn=arn)
    wait_until(lambda: map_run(laptop, execution)["status"] == "ABORTED")
    found = map_run(laptop, execution)["executionCounts"]
    assert (found["aborted"], found["pending"], found["running"]) == (4, 1, 0)


# Fails for c until the object is there, which the second state of each child reads.
READS: dict[str, Any] = {
    "Count": {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke",
        "Next": "Read",
        "Output": "{% $states.input %}",
    },
    "Read": {
        "Type": "Task",
        "Resource": "arn:aws:states:::aws-sdk:s3:headObject",
        "Arguments": {"Bucket": BUCKET, "Key": "{% 'redrive/' & $states.input %}"},
        "Output": "{% $states.input %}",
        "End": True,
    },
}


def test_a_redriven_execution_redrives_the_children_that_did_not_succeed(
    laptop: Laptop, role: str, bucket: str
) -> None:
    # SFG "Redriving Map Runs": unsuccessful children only; Standard ones continue at the failed state; the parent's
    # other states are not run again, and its ARN, input and definition stay.
    stepfunctions, s3 = laptop.client("stepfunctions"), laptop.client("s3")
    function = laptop.function("count", role, "def handler(event, context): print('counted ' + event)\n")
    count = {**READS["Count"], "Arguments": {"FunctionName": function, "Payload": "{% $states.input %}"}}
    for key in "abde":
        s3.put_object(Bucket=bucket, Key=f"redrive/{key}", Body=b"x")
    states = {"Count": count, "Read": READS["Read"]}
    failed = laptop.run(
        role,
        "map-redrive",
        Set={"Type": "Pass", "Assign": {"kept": "{% $random() %}"}, "Next": "Map"},
        Map=distributed(states, MaxConcurrency=1, Output="{% {'items': $states.result, 'kept': $kept > 0} %}"),
    )
    assert failed["error"] == "States.ExceedToleratedFailureThreshold"
    assert failed["redriveStatus"] == "REDRIVABLE"
    before = map_run(laptop, failed)
    assert (before["executionCounts"]["succeeded"], before["executionCounts"]["failed"]) == (2, 1)
    assert before["executionCounts"]["pending"] == 2

    s3.put_object(Bucket=bucket, Key="redrive/c", Body=b"x")
    first = stepfunctions.redrive_execution(executionArn=failed["executionArn"], clientToken="once")
    again = stepfunctions.redrive_execution(executionArn=failed["executionArn"], clientToken="once")
    done = laptop.ended(failed["executionArn"])

    assert again["redriveDate"] == first["redriveDate"]
    assert output(done) == {"items": ["a", "b", "c", "d", "e"], "kept": True}
    assert (done["redriveCount"], done["redriveStatus"]) == (1, "NOT_REDRIVABLE")
    assert done["redriveStatusReason"] == "Execution is SUCCEEDED and cannot be redriven"
    after = map_run(laptop, done)
    assert (after["mapRunArn"], after["redriveCount"], after["status"]) == (before["mapRunArn"], 1, "SUCCEEDED")
    assert after["executionCounts"]["succeeded"] == 5
    by_input = {json.loads(each["input"]): each for each in children(laptop, done)}
    assert {key: each["redriveCount"] for key, each in by_input.items()} == {"a": 0, "b": 0, "c": 1, "d": 0, "e": 0}
    for wanted, counts in {"REDRIVEN": [1], "NOT_REDRIVEN": [0, 0, 0, 0]}.items():
        listed = stepfunctions.list_executions(mapRunArn=after["mapRunArn"], redriveFilter=wanted)["executions"]
        assert [each["redriveCount"] for each in listed] == counts, wanted
    logged = laptop.client("logs").filter_log_events(logGroupName="/aws/lambda/count", filterPattern="counted")
    assert sorted(each["message"].strip()[-1] for each in logged["events"]) == ["a", "b", "c", "d", "e"]
    kinds = [each["type"] for each in stepfunctions.get_execution_history(executionArn=done["executionArn"])["events"]]
    assert kinds.count("PassStateEntered") == kinds.count("MapStateEntered") == kinds.count("MapRunRedriven") == 1
    assert kinds.index("ExecutionRedriven") == kinds.index("ExecutionFailed") + 1


def test_express_children_start_over_in_a_redrive(laptop: Laptop, role: str, bucket: str) -> None:
    stepfunctions = laptop.client("stepfunctions")
    states = {"Read": {**READS["Read"], "Arguments": {"Bucket": bucket, "Key": "express/{% 1 %}"}}}
    failed = laptop.run(role, "map-express", Map=distributed(states, "EXPRESS", Items=["x"]))
    [first] = children(laptop, failed)
    laptop.client("s3").put_object(Bucket=bucket, Key="express/{% 1 %}", Body=b"x")

    stepfunctions.redrive_execution(executionArn=failed["executionArn"])
    done = laptop.ended(failed["executionArn"])

    assert output(done) == ["x"]
    assert first["executionArn"] not in [
        each["executionArn"] for each in children(laptop, done) if each["status"] == "SUCCEEDED"
    ]


def test_what_is_not_redrivable_is_refused(laptop: Laptop, role: str) -> None:
    # API RedriveExecution: ExecutionNotRedrivable, ExecutionDoesNotExist
    stepfunctions = laptop.client("stepfunctions")
    done = laptop.run(role, "map-done", Map=distributed(FAIL_C, ToleratedFailureCount=1))
    failed = next(each for each in children(laptop, done) if each["status"] == "FAILED")
    assert failed["redriveStatus"] == "REDRIVABLE_BY_MAP_RUN"

    for execution in (done, failed):
        with pytest.raises(stepfunctions.exceptions.ExecutionNotRedrivable):
            stepfunctions.redrive_execution(executionArn=execution["executionArn"])
    with pytest.raises(stepfunctions.exceptions.ExecutionDoesNotExist):
        stepfunctions.redrive_execution(executionArn=done["executionArn"] + "x")


def test_a_retry_of_the_state_is_a_new_map_run(laptop: Laptop, role: str) -> None:
    # SFG "Redriving Map Runs": Retry starts a new Map Run
    retry = [{"ErrorEquals": ["States.ALL"], "MaxAttempts": 1, "IntervalSeconds": 1}]

    failed = laptop.run(role, "map-retry", Map=distributed(FAIL_C, Retry=retry))

    runs = laptop.client("stepfunctions").list_map_runs(executionArn=failed["executionArn"])["mapRuns"]
    assert len({each["mapRunArn"] for each in runs}) == 2


NESTED = "arn:aws:states:::states:startExecution.sync:2"


def nested(laptop: Laptop, role: str, name: str, states: dict[str, Any]) -> dict[str, Any]:
    """Return a Task that starts an execution of a new machine and waits for it."""
    definition = json.dumps({"QueryLanguage": "JSONata", "StartAt": next(iter(states)), "States": states})
    made = laptop.client("stepfunctions").create_state_machine(name=name, definition=definition, roleArn=role)
    arguments = {"StateMachineArn": made["stateMachineArn"], "Input": {"letter": "{% $states.input %}"}}
    return {"Type": "Task", "Resource": NESTED, "Arguments": arguments, "End": True}


def test_children_start_executions_of_another_machine_and_wait_for_them(laptop: Laptop, role: str) -> None:
    # SFG "Start a new workflow": .sync:2 returns the output as JSON; a failure is States.TaskFailed with a description
    letter = {"Letter": {"Type": "Pass", "Output": "{% $states.input.letter %}", "Next": "Is"}}
    task = nested(laptop, role, "nested", letter | FAIL_C)

    done = laptop.run(
        role,
        "map-nested",
        Map=distributed({"Start": {**task, "Output": "{% $states.result.Output %}"}}, ToleratedFailureCount=1),
    )

    shown = output(done)
    assert [shown[index] for index in (0, 1, 3, 4)] == ["A", "B", "D", "E"]
    assert shown[2]["Error"] == "States.TaskFailed"
    cause = json.loads(shown[2]["Cause"])
    assert (cause["Status"], cause["Error"], cause["Cause"]) == ("FAILED", "C", "It is c")
    listed = laptop.client("stepfunctions").list_executions(stateMachineArn=task["Arguments"]["StateMachineArn"])
    assert len(listed["executions"]) == 5


def test_stopping_an_execution_stops_the_one_that_it_waits_for(laptop: Laptop, role: str) -> None:
    # SFG "Discover service integration patterns": with .sync, a stopped execution cancels what it started
    stepfunctions = laptop.client("stepfunctions")
    task = nested(laptop, role, "nested-waits", {"Wait": {"Type": "Wait", "Seconds": 99_999, "End": True}})
    arn = laptop.start(role, "starts-nested", Start=task)
    machine = {"stateMachineArn": task["Arguments"]["StateMachineArn"]}
    wait_until(lambda: stepfunctions.list_executions(**machine)["executions"])

    stepfunctions.stop_execution(executionArn=arn)

    wait_until(lambda: stepfunctions.list_executions(**machine)["executions"][0]["status"] == "ABORTED")


def test_the_machine_s_role_must_allow_what_a_map_run_does(laptop: Laptop, bucket: str) -> None:
    # SFG "IAM policies for using Distributed Map states"
    iam = laptop.client("iam")
    trust = {"Effect": "Allow", "Principal": {"Service": "states.amazonaws.com"}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    role = iam.create_role(RoleName="map-reader", AssumeRolePolicyDocument=document)["Role"]["Arn"]
    allowed = [{"Effect": "Allow", "Action": "states:StartExecution", "Resource": "*"}]
    policy = json.dumps({"Version": "2012-10-17", "Statement": allowed})
    iam.put_role_policy(RoleName="map-reader", PolicyName="Start", PolicyDocument=policy)
    place = {"Bucket": bucket, "Key": "in/a.json"}
    reader = {"Resource": "arn:aws:states:::s3:getObject", "Arguments": place}
    writer = {"Resource": "arn:aws:states:::s3:putObject", "Arguments": {"Bucket": bucket}}

    unread = laptop.run(role, "map-may-not-read", Map=distributed(ItemReader=reader))
    unwritten = laptop.run(role, "map-may-not-write", Map=distributed(ResultWriter=writer))

    assert (unread["error"], unwritten["error"]) == ("States.ItemReaderFailed", "States.ResultWriterFailed")
    assert "s3:GetObject" in unread["cause"]
    with pytest.raises(ClientError):
        laptop.client("s3").head_object(Bucket=bucket, Key="manifest.json")
