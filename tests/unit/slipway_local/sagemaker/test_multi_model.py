"""Multi-model containers: a model is loaded when it is first named, and the one unused for longest makes room."""

from __future__ import annotations

from typing import Any

import pytest
from tests.unit.slipway_local.runtime.doubles import FakeContainer
from tests.unit.slipway_local.sagemaker.world import IMAGE, ROLE, World

from slipway_local.ports import Answer, ContainerSpec, HostingFailed, Invocation, ModelData, ModelMissing, Utilization
from slipway_local.sagemaker.multi_model import MAX_LOADED, MultiModelContainer

MANY = {"Image": IMAGE, "Mode": "MultiModel", "ModelDataUrl": "s3://models/many/"}


class Starts:
    """Starts containers that answer the address of their archive; `broken` do not start."""

    def __init__(self) -> None:
        self.started: dict[str, FakeContainer] = {}
        self.starts: list[str] = []
        self.broken: set[str] = set()

    def __call__(self, spec: ContainerSpec) -> Any:
        assert spec.model_data is not None
        uri = spec.model_data.s3_uri
        assert not spec.is_multi_model
        if uri in self.broken:
            raise HostingFailed(f"Failed to download {uri}")
        self.starts.append(uri)
        self.started[uri] = FakeContainer(Answer(200, uri.encode(), "text/plain"))
        return self.started[uri]


def container(starts: Starts, **fields: Any) -> MultiModelContainer:
    spec = ContainerSpec("e", "v", "i-0", IMAGE, ModelData("s3://models/many/"), is_multi_model=True, **fields)
    return MultiModelContainer(spec, starts)


def named(name: str) -> Invocation:
    return Invocation(b"1", target_model=name)


def test_a_model_is_loaded_once_when_it_is_named() -> None:
    starts = Starts()
    many = container(starts)

    answers = [many.invoke(named(name)).body for name in ("a.tar.gz", "sub/b.tar.gz", "a.tar.gz")]

    assert answers == [b"s3://models/many/a.tar.gz", b"s3://models/many/sub/b.tar.gz", b"s3://models/many/a.tar.gz"]
    assert starts.starts == ["s3://models/many/a.tar.gz", "s3://models/many/sub/b.tar.gz"]
    assert b"".join(many.stream(named("a.tar.gz")).chunks) == b"s3://models/many/a.tar.gz"


def test_the_model_that_was_not_used_for_longest_makes_room() -> None:
    starts = Starts()
    many = container(starts)
    for number in range(MAX_LOADED):
        many.invoke(named(f"{number}.tar.gz"))
    many.invoke(named("0.tar.gz"))

    many.invoke(named("one-more.tar.gz"))

    ended = [uri for uri, each in starts.started.items() if isinstance(each.answer, ConnectionRefusedError)]
    assert ended == ["s3://models/many/1.tar.gz"]


def test_without_a_cache_a_model_is_ended_after_its_answer() -> None:
    starts = Starts()
    many = container(starts, caches_models=False)

    many.invoke(named("a.tar.gz"))
    many.invoke(named("a.tar.gz"))

    assert starts.starts == ["s3://models/many/a.tar.gz"] * 2


def test_a_model_that_cannot_be_loaded_is_asked_for_again_next_time() -> None:
    starts = Starts()
    starts.broken = {"s3://models/many/a.tar.gz"}
    many = container(starts)

    with pytest.raises(ModelMissing, match="Failed to download"):
        many.invoke(named("a.tar.gz"))
    starts.broken = set()

    assert many.invoke(named("a.tar.gz")).status == 200


def test_its_use_is_that_of_the_loaded_models() -> None:
    starts = Starts()
    many = container(starts)
    assert many.utilization() == Utilization(0.0, 0.0)

    for name in ("a.tar.gz", "b.tar.gz"):
        many.invoke(named(name))
    for each in starts.started.values():
        each.used = Utilization(10.0, 1.0)

    assert many.utilization() == Utilization(20.0, 2.0)
    many.stop()
    assert many.utilization() == Utilization(0.0, 0.0)


def test_an_endpoint_is_in_service_before_a_model_is_loaded(world: World) -> None:
    world.call("CreateModel", ModelName="model-1", ExecutionRoleArn=ROLE, PrimaryContainer=MANY)
    world.config()
    world.endpoint()
    world.finish()

    assert world.describe()["EndpointStatus"] == "InService"
    assert world.hosting.started == []
    (variant,) = world.sagemaker.hosted.serving("endpoint-1") or []
    assert variant.is_multi_model


@pytest.mark.parametrize(
    ("container", "said"),
    [
        (MANY | {"ModelDataUrl": "s3://models/many/a.tar.gz"}, "requires a ModelDataUrl that is a prefix"),
        ({"Image": IMAGE, "Mode": "MultiModel"}, "requires a ModelDataUrl that is a prefix"),
        (
            {
                "Image": IMAGE,
                "Mode": "MultiModel",
                "ModelDataSource": {
                    "S3DataSource": {"S3Uri": "s3://m/p/", "S3DataType": "S3Prefix", "CompressionType": "None"}
                },
            },
            "ModelDataSource is not supported",
        ),
    ],
    ids=["archive", "nothing", "source"],
)
def test_a_multi_model_container_has_a_prefix(world: World, container: dict[str, Any], said: str) -> None:
    assert said in world.refused("CreateModel", ModelName="m", PrimaryContainer=container)
