"""The probes: each the smallest sequence of AWS calls that answers one question, and returns the answer.

An answer is a word or two that is compared with the expected one; what AWS said in full is added after a colon.
"""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta
from typing import Any

from slipway_cli.doctor.lab import ACCEPTED, INSTANCE_TYPE, SERVERLESS, Lab, model_archive

LOCAL_DISKS = ("ml.m5d.large", "ml.g4dn.xlarge", "ml.g5.xlarge", "ml.g6.xlarge", "ml.trn1.2xlarge")
POOLS = {"InstancePools": [{"InstanceType": INSTANCE_TYPE, "Priority": 1}], "InitialInstanceCount": 1}
METRIC_PATIENCE = 15 * 60.0  # seconds
QUOTA_PAGES = 60


def refused_or_accepted(answer: str) -> str:
    """Return "accepted", or "refused" with AWS's words."""
    return ACCEPTED if answer == ACCEPTED else f"refused: {answer}"


def text_begins(answers: dict[str, str], words: str) -> str:
    """Return "as expected" when each answer is a ValidationException whose text begins with the words."""
    others = [
        f"{call}: {answer}"
        for call, answer in answers.items()
        if not answer.startswith(f"ValidationException: {words}")
    ]
    return f"otherwise: {'; '.join(others)}" if others else f"as expected: {'; '.join(answers.values())}"


# Texts that errors are recognised by


def not_found_texts(lab: Lab) -> str:
    name = lab.name("missing")
    kinds = {"endpoint": "EndpointName", "endpoint_config": "EndpointConfigName", "model": "ModelName"}
    calls = [(f"{verb}_{kind}", {member: name}) for kind, member in kinds.items() for verb in ("describe", "delete")]
    calls.append(("create_endpoint", {"EndpointName": name, "EndpointConfigName": name}))
    return text_begins({call: lab.answer("sagemaker", call, **request) for call, request in calls}, "Could not find ")


def already_exists_texts(lab: Lab) -> str:
    model = lab.model_request()
    lab.sagemaker("create_model", **model)
    config = lab.config_request(str(model["ModelName"]))
    lab.sagemaker("create_endpoint_config", **config)
    answers = {
        "create_model": lab.answer("sagemaker", "create_model", **model),
        "create_endpoint_config": lab.answer("sagemaker", "create_endpoint_config", **config),
    }
    return text_begins(answers, "Cannot create already existing ")


def busy_texts(lab: Lab) -> str:
    config = lab.config(hosting={"ServerlessConfig": SERVERLESS})
    other = lab.config(hosting={"ServerlessConfig": SERVERLESS})
    name = lab.create_endpoint(config)
    answers = {
        "update_endpoint": lab.answer("sagemaker", "update_endpoint", EndpointName=name, EndpointConfigName=other),
        "delete_endpoint": lab.answer("sagemaker", "delete_endpoint", EndpointName=name),
    }
    return text_begins(answers, "Cannot update in-progress endpoint")


def invocation_of_nothing(lab: Lab) -> str:
    answer = lab.answer("sagemaker-runtime", "invoke_endpoint", EndpointName=lab.name("missing"), Body=b"1")
    return f"{answer.split(':', 1)[0]}: {answer}"


def sdk_error_name(lab: Lab) -> str:
    describe = {"EndpointName": lab.name("missing")}
    state = {"Type": "Task", "Resource": "arn:aws:states:::aws-sdk:sagemaker:describeEndpoint", "End": True}
    ended = _execution_of(lab, _state_machine(lab, {**state, "Arguments": describe}))
    return f"{ended.get('error', 'no error')}: {ended.get('cause', '')}"


def _state_machine(lab: Lab, state: dict[str, Any]) -> str:
    """Create a state machine of one state, with the role of the workflow; return its ARN."""
    name = lab.name("states")
    workflow = lab.target.state_machine_arn
    arn = f"{workflow.rpartition(':')[0]}:{name}"
    role = lab.call("stepfunctions", "describe_state_machine", stateMachineArn=workflow)["roleArn"]
    definition = {"QueryLanguage": "JSONata", "StartAt": "Only", "States": {"Only": state}}
    lab.undo(f"state machine {name}", lambda: lab.call("stepfunctions", "delete_state_machine", stateMachineArn=arn))
    lab.call("stepfunctions", "create_state_machine", name=name, definition=json.dumps(definition), roleArn=role)
    return arn


