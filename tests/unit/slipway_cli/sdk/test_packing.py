"""Packing a folder or a model file into the archive that SageMaker loads."""

from __future__ import annotations

import tarfile
import zipfile
from pathlib import Path

import pytest

from slipway.errors import ArtifactFilesMissing, FieldMissing
from slipway_cli.sdk.packing import NotAModel, is_archive, pack
from slipway_cli.sdk.preparation import archive_name, checked_model
from slipway_cli.sdk.uploads import check_archive

OWN_IMAGE = "111122223333.dkr.ecr.us-east-1.amazonaws.com/mine:1"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with a model, its code, and files that are not part of it."""
    model = tmp_path / "model"
    (model / "__pycache__").mkdir(parents=True)
    for name in ("model.joblib", "inference.py", "requirements.txt", ".DS_Store", "__pycache__/inference.pyc"):
        (model / name).write_text(name, encoding="utf-8")
    return model


def names(archive: Path) -> list[str]:
    with tarfile.open(archive) as tar:
        return tar.getnames()


def test_the_code_at_the_top_of_a_folder_goes_to_code(folder: Path, tmp_path: Path) -> None:
    pack(folder, tmp_path / "model.tar.gz")
    assert names(tmp_path / "model.tar.gz") == ["code/inference.py", "code/requirements.txt", "model.joblib"]
    assert check_archive(tmp_path / "model.tar.gz", "sklearn").warnings == []


def test_a_folder_with_code_keeps_its_layout(folder: Path, tmp_path: Path) -> None:
    (folder / "code").mkdir()
    (folder / "inference.py").rename(folder / "code" / "inference.py")
    pack(folder, tmp_path / "model.tar.gz")
    assert names(tmp_path / "model.tar.gz") == ["code/inference.py", "model.joblib", "requirements.txt"]


def test_the_same_content_gives_the_same_archive(folder: Path, tmp_path: Path) -> None:
    pack(folder, tmp_path / "one.tar.gz")
    for file in folder.iterdir():
        file.touch()
    pack(folder, tmp_path / "two.tar.gz")
    assert (tmp_path / "one.tar.gz").read_bytes() == (tmp_path / "two.tar.gz").read_bytes()


def test_an_earlier_archive_in_the_folder_is_left_out(folder: Path) -> None:
    pack(folder, folder / "model.tar.gz")
    pack(folder, folder / "model.tar.gz")
    assert "model.tar.gz" not in names(folder / "model.tar.gz")


def test_a_model_file_is_the_only_member(folder: Path, tmp_path: Path) -> None:
    pack(folder / "model.joblib", tmp_path / "model.tar.gz")
    assert names(tmp_path / "model.tar.gz") == ["model.joblib"]
    with pytest.raises(ArtifactFilesMissing, match=r"does not hold code/inference\.py"):
        check_archive(tmp_path / "model.tar.gz", "sklearn")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("model.zip", "unpack it and pass the folder"),
        ("empty", "has no files"),
        ("train.py", r"is code and not a model: pass the folder .* code/inference\.py"),
    ],
)
def test_what_cannot_be_packed_is_refused(tmp_path: Path, name: str, words: str) -> None:
    model = tmp_path / name
    if model.suffix:
        model.write_bytes(b"PK")
    else:
        model.mkdir()
    with pytest.raises(NotAModel, match=words):
        pack(model, tmp_path / "model.tar.gz")


def test_weights_of_pytorch_alone_are_refused(tmp_path: Path) -> None:
    """The members are those that torch 2.15 wrote for a state_dict, and for a scripted module."""
    weights, scripted = tmp_path / "weights.pth", tmp_path / "net.pt"
    for file, code in ((weights, []), (scripted, ["code/__torch__/torch/nn/modules/linear.py", "constants.pkl"])):
        with zipfile.ZipFile(file, "w") as saved:
            for name in ("data.pkl", "byteorder", "data/0", "version", *code):
                saved.writestr(f"{file.stem}/{name}", b"")

    with pytest.raises(NotAModel, match=r"weights without the code .*code/inference.py that builds"):
        checked_model({"EndpointName": "net", "Framework": "pytorch"}, weights, tmp_path)

    checked_model({"EndpointName": "net", "Framework": "pytorch"}, scripted, tmp_path)
    checked_model({"EndpointName": "net", "ImageUri": OWN_IMAGE}, weights, tmp_path)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("wine.joblib", "Pass --framework sklearn,"),
        ("net.pt", "Pass --framework pytorch,"),
        ("model", "--framework, or"),
    ],
)
def test_a_model_file_alone_needs_its_framework(tmp_path: Path, name: str, words: str) -> None:
    (tmp_path / name).write_bytes(b"model")
    with pytest.raises(FieldMissing, match=words):
        checked_model({"EndpointName": "wine"}, tmp_path / name, tmp_path)
    checked, _ = checked_model({"EndpointName": "wine", "ImageUri": OWN_IMAGE}, tmp_path / name, tmp_path)
    assert checked["ImageUri"] == OWN_IMAGE


@pytest.mark.parametrize(
    ("model", "name"),
    [("wine.joblib", "wine.tar.gz"), ("fraud-v2", "fraud-v2.tar.gz"), ("a b.pkl", "model.tar.gz")],
)
def test_an_archive_has_the_name_of_its_model(model: str, name: str) -> None:
    assert archive_name(Path(model)) == name


def test_an_archive_is_known_by_its_name(tmp_path: Path) -> None:
    for name in ("a.tar.gz", "b.tgz", "c.joblib"):
        (tmp_path / name).touch()
    assert [is_archive(tmp_path / name) for name in ("a.tar.gz", "b.tgz", "c.joblib")] == [True, True, False]


@pytest.mark.parametrize(
    ("name", "framework", "load"),
    [
        ("wine.pkl", "sklearn", "joblib.load(file)"),
        ("boosted.ubj", "xgboost", "xgboost.Booster(model_file=file)"),
        ("net.pt", "pytorch", "torch.jit.load(str(file)).eval()"),
    ],
)
def test_a_model_file_alone_gets_the_code_that_loads_it(tmp_path: Path, name: str, framework: str, load: str) -> None:
    (tmp_path / name).write_bytes(b"model")

    said = pack(tmp_path / name, tmp_path / "model.tar.gz", framework)

    with tarfile.open(tmp_path / "model.tar.gz") as tar:
        code = tar.extractfile("code/inference.py")
        assert code
        text = code.read().decode()
    assert (f'/ "{name}"' in text, load in text) == (True, True)
    assert "added from a template" in said[0]
    assert check_archive(tmp_path / "model.tar.gz", framework).warnings == []


@pytest.mark.parametrize(
    ("name", "framework"), [("xgboost-model", "xgboost"), ("model.joblib", ""), ("a.pth", "pytorch")]
)
def test_a_file_without_a_template_is_packed_alone(tmp_path: Path, name: str, framework: str) -> None:
    (tmp_path / name).write_bytes(b"model")

    assert pack(tmp_path / name, tmp_path / "model.tar.gz", framework) == []
    assert names(tmp_path / "model.tar.gz") == [name]
