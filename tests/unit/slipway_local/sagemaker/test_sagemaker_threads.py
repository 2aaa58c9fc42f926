"""Calls and background work in many threads at once."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

from tests.unit.slipway_local.sagemaker.world import (
    ACCOUNT,
    REGION,
    FakeClock,
    FakeEvents,
    FakeHosting,
    FakeObjects,
    FakeRoles,
    World,
    variant,
)

from slipway_local.sagemaker import Fault, SageMaker, SageMakerError, Settings
from slipway_local.sagemaker.background import in_thread

THREADS = 16


def outcome(sagemaker: SageMaker, operation: str, params: Mapping[str, object]) -> str:
    try:
        sagemaker.call(operation, params)
    except SageMakerError as error:
        return error.message.split('"')[0].strip()
    return "done"


def test_of_many_creations_of_one_name_exactly_one_succeeds(world: World) -> None:
    world.model()
    request = {"EndpointConfigName": "c", "ProductionVariants": [variant()]}
    with ThreadPoolExecutor(THREADS) as pool:
        answers = Counter(pool.map(lambda _: outcome(world.sagemaker, "CreateEndpointConfig", request), range(64)))
    assert answers == {"done": 1, "Cannot create already existing endpoint configuration": 63}


def test_of_many_updates_at_once_exactly_one_is_taken(world: World) -> None:
    world.in_service()
    request = {"EndpointName": "endpoint-1", "EndpointConfigName": "config-1"}
    with ThreadPoolExecutor(THREADS) as pool:
        answers = Counter(pool.map(lambda _: outcome(world.sagemaker, "UpdateEndpoint", request), range(64)))
    assert answers == {"done": 1, "Cannot update in-progress endpoint": 63}
    assert len(world.jobs) == 1


def test_a_fault_ordered_five_times_happens_five_times(world: World) -> None:
    world.sagemaker.faults.order(Fault("Throttle", count=5))
    with ThreadPoolExecutor(THREADS) as pool:
        answers = Counter(pool.map(lambda _: outcome(world.sagemaker, "ListModels", {}), range(64)))
    assert answers == {"Rate exceeded": 5, "done": 59}


def test_background_threads_bring_many_endpoints_in_service_and_away_again() -> None:
    clock = FakeClock(scale=0.0)
    hosting, threads = FakeHosting(clock), []

    def executor(job: object) -> None:
        threads.append(threading.Thread(target=job))  # type: ignore[arg-type]
        threads[-1].start()

    def join() -> None:
        for thread in threads:
            thread.join(10)

    sagemaker = SageMaker(
        region=REGION,
        account_id=ACCOUNT,
        clock=clock,
        hosting=hosting,
        objects=FakeObjects(),
        roles=FakeRoles(),
        events=FakeEvents(),
        executor=executor,
        settings=Settings(instance_limits={"ml.m5.xlarge": 40}),
    )
    world = World()
    world.sagemaker = sagemaker
    world.model()
    world.config()
    names = [f"e{n}" for n in range(40)]
    create = "CreateEndpoint"
    with ThreadPoolExecutor(THREADS) as pool:
        request = {"EndpointConfigName": "config-1"}
        list(pool.map(lambda name: sagemaker.call(create, {"EndpointName": name} | request), names))
    join()
    shown = sagemaker.call("ListEndpoints", {"StatusEquals": "InService", "MaxResults": 100})["Endpoints"]
    assert {item["EndpointName"] for item in shown} == set(names)
    assert len(hosting.running) == 40
    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(lambda name: sagemaker.call("DeleteEndpoint", {"EndpointName": name}), names))
    join()
    assert sagemaker.call("ListEndpoints", {}) == {"Endpoints": []}
    assert hosting.running == []


def test_a_job_runs_in_a_thread_that_does_not_keep_the_process_alive() -> None:
    ran, seen = threading.Event(), []

    def job() -> None:
        seen.append(threading.current_thread())
        ran.set()

    in_thread(job)
    assert ran.wait(10)
    assert seen[0].daemon
    assert seen[0] is not threading.main_thread()