def _execution_of(lab: Lab, machine: str) -> dict[str, Any]:
    """Start a state machine; return how its execution ended."""
    arn = lab.call("stepfunctions", "start_execution", stateMachineArn=machine)["executionArn"]

    def ended() -> dict[str, Any] | None:
        found = lab.call("stepfunctions", "describe_execution", executionArn=arn)
        return None if found["status"] == "RUNNING" else found

    found: dict[str, Any] = lab.until(ended, "The execution has not ended")
    return found


# Models and configurations


def matching_etag(lab: Lab) -> str:
    etag = lab.call("s3", "head_object", Bucket=lab.bucket, Key=lab.archive)["ETag"].strip('"')
    request = lab.model_request(ModelDataUrl=None, ModelDataSource=lab.model_data_source(ETag=etag))
    return refused_or_accepted(lab.answer("sagemaker", "create_model", **request))


def other_etag(lab: Lab) -> str:
    request = lab.model_request(ModelDataUrl=None, ModelDataSource=lab.model_data_source(ETag="0" * 32))
    answer = lab.answer("sagemaker", "create_model", **request)
    if answer != ACCEPTED:
        return f"not served: CreateModel: {answer}"
    described = lab.settled(lab.create_endpoint(lab.config(str(request["ModelName"]))))
    status = described["EndpointStatus"]
    return "served" if status == "InService" else f"not served: {status}: {described.get('FailureReason', '')}"


def serverless_model_data_source(lab: Lab) -> str:
    model = lab.model_request(ModelDataUrl=None, ModelDataSource=lab.model_data_source())
    lab.sagemaker("create_model", **model)
    config = lab.config_request(str(model["ModelName"]), {"ServerlessConfig": SERVERLESS})
    answer = lab.answer("sagemaker", "create_endpoint_config", **config)
    if answer != ACCEPTED:
        return f"refused: CreateEndpointConfig: {answer}"
    described = lab.settled(lab.create_endpoint(str(config["EndpointConfigName"])))
    status = described["EndpointStatus"]
    return ACCEPTED if status == "InService" else f"refused: {status}: {described.get('FailureReason', '')}"


def type_and_pools(lab: Lab) -> str:
    request = lab.config_request(hosting={**POOLS, "InstanceType": INSTANCE_TYPE})
    return refused_or_accepted(lab.answer("sagemaker", "create_endpoint_config", **request))


def volume_on_local_disks(lab: Lab) -> str:
    answers = {}
    for instance_type in LOCAL_DISKS:
        hosting = {"InstanceType": instance_type, "InitialInstanceCount": 1, "VolumeSizeInGB": 30}
        request = lab.config_request(hosting=hosting)
        answers[instance_type] = lab.answer("sagemaker", "create_endpoint_config", **request)
    taken = [instance_type for instance_type, answer in answers.items() if answer == ACCEPTED]
    return f"accepted: {', '.join(taken)}" if taken else f"refused: {answers[LOCAL_DISKS[0]]}"


def tag_keys_case(lab: Lab) -> str:
    tags = [{"Key": "Owner", "Value": "a"}, {"Key": "owner", "Value": "b"}]
    answer = lab.answer("sagemaker", "create_model", **lab.model_request(), Tags=tags)
    return refused_or_accepted(answer)


def deletion_in_use(lab: Lab) -> str:
    model = lab.model_request()
    lab.sagemaker("create_model", **model)
    config = lab.config(str(model["ModelName"]), {"ServerlessConfig": SERVERLESS})
    lab.settled(lab.create_endpoint(config))
    answers = [
        lab.answer("sagemaker", "delete_endpoint_config", EndpointConfigName=config),
        lab.answer("sagemaker", "delete_model", ModelName=model["ModelName"]),
    ]
    refused = [answer for answer in answers if answer != ACCEPTED]
    return f"refused: {'; '.join(refused)}" if refused else ACCEPTED


# Updates


def _update(lab: Lab, kind: str, **request: Any) -> str:
    answer = lab.answer("sagemaker", "update_endpoint", EndpointName=lab.endpoint(kind), **request)
    return refused_or_accepted(answer)


def real_time_to_asynchronous(lab: Lab) -> str:
    return _update(lab, "instances", EndpointConfigName=lab.config(**lab.asynchronous()))


def asynchronous_to_real_time(lab: Lab) -> str:
    return _update(lab, "asynchronous", EndpointConfigName=lab.config())


def serverless_to_asynchronous(lab: Lab) -> str:
    return _update(lab, "serverless", EndpointConfigName=lab.config(**lab.asynchronous()))


