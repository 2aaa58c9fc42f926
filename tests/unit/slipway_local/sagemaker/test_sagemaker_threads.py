"""Calls and background work in many threads at once."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor

from tests.processes import TIMEOUT
from tests.unit.slipway_local.sagemaker.world import FakeClock, World, variant

from slipway_local.sagemaker import Fault, SageMakerError, Settings
from slipway_local.sagemaker.deployments import thread_executor

THREADS = 16


def outcomes(world: World, operation: str, params: Mapping[str, object]) -> Counter[str]:
    """Return how often each outcome of 64 calls in 16 threads was seen."""

    def outcome(_: int) -> str:
        try:
            world.sagemaker.call(operation, params)
        except SageMakerError as error:
            return error.message.split('"')[0].strip()
        return "done"

    with ThreadPoolExecutor(THREADS) as pool:
        return Counter(pool.map(outcome, range(64)))


def test_of_many_creations_of_one_name_one_succeeds(world: World) -> None:
    world.model()
    found = outcomes(world, "CreateEndpointConfig", {"EndpointConfigName": "c", "ProductionVariants": [variant()]})
    assert found == {"done": 1, "Cannot create already existing endpoint configuration": 63}


def test_of_many_updates_one_is_accepted(world: World) -> None:
    world.in_service()
    found = outcomes(world, "UpdateEndpoint", {"EndpointName": "endpoint-1", "EndpointConfigName": "config-1"})
    assert found == {"done": 1, "Cannot update in-progress endpoint": 63}
    assert len(world.jobs) == 1


def test_a_fault_ordered_five_times_happens_five_times(world: World) -> None:
    world.sagemaker.faults.order(Fault("Throttle", count=5))
    assert outcomes(world, "ListModels", {}) == {"Rate exceeded": 5, "done": 59}


def test_background_threads_bring_many_endpoints_in_service_and_delete_them() -> None:
    threads: list[threading.Thread] = []

    def executor(job: Callable[[], None]) -> None:
        threads.append(threading.Thread(target=job))
        threads[-1].start()

    world = World(Settings(instance_limits={"ml.m5.xlarge": 40}), FakeClock(scale=0.0), executor)
    world.model()
    world.config()
    names = [f"e{n}" for n in range(40)]
    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(world.endpoint, names))
        for thread in threads:
            thread.join(TIMEOUT)
        shown = world.call("ListEndpoints", StatusEquals="InService", MaxResults=100)["Endpoints"]
        assert {item["EndpointName"] for item in shown} == set(names)
        assert len(world.hosting.running) == 40
        list(pool.map(lambda name: world.call("DeleteEndpoint", EndpointName=name), names))
        for thread in threads:
            thread.join(TIMEOUT)
    assert world.call("ListEndpoints") == {"Endpoints": []}
    assert world.hosting.running == []


def test_a_job_runs_in_a_thread_that_does_not_keep_the_process_alive() -> None:
    ran, seen = threading.Event(), []

    def job() -> None:
        seen.append(threading.current_thread())
        ran.set()

    thread_executor(job)
    assert ran.wait(TIMEOUT)
    assert seen[0].daemon
    assert seen[0] is not threading.main_thread()
