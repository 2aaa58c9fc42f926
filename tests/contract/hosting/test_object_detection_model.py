"""The fixture archive, served by MXNet as the built-in algorithm serves it: a real process, real pictures."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from tests.contract.hosting.runtime_environments import needs
from tests.fixtures.vehicle_rears.pictures import Picture, picture
from tests.fixtures.vehicle_rears.scoring import score
from tests.unit.slipway_local.hosting.doubles import MemoryLogs, MemoryStore, tar_gz

from slipway_local.hosting.plane import ProcessHosting
from slipway_local.ports import Answer, ContainerSpec, HostingFailed, Invocation, ModelData

pytestmark = [needs("mxnet"), pytest.mark.full]
ARCHIVE = Path(__file__).parents[2] / "fixtures" / "vehicle-rears.tar.gz"
URI = "s3://amzn-models/aws-vehicle-rear-detect-2020-05-09-model.tar.gz"
IMAGE = "811284229777.dkr.ecr.us-east-1.amazonaws.com/object-detection:latest"
HELD_OUT = range(100_000, 100_060)  # some of those that `make vehicle-rears` measures on


def hosting(archive: bytes, folder: Path, logs: MemoryLogs) -> ProcessHosting:
    return ProcessHosting(MemoryStore({URI: archive}), logs, folder, scale=lambda: 0.0)


def spec() -> ContainerSpec:
    return ContainerSpec("ep", "AllTraffic", "i-0123", IMAGE, ModelData(URI), {})


@pytest.fixture(scope="module")
def container(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Return the fixture's container; it is stopped in the end."""
    folder = tmp_path_factory.mktemp("containers")
    container = hosting(ARCHIVE.read_bytes(), folder, MemoryLogs()).start(spec())
    yield container
    container.stop()


@pytest.fixture(scope="module")
def pictures() -> list[Picture]:
    return [picture(number) for number in HELD_OUT]


def invoke(container: Any, body: bytes, content_type: str = "image/jpeg") -> Answer:
    answer = container.invoke(Invocation(body, content_type))
    assert isinstance(answer, Answer)
    return answer


def rows(container: Any, body: bytes, content_type: str = "image/jpeg") -> list[list[float]]:
    answer = invoke(container, body, content_type)
    assert (answer.status, answer.content_type) == (200, "application/json")
    prediction: list[list[float]] = json.loads(answer.body)["prediction"]
    return prediction


def converted(jpeg: bytes, kind: str, **options: Any) -> bytes:
    picture = io.BytesIO()
    Image.open(io.BytesIO(jpeg)).save(picture, kind, **options)
    return picture.getvalue()


def test_it_finds_the_vehicles_on_pictures_that_it_has_not_seen(container: Any, pictures: list[Picture]) -> None:
    result = score([(one.vehicles, rows(container, one.jpeg)) for one in pictures])

    assert result.present >= 80
    assert result.precision >= 0.97, result
    assert result.recall >= 0.97, result


def test_each_row_is_class_score_and_edges_and_the_surest_come_first(container: Any, pictures: list[Picture]) -> None:
    found = rows(container, pictures[0].jpeg)

    assert {len(row) for row in found} == {6}
    assert {row[0] for row in found} <= {0.0, 1.0}
    assert [row[1] for row in found] == sorted((row[1] for row in found), reverse=True)
    assert all(0 <= edge <= 1 for row in found for edge in row[2:])
    assert all(left < right and top < bottom for _, _, left, top, right, bottom in found)


def test_the_content_types_are_three_names_for_the_same(container: Any, pictures: list[Picture]) -> None:
    jpeg = pictures[0].jpeg

    assert rows(container, jpeg, "application/x-image") == rows(container, jpeg)
    png = converted(jpeg, "PNG")
    assert rows(container, png, "image/png") == rows(container, png, "application/x-image")
    assert [row[0] for row in rows(container, png, "image/png")[:2]] == [1.0, 1.0]


def test_the_size_of_a_picture_does_not_matter_to_the_boxes(container: Any, pictures: list[Picture]) -> None:
    image = Image.open(io.BytesIO(pictures[0].jpeg)).resize((1200, 900))
    larger = io.BytesIO()
    image.save(larger, "JPEG")

    for small, large in zip(rows(container, pictures[0].jpeg)[:2], rows(container, larger.getvalue())[:2], strict=True):
        assert large == pytest.approx(small, abs=0.03)


def test_a_picture_of_grey_tones_is_taken_too(container: Any, pictures: list[Picture]) -> None:
    grey = io.BytesIO()
    Image.open(io.BytesIO(pictures[0].jpeg)).convert("L").save(grey, "JPEG")

    assert rows(container, grey.getvalue())


@pytest.mark.parametrize("body", [b"", b"no picture", b"\xff\xd8\xff\xe0 a JPEG that ends here"])
def test_a_body_that_is_no_picture_is_the_clients_fault(container: Any, body: bytes) -> None:
    answer = invoke(container, body)

    assert (answer.status, answer.body) == (400, b"unable to evaluate payload provided")


def test_the_archive_is_what_the_algorithm_leaves_a_training_graph_and_its_parameters() -> None:
    with tarfile.open(ARCHIVE) as archive:
        files = {name: archive.extractfile(name).read() for name in archive.getnames()}  # type: ignore[union-attr]

    assert sorted(files) == ["hyperparams.json", "model_algo_1-0000.params", "model_algo_1-symbol.json"]
    assert sum(map(len, files.values())) < 1_000_000
    parameters = json.loads(files["hyperparams.json"])
    assert {type(value) for value in parameters.values()} == {str}
    assert (parameters["image_shape"], parameters["num_classes"]) == ("300", "2")
    operators = {node["op"] for node in json.loads(files["model_algo_1-symbol.json"])["nodes"]}
    assert {"_contrib_MultiBoxTarget", "_contrib_MultiBoxDetection", "MakeLoss"} <= operators


def test_a_graph_that_was_made_for_deployment_is_served_as_well(
    container: Any, pictures: list[Picture], tmp_path: Path
) -> None:
    with tarfile.open(ARCHIVE) as archive:
        files = {name: archive.extractfile(name).read() for name in archive.getnames()}  # type: ignore[union-attr]
    files["model_algo_1-symbol.json"] = deployed(json.loads(files["model_algo_1-symbol.json"]))

    other = hosting(tar_gz(files), tmp_path, MemoryLogs()).start(spec())
    try:
        found = rows(other, pictures[0].jpeg)
    finally:
        other.stop()

    for one, two in zip(found[:2], rows(container, pictures[0].jpeg)[:2], strict=True):
        assert one == pytest.approx(two, abs=1e-4)


def deployed(graph: dict[str, Any]) -> bytes:
    """Return the graph as `deploy.py` of MXNet's example makes it: no label, no losses, a plain softmax."""
    nodes = graph["nodes"]
    index = {node["name"]: number for number, node in enumerate(nodes)}
    softmax = nodes[index["cls_prob"]]
    softmax |= {"op": "SoftmaxActivation", "attrs": {"mode": "channel"}, "inputs": softmax["inputs"][:1]}
    graph["heads"] = [[index["detection"], 0, 0]]
    return json.dumps(graph).encode()


def test_an_archive_without_its_parameters_ends_with_the_reason_in_the_log(tmp_path: Path) -> None:
    logs = MemoryLogs()

    with pytest.raises(HostingFailed, match="did not pass the ping health check"):
        hosting(tar_gz({"model_algo_1-symbol.json": "{}"}), tmp_path, logs).start(spec())

    assert "FileNotFoundError" in logs.lines[-1]
    assert "hyperparams.json" in logs.lines[-1]