def serverless_to_pools(lab: Lab) -> str:
    name = lab.create_endpoint(lab.config(hosting={"ServerlessConfig": SERVERLESS}))
    lab.settled(name)
    config = lab.config(hosting=POOLS)
    answer = lab.answer("sagemaker", "update_endpoint", EndpointName=name, EndpointConfigName=config)
    if answer != ACCEPTED:
        return f"refused: {answer}"
    described = lab.settled(name)
    if described["EndpointConfigName"] == config:
        return ACCEPTED
    return f"rolled back: {described.get('FailureReason', '')}"


def pending_summary(lab: Lab) -> str:
    name = lab.endpoint("instances")
    before = lab.sagemaker("describe_endpoint", EndpointName=name)["EndpointConfigName"]
    after = lab.config(hosting={"InstanceType": INSTANCE_TYPE, "InitialInstanceCount": 1})
    lab.sagemaker("update_endpoint", EndpointName=name, EndpointConfigName=after)
    described = lab.sagemaker("describe_endpoint", EndpointName=name)
    pending = described.get("PendingDeploymentSummary", {}).get("EndpointConfigName")
    is_as_assumed = (described["EndpointConfigName"], pending) == (before, after)
    lab.settled(name)
    return "old and pending" if is_as_assumed else f"otherwise: {described['EndpointStatus']}, pending {bool(pending)}"


def _guarded(lab: Lab, alarm: str) -> str:
    name = lab.endpoint("instances")
    before = lab.sagemaker("describe_endpoint", EndpointName=name)["EndpointConfigName"]
    guard = {
        "BlueGreenUpdatePolicy": {"TrafficRoutingConfiguration": {"Type": "ALL_AT_ONCE", "WaitIntervalInSeconds": 60}},
        "AutoRollbackConfiguration": {"Alarms": [{"AlarmName": alarm}]},
    }
    answer = _update(lab, "instances", EndpointConfigName=lab.config(), DeploymentConfig=guard)
    if answer != ACCEPTED:
        return answer
    described = lab.settled(name)
    if described["EndpointConfigName"] == before:
        return f"rolled back: {described.get('FailureReason', '')}"
    return "updated"


def missing_alarm(lab: Lab) -> str:
    return _guarded(lab, lab.name("no-alarm"))


def firing_alarm(lab: Lab) -> str:
    alarm = lab.name("alarm")
    lab.undo(f"alarm {alarm}", lambda: lab.call("cloudwatch", "delete_alarms", AlarmNames=[alarm]))
    lab.call(
        "cloudwatch",
        "put_metric_alarm",
        AlarmName=alarm,
        Namespace=lab.run,
        MetricName="Nothing",
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanOrEqualToThreshold",
        TreatMissingData="breaching",
    )
    lab.call("cloudwatch", "set_alarm_state", AlarmName=alarm, StateValue="ALARM", StateReason="slipway doctor --probe")
    return _guarded(lab, alarm)


# What descriptions, archives, metrics and events say


def modified_while_creating(lab: Lab) -> str:
    name = lab.create_endpoint(lab.config(hosting={"ServerlessConfig": SERVERLESS}))
    seen: list[datetime] = []

    def moved_on() -> bool:
        described = lab.sagemaker("describe_endpoint", EndpointName=name)
        if described["EndpointStatus"] == "Creating":
            seen.append(described["LastModifiedTime"])
            return False
        return True

    lab.until(moved_on, "The endpoint has not settled")
    return "stands still" if len(set(seen)) == 1 else f"moves: {len(set(seen))} values in {len(seen)} descriptions"


def modified_by_tags(lab: Lab) -> str:
    found = lab.sagemaker("describe_endpoint", EndpointName=lab.endpoint("serverless"))
    lab.sagemaker("add_tags", ResourceArn=found["EndpointArn"], Tags=[{"Key": "slipway-probe", "Value": lab.run}])
    after = lab.sagemaker("describe_endpoint", EndpointName=found["EndpointName"])
    return "stands still" if after["LastModifiedTime"] == found["LastModifiedTime"] else "moves"


def hard_links(lab: Lab) -> str:
    link = "linked.txt"
    key = lab.upload("hard-link.tar.gz", model_archive(hard_link=link))
    model = lab.model_request(ModelDataUrl=f"s3://{lab.bucket}/{key}")
    lab.sagemaker("create_model", **model)
    hosting = {"ServerlessConfig": SERVERLESS}
    described = lab.settled(lab.create_endpoint(lab.config(str(model["ModelName"]), hosting)))
    if described["EndpointStatus"] != "InService":
        return f"refused: {described.get('FailureReason', '')}"
    files = _invoked(lab, described["EndpointName"])
    return f"{'unpacked' if link in files else 'left out'}: {', '.join(files)}"


