"""A local stack's life: it is started, found again, upgraded while it deploys, removed, reset and stopped."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest

from slipway_local.engine.settings import HOST
from slipway_local.stack.description import StackDescription
from slipway_local.stack.engine_process import free_port
from slipway_local.stack.local_stack import ARTIFACT_BUCKET, STACK_NAME
from slipway_local.stack.sam import Sam
from tests import processes
from tests.conventions.project import read_yaml
from tests.documents.blocks import blocks
from tests.integration import archives
from tests.integration.conftest import CLOCK_SCALE, CREATION_SECONDS, PROJECT, with_shared_build
from tests.integration.control import clear_faults, order
from tests.integration.deployments import Account, endpoint_name, wait_for

START_TIMEOUT = 240.0  # seconds
SHIPPED = ("template.yaml", "samconfig.toml", "functions", "statemachine", "README.md", "LICENSE")
HOSTING = {"Framework": "mxnet", "InstanceType": "ml.m5.large"}
# Of the next version: its workflow says so in every output, and one of its functions in every answer.
NEXT_WORKFLOW = (
    '      Outcome: "{% $endpoint.Action %}"\n',
    '      Outcome: "{% $endpoint.Action %}"\n      Next: true\n',
)
NEXT_FUNCTION = ("return show_deployment(", 'return {"Next": True} | show_deployment(')


def local(*arguments: str, folder: Path, answer: str = "") -> processes.Completed:
    """Run `slipway local` as a process of its own, which a stack that it starts outlives."""
    command = [sys.executable, "-m", "slipway_cli.main", "local", *arguments, "--work-folder", str(folder)]
    project = processes.project_environment()
    return processes.run(command, cwd=PROJECT, env=project, input=answer, timeout=START_TIMEOUT, check=False)


def status_of(folder: Path) -> dict[str, Any]:
    status: dict[str, Any] = json.loads(local("status", "--json", folder=folder).stdout)
    return status


@contextmanager
def foreground(folder: Path, path: str, *options: str) -> Iterator[tuple[processes.Child, str]]:
    """Start a stack in the foreground, as `make local` does; yield its process and its address."""
    port = str(free_port())
    command = [sys.executable, "-m", "slipway_local", "--port", port, "--work-folder", str(folder), *options]
    with processes.started(command, cwd=PROJECT, env=processes.project_environment(PATH=path)) as process:
        yield process, f"http://{HOST}:{port}"


def left_of(children: list[psutil.Process]) -> list[psutil.Process]:
    """Return the processes that do not end; none of them is a child of this one."""
    return psutil.wait_procs(children, timeout=60)[1]


@pytest.fixture(scope="module")
def work_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return with_shared_build(tmp_path_factory.mktemp("stack"))


@pytest.fixture(scope="module")
def own(path_with_tools: str, work_folder: Path) -> Iterator[Account]:
    """Return the account of a stack that only this module uses."""
    with running_stack(path_with_tools, work_folder) as account:
        yield account


@pytest.fixture
def removable_folder(tmp_path: Path) -> Path:
    folder = tmp_path / "stack"
    folder.mkdir()
    return with_shared_build(folder)


@pytest.fixture
def removable(path_with_tools: str, removable_folder: Path) -> Iterator[Account]:
    """Return the account of a stack that only one test uses, which may remove it or reset it.

    Another process of pytest may run the tests of this module in another order.
    """
    with running_stack(path_with_tools, removable_folder) as account:
        yield account


@contextmanager
def running_stack(path: str, folder: Path) -> Iterator[Account]:
    """Yield the account of a stack that is started by `make local`, and stopped."""
    clock = ("--clock-scale", str(CLOCK_SCALE), "--creation-seconds", str(CREATION_SECONDS))
    with foreground(folder, path, *clock) as (process, url):
        printed = process.stdout.until("Ctrl-C stops it", timeout=START_TIMEOUT)
        described = json.loads((folder / "stack.json").read_text(encoding="utf-8"))
        assert described["endpoint_url"] == url
        assert printed.count("\n  aws ") == 3, "three commands to try"
        assert described["model_bucket"] in printed
        yield Account(StackDescription(**described))
        children = psutil.Process(status_of(folder)["pid"]).children(recursive=True)
        down = local("down", "--json", folder=folder)
        assert json.loads(down.stdout) == {"Running": False, "Stopped": True}
        assert process.wait() == 128 + signal.SIGTERM
    assert children
    assert left_of(children) == []
    status = local("status", folder=folder)
    assert (status.returncode, status.stdout) == (3, "No local stack is running.\n")
    assert local("down", folder=folder).stdout == "No local stack is running.\n"


def environment(account: Account) -> dict[str, str]:
    return {**os.environ, **account.environment, "SAM_CLI_TELEMETRY": "0"}


def next_version(folder: Path) -> Path:
    """Return a copy of the project whose workflow and one of whose functions have changed."""
    for name in SHIPPED:
        source = PROJECT / name
        shutil.copytree(source, folder / name) if source.is_dir() else shutil.copy(source, folder / name)
    for file, (old, new) in {
        "statemachine/deploy_endpoint.asl.yaml": NEXT_WORKFLOW,
        "functions/show_deployment/app.py": NEXT_FUNCTION,
    }.items():
        text = (folder / file).read_text(encoding="utf-8")
        assert old in text, file
        (folder / file).write_text(text.replace(old, new), encoding="utf-8")
    return folder


def upgrade(account: Account, folder: Path) -> None:
    project, work_folder = folder / "project", folder / "work"
    project.mkdir()
    work_folder.mkdir()
    sam = Sam(next_version(project), work_folder, environment(account))
    sam.build()
    sam.deploy(ARTIFACT_BUCKET)


def answer_of(account: Account, function: str, request: dict[str, Any]) -> dict[str, Any]:
    """Invoke a function of the stack, by its logical id."""
    stack = account.client("cloudformation")
    name = stack.describe_stack_resource(StackName=STACK_NAME, LogicalResourceId=function)
    resource = name["StackResourceDetail"]["PhysicalResourceId"]
    invoked = account.client("lambda").invoke(FunctionName=resource, Payload=json.dumps(request))
    answer: dict[str, Any] = json.loads(invoked["Payload"].read())
    return answer


def seen_of(account: Account, name: str) -> tuple[Any, ...]:
    """Return what an update of an endpoint would change."""
    found = account.sagemaker.describe_endpoint(EndpointName=name)
    return found["EndpointStatus"], found["EndpointConfigName"], found["CreationTime"], found["LastModifiedTime"]


def deployment(account: Account, name: str, factor: int) -> dict[str, Any]:
    uri = account.upload(f"elsewhere/{name}/{factor}.tar.gz", archives.answering(factor))
    return {"EndpointName": name, "ModelDataUrl": uri, **HOSTING}


def there_is_one(account: Account, name: str) -> bool:
    return bool(account.made_for(name)["Endpoints"])


def left(account: Account) -> dict[str, list[str]]:
    """Return the names of everything of the stack that there is, but for its buckets."""
    client = account.client
    found = {
        "functions": [one["FunctionName"] for one in client("lambda").list_functions()["Functions"]],
        "workflows": [one["name"] for one in client("stepfunctions").list_state_machines()["stateMachines"]],
        "rules": [one["Name"] for one in client("events").list_rules()["Rules"]],
        "schedules": [one["Name"] for one in client("scheduler").list_schedules()["Schedules"]],
        "queues": client("sqs").list_queues().get("QueueUrls", []),
        "topics": [one["TopicArn"] for one in client("sns").list_topics()["Topics"]],
        "alarms": [one["AlarmName"] for one in client("cloudwatch").describe_alarms()["MetricAlarms"]],
        "dashboards": [one["DashboardName"] for one in client("cloudwatch").list_dashboards()["DashboardEntries"]],
        "apis": [one["Name"] for one in client("apigatewayv2").get_apis()["Items"]],
        "roles": [one["RoleName"] for one in client("iam").list_roles()["Roles"]],
        "logs": [one["logGroupName"] for one in client("logs").describe_log_groups()["logGroups"]],
    }
    return {kind: [name for name in names if STACK_NAME in name] for kind, names in found.items()}


def objects(account: Account, bucket: str) -> list[str]:
    return [found["Key"] for found in account.s3.list_objects_v2(Bucket=bucket).get("Contents", [])]


def buckets(account: Account) -> set[str]:
    return {bucket["Name"] for bucket in account.s3.list_buckets()["Buckets"]}


@pytest.mark.full
def test_an_upgrade_touches_no_endpoint_and_what_is_in_flight_ends_as_it_began(own: Account, tmp_path: Path) -> None:
    standing, coming = endpoint_name("standing"), endpoint_name("coming")
    own.deploy(deployment(own, standing, 2))
    before = seen_of(own, standing)
    order(own, Fault="StuckCreating", EndpointName=coming)
    in_flight = own.start(deployment(own, coming, 3))
    wait_for(lambda: there_is_one(own, coming) or None)

    upgrade(own, tmp_path)

    assert seen_of(own, standing) == before
    assert own.invoke(standing, [1, 2])["sum"] == 6
    assert own.stepfunctions.describe_execution(executionArn=in_flight)["status"] == "RUNNING"
    clear_faults(own)
    ended = own.end_of(in_flight)
    assert (ended.status, ended.output["Outcome"], "Next" in ended.output) == ("SUCCEEDED", "Created", False)
    assert own.invoke(coming, [1, 2])["sum"] == 9
    # The next one is the new version's, and finds everything as it is.
    again = own.deploy(deployment(own, standing, 2))
    assert (again["Outcome"], again["Next"]) == ("AlreadyDeployed", True)
    request = {"pathParameters": {"id": in_flight.rpartition(":")[2]}}
    assert json.loads(answer_of(own, "ShowDeploymentFunction", request)["body"])["Next"] is True


@pytest.mark.full
def test_what_is_packaged_is_ready_to_be_published(own: Account, work_folder: Path, tmp_path: Path) -> None:
    target = tmp_path / "packaged.yaml"
    options = ("--s3-bucket", ARTIFACT_BUCKET, "--output-template-file", str(target))
    sam(own, "package", "--template-file", str((work_folder / "build").resolve() / "template.json"), *options)

    packaged = read_yaml(target.read_text(encoding="utf-8"))
    about = packaged["Metadata"]["AWS::ServerlessRepo::Application"]
    uploaded = {
        own.s3.get_object(Bucket=ARTIFACT_BUCKET, Key=uri.rpartition("/")[2])["Body"].read()
        for uri in (about["ReadmeUrl"], about["LicenseUrl"])
    }
    assert uploaded == {(PROJECT / name).read_bytes() for name in ("README.md", "LICENSE")}


@pytest.mark.full
def test_a_removed_stack_leaves_its_bucket_and_what_it_deployed(removable: Account, tmp_path: Path) -> None:
    name = endpoint_name("outliving")
    removable.deploy(deployment(removable, name, 4))
    removable.upload(f"elsewhere/{name}/4.tar.gz", archives.answering(4))  # a second version of an object
    removable.s3.delete_object(
        Bucket=removable.description.model_bucket, Key=f"elsewhere/{name}/4.tar.gz"
    )  # and a marker
    assert all(left(removable).values()), "everything is looked for in the right place"
    bucket = removable.description.model_bucket
    models = objects(removable, bucket)
    options = ("--no-prompts", "--region", removable.description.region, "--s3-bucket", ARTIFACT_BUCKET, "--s3-prefix")

    sam(removable, "delete", *options, STACK_NAME)

    assert left(removable) == {kind: [] for kind in left(removable)}
    assert objects(removable, bucket) == models, "the models are their owner's"
    # Endpoints are not the stack's: docs/removing.md says how to delete them before, and after.
    assert removable.invoke(name, [1, 2])["sum"] == 12

    empty_as_documented(removable, bucket, tmp_path)

    assert bucket not in buckets(removable)


@pytest.mark.full
def test_a_stack_that_is_running_is_found_again_and_reset(removable: Account, removable_folder: Path) -> None:
    first = status_of(removable_folder)
    assert first["Running"]
    children = psutil.Process(first["pid"]).children(recursive=True)
    again = local("up", "--json", folder=removable_folder)
    assert (again.returncode, json.loads(again.stdout)["endpoint_url"]) == (0, removable.description.endpoint_url)
    assert status_of(removable_folder)["pid"] == first["pid"]

    removable.s3.create_bucket(Bucket="of-a-user")
    assert local("reset", folder=removable_folder, answer="n\n").returncode == 1
    assert "of-a-user" in buckets(removable)
    reset = local("reset", "--yes", folder=removable_folder)

    assert reset.returncode == 0, reset.stderr
    second = status_of(removable_folder)
    assert (second["endpoint_url"], second["pid"] != first["pid"]) == (first["endpoint_url"], True)
    assert f"--clock-scale {CLOCK_SCALE}" in " ".join(psutil.Process(second["pid"]).cmdline()), "as it was started"
    assert "of-a-user" not in buckets(removable)
    assert second["model_bucket"] in buckets(removable)
    assert left_of(children) == []


def test_make_local_starts_it_on_the_port_that_is_given() -> None:
    # A port that is none ends the command at once. Nothing is made again while tests use it.
    made = processes.run(["make", "--old-file=setup", "local", "PORT=none"], cwd=PROJECT, check=False)
    assert "Invalid value for '--port': 'none' is not a valid integer range." in made.stderr


def test_ctrl_c_ends_a_stack_that_is_starting(tmp_path: Path, path_with_tools: str) -> None:
    with foreground(tmp_path, path_with_tools) as (process, _):
        process.stdout.until("sam build", timeout=START_TIMEOUT)
        children = psutil.Process(process.pid).children(recursive=True)
        process.send(signal.SIGINT)
        assert process.wait() == 0
    assert children
    assert left_of(children) == []
    assert not (tmp_path / "stack.json").exists()


@pytest.mark.parametrize("left_behind", ["", '{"endpoint_url": "http://127.0.0.1:1"}'])
def test_what_keeps_it_from_coming_up_is_shown(tmp_path: Path, left_behind: str) -> None:
    (tmp_path / "stack.json").write_text(left_behind, encoding="utf-8")
    with socket.socket() as taken:
        taken.bind((HOST, 0))
        taken.listen()
        port = taken.getsockname()[1]
        up = local("up", "--port", str(port), folder=tmp_path)

    assert up.returncode == 1
    assert f"starting the engine on http://{HOST}:{port}" in up.stdout
    assert f"Port {port} of {HOST} is taken" in up.stderr
    assert local("status", folder=tmp_path).returncode == 3


def sam(account: Account, command: str, *options: str) -> None:
    """Run the SAM CLI as a user does, with the flags of `local` and what was built."""
    config = ["--config-file", str(PROJECT / "samconfig.toml"), "--config-env", "local"]
    call = ["sam", command, *config, *options]
    processes.run(call, env=environment(account))


def empty_as_documented(account: Account, bucket: str, folder: Path) -> None:
    """Delete a bucket with the commands of docs/removing.md, in an empty folder."""
    (block,) = [one for one in blocks(PROJECT / "docs" / "removing.md") if one.run_by]
    commands = [line.removeprefix("$ ") for line in block.lines]
    assert commands[0].startswith("BUCKET=")
    script = "\n".join([f"BUCKET={bucket}", *commands[1:]])
    processes.run(["bash", "-euo", "pipefail", "-c", script], cwd=folder, env=environment(account))
