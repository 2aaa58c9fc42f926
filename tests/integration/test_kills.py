"""What a deployment comes to when a process of the local stack is killed under it, and what an ended stack leaves.

docs/local-stack.md, "When a process is killed", is the table of what is shown here.
"""

from __future__ import annotations

import os
import signal
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import psutil
import pytest

from slipway_cli.sdk.executions import Execution
from slipway_local.engine.folder import PREFIX
from slipway_local.stack.local_stack import LocalStack
from tests import processes
from tests.integration import archives
from tests.integration.conftest import new_stack
from tests.integration.deployments import Account, endpoint_name, wait_for

# Stacks of its own, one after the other; tests/contract/engine/test_engine_ends.py has the representatives.
pytestmark = [pytest.mark.full, pytest.mark.timeout(900)]
HOSTING = {"Framework": "mxnet", "InstanceType": "ml.m5.large"}
AT_ONCE = 6
PATIENCE = 60.0  # seconds to end on a busy machine; on a quiet one it is less than 10


@pytest.fixture(scope="module")
def stack(path_with_tools: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalStack]:
    """Return the stack whose functions and containers are killed."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", path_with_tools)
        with new_stack(tmp_path_factory.mktemp("killed")) as running:
            yield running


def functions(stack: LocalStack) -> list[psutil.Process]:
    return processes.functions_below(stack.engine.pid)


def containers(stack: LocalStack) -> list[psutil.Process]:
    return [each for each in below(stack) if "slipway_local.container" in command(each)]


def below(stack: LocalStack) -> list[psutil.Process]:
    found: list[psutil.Process] = psutil.Process(stack.engine.pid).children(recursive=True)
    return found


def command(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())
    except psutil.NoSuchProcess:
        return ""


def start_deployments(account: Account) -> dict[str, str]:
    """Start deployments of new endpoints; return their executions by the endpoint's name."""
    names = [endpoint_name("killed") for _ in range(AT_ONCE)]
    uris = {name: account.upload(f"kills/{name}/model.tar.gz", archives.answering(2)) for name in names}
    return {name: account.start({"EndpointName": name, "ModelDataUrl": uri, **HOSTING}) for name, uri in uris.items()}


def ended(
    account: Account, executions: dict[str, str], meanwhile: Callable[[], object] = lambda: None
) -> dict[str, Execution]:
    """Wait for the ends of deployments, and do something all the while."""

    def are_ended() -> bool | None:
        meanwhile()
        described = (account.stepfunctions.describe_execution(executionArn=arn) for arn in executions.values())
        return True if all(each["status"] != "RUNNING" for each in described) else None

    wait_for(are_ended)
    return {name: account.end_of(arn) for name, arn in executions.items()}


def assert_each_is_deployed_or_gone(account: Account, ends: dict[str, Execution]) -> None:
    """Each deployment is Created and serves, or failed by a name of its own and left nothing."""
    for name, end in ends.items():
        if end.status == "SUCCEEDED":
            assert end.output["Outcome"] == "Created"
            assert wait_for(partial(answered, account, name)) == {"sum": 6, "factor": 2}
        else:
            # Lambda.Unknown is the name of a function that was killed in every attempt (docs/errors.md).
            assert end.error == "Lambda.Unknown" or "." not in end.error, end
            assert end.explanation["Hint"], end
            assert not any(account.made_for(name).values()), end


def answered(account: Account, name: str) -> dict[str, object] | None:
    try:
        return account.invoke(name, [1, 2])
    except account.runtime.exceptions.ModelError:  # its container is just being started again
        return None


def test_deployments_whose_functions_are_killed_end_by_name_and_leave_nothing(stack: LocalStack) -> None:
    account, killed = Account(stack.description), list[int]()

    def kill_one() -> None:
        for worker in functions(stack)[:1] if len(killed) < 2 * AT_ONCE else []:
            worker.kill()
            killed.append(worker.pid)
        time.sleep(0.05)

    ends = ended(account, start_deployments(account), kill_one)

    assert len(killed) >= AT_ONCE // 2  # how many are seen before the deployments end depends on the machine
    assert_each_is_deployed_or_gone(account, ends)
    after = account.run(
        {
            "EndpointName": "after",
            "ModelDataUrl": account.upload("kills/after/model.tar.gz", archives.answering(3)),
            **HOSTING,
        }
    )
    assert after.output["Outcome"] == "Created"


def test_endpoints_whose_containers_are_killed_come_in_service_or_fail_by_name(stack: LocalStack) -> None:
    account, killed = Account(stack.description), set[int]()

    def kill_new_ones() -> None:
        for container in containers(stack):
            if container.pid not in killed and len(killed) < AT_ONCE:
                killed.add(container.pid)
                container.kill()

    ends = ended(account, start_deployments(account), kill_new_ones)

    assert len(killed) == AT_ONCE
    assert_each_is_deployed_or_gone(account, ends)


def folder_of(stack: LocalStack) -> set[Path]:
    """Return the temporary folder of an engine, which its functions run in."""
    folders = Path(tempfile.gettempdir()).glob(f"{PREFIX}*")
    used = {Path(function.cwd()) for function in functions(stack)}
    return {folder for folder in folders if any(path.is_relative_to(folder) for path in used)}


def left_of(ended: list[psutil.Process]) -> list[psutil.Process]:
    """Wait for processes to end, and return those that have not."""
    _, alive = psutil.wait_procs(ended, timeout=PATIENCE)
    return [process for process in alive if process.status() != psutil.STATUS_ZOMBIE]


def under_load(stack: LocalStack) -> list[psutil.Process]:
    """Have deployments under way, and return the engine's processes."""
    account = Account(stack.description)
    start_deployments(account)
    wait_for(lambda: True if functions(stack) and containers(stack) else None)
    return [psutil.Process(stack.engine.pid), *below(stack)]


def test_what_a_killed_engine_leaves_ends_or_is_removed_by_the_next_which_ends_by_sigterm_too(
    tmp_path: Path, path_with_tools: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", path_with_tools)
    with new_stack(tmp_path / "killed") as stack:  # other tests of this module may come after this one
        started = under_load(stack)
        [abandoned] = folder_of(stack)

        os.kill(stack.engine.pid, signal.SIGKILL)

        assert left_of(started) == []
    assert abandoned.exists()
    with new_stack(tmp_path / "next") as running:
        assert not abandoned.exists()
        started = under_load(running)
        [folder] = folder_of(running)

        os.kill(running.engine.pid, signal.SIGTERM)

        assert left_of(started) == []
        assert not folder.exists()