def _invoked(lab: Lab, endpoint: str) -> list[str]:
    """Return the files that the container of an endpoint finds in its model directory."""
    request = {"EndpointName": endpoint, "Body": b"1", "ContentType": "text/csv", "Accept": "application/json"}
    answer = lab.call("sagemaker-runtime", "invoke_endpoint", **request)
    found: list[str] = json.loads(answer["Body"].read())
    return found


def metric_delay(lab: Lab) -> str:
    name = lab.endpoint("instances")
    _invoked(lab, name)
    invoked = time.monotonic()
    dimensions = [{"Name": "EndpointName", "Value": name}, {"Name": "VariantName", "Value": "AllTraffic"}]

    def shown() -> bool:
        now = datetime.now(UTC)
        found = lab.call(
            "cloudwatch",
            "get_metric_statistics",
            Namespace="AWS/SageMaker",
            MetricName="Invocations",
            Dimensions=dimensions,
            StartTime=now - timedelta(hours=1),
            EndTime=now + timedelta(minutes=1),
            Period=60,
            Statistics=["Sum"],
        )
        return any(point["Sum"] for point in found["Datapoints"])

    lab.until(shown, "No Invocations were shown", METRIC_PATIENCE)
    seconds = time.monotonic() - invoked
    return f"{'within 5 minutes' if seconds <= 300 else 'later'}: {seconds:.0f} s"  # noqa: PLR2004 - in the words


def asynchronous_metric(lab: Lab) -> str:
    name = lab.endpoint("asynchronous")
    payload = lab.upload("payload.csv", b"1")
    location = f"s3://{lab.bucket}/{payload}"
    output = f"inference/{lab.run}/"
    lab.undo(f"objects below {output}", lambda: lab.delete_versions(output))
    lab.call("sagemaker-runtime", "invoke_endpoint_async", EndpointName=name, InputLocation=location)

    def names() -> set[str]:
        dimensions = [{"Name": "EndpointName", "Value": name}, {"Name": "VariantName", "Value": "AllTraffic"}]
        found = lab.call("cloudwatch", "list_metrics", Namespace="AWS/SageMaker", Dimensions=dimensions)
        return {metric["MetricName"] for metric in found["Metrics"] if "Process" in metric["MetricName"]} - {
            "TotalProcessingTime"
        }

    found = sorted(lab.until(names, "No metric of processed invocations was listed", METRIC_PATIENCE))
    return f"{found[0]}: {', '.join(found)}"


def quota_names(lab: Lab) -> str:
    wanted = f"{INSTANCE_TYPE} for endpoint usage"
    pages = lab.target.client("service-quotas").get_paginator("list_service_quotas")
    read = 0
    for page in pages.paginate(ServiceCode="sagemaker", PaginationConfig={"PageSize": 100}):
        read += 1
        if any(quota["QuotaName"] == wanted for quota in page["Quotas"]):
            return f"{'found' if read <= QUOTA_PAGES else 'late'}: on page {read}"
    return f"missing: {read} pages have no {wanted}"


def failure_event(lab: Lab) -> str:
    machine = _state_machine(lab, {"Type": "Fail", "Error": "ProbeError", "Cause": "slipway doctor --probe"})
    pattern = {"source": ["aws.states"], "detail": {"stateMachineArn": [machine], "status": ["FAILED"]}}
    with lab.events(pattern) as events:
        _execution_of(lab, machine)
        (event, *_) = lab.until(events, "No event of the execution's end arrived")
    return f"{event['detail'].get('error', 'absent')}: members {', '.join(sorted(event['detail']))}"


def key_in_event(lab: Lab) -> str:
    pattern = {"source": ["aws.s3"], "detail-type": ["Object Created"], "detail": {"bucket": {"name": [lab.bucket]}}}
    with lab.events(pattern) as events:
        key = lab.upload("a b+c é.txt", b"1")
        start = key.rpartition("/")[0]
        keys = lab.until(
            lambda: [found for event in events() if (found := event["detail"]["object"]["key"]).startswith(start)],
            "No event of the upload arrived",
        )
    return "as uploaded" if key in keys else f"encoded: {keys[0]}"


def dashboard(lab: Lab) -> str:
    body = lab.call("cloudwatch", "get_dashboard", DashboardName=lab.target.stack)["DashboardBody"]
    name = lab.name("dashboard")
    lab.undo(f"dashboard {name}", lambda: lab.call("cloudwatch", "delete_dashboards", DashboardNames=[name]))
    answer = lab.call("cloudwatch", "put_dashboard", DashboardName=name, DashboardBody=body)
    messages = [message["Message"] for message in answer.get("DashboardValidationMessages", [])]
    return f"with messages: {'; '.join(messages)}" if messages else "valid"
