"""What an archive must hold for its framework: refused where that is certain, a warning where it is not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slipway.errors import ArtifactFilesMissing, ArtifactFilesUnexpected, ArtifactNested
from slipway.images.tables import frameworks
from slipway.preflight.archive_rules import LOADS_EVERY_FILE, RULES
from slipway.preflight.check_archive_layout import check_layout

# An archive of every framework as its training, or its own documentation, makes it.
SOUND = {
    "sklearn": ["model.joblib", "code/inference.py", "code/requirements.txt"],
    "pytorch": ["model.pt"],
    "mxnet": ["model-symbol.json", "model-0000.params", "model-shapes.json"],
    "tensorflow": ["export/Servo/1/saved_model.pb", "export/Servo/1/variables/variables.index"],
    "xgboost": ["xgboost-model"],
    "object-detection": ["model_algo_1-symbol.json", "model_algo_1-0000.params", "hyperparams.json"],
    "image-classification": [
        "image-classification-symbol.json",
        "image-classification-0010.params",
        "model-shapes.json",
    ],
    "huggingface": ["config.json", "model-00001-of-00002.safetensors", "tokenizer.json"],
    "linear-learner": ["model_algo-1"],
    "pca": ["model_algo-1"],
    "kmeans": ["model_algo-1"],
    "factorization-machines": ["model_algo-1"],
    "ntm": ["model_algo-1"],
    "object2vec": ["model_algo-1"],
    "ipinsights": ["model_algo-1"],
    "blazingtext": ["vectors.bin", "vectors.txt"],
    "sagemaker-tritonserver": ["resnet/1/model.onnx", "resnet/config.pbtxt"],
}
CERTAIN = ["sklearn", "pytorch", "mxnet", "tensorflow", "xgboost", "object-detection", "image-classification"]
# TensorFlow Serving looks for its model at any depth, and Triton for directories of models.
NESTABLE = sorted(SOUND.keys() - {"tensorflow", "sagemaker-tritonserver"})


def check(framework: str, *names: str, complete: bool = True, **environment: str) -> list[str]:
    return check_layout(framework, names, environment, complete=complete)


def test_every_rule_is_about_frameworks_of_the_catalogue_and_has_a_source() -> None:
    assert {name for rule in RULES for name in rule.frameworks} == SOUND.keys() <= set(frameworks())
    assert all(rule.source for rule in RULES)


@pytest.mark.parametrize("framework", SOUND)
def test_a_valid_archive_is_accepted_without_a_warning(framework: str) -> None:
    assert check(framework, *SOUND[framework]) == []


@pytest.mark.parametrize("framework", CERTAIN)
def test_an_archive_that_cannot_be_served_is_refused(framework: str) -> None:
    with pytest.raises(ArtifactFilesMissing, match=f"without which {framework} cannot serve it: add it at that path"):
        check(framework, "docs/readme.txt", "docs/licence.txt", "notes/more.txt")


@pytest.mark.parametrize("framework", sorted(SOUND.keys() - {*CERTAIN}))
def test_an_archive_that_can_perhaps_be_served_is_a_warning(framework: str) -> None:
    (warning,) = check(framework, "something-else.dat")

    assert warning.startswith("The archive does not hold ")
    assert warning.endswith(f", which {framework} is known to serve.")


@pytest.mark.parametrize("framework", NESTABLE)
def test_an_archive_of_the_directory_instead_of_its_content_is_refused(framework: str) -> None:
    with pytest.raises(ArtifactNested) as caught:
        check(framework, *(f"my-model/{name}" for name in SOUND[framework]))

    assert str(caught.value) == (
        f"All files are in the directory my-model, but {framework} looks for it at the top: "
        "make it with tar -czf model.tar.gz -C my-model ."
    )


def test_a_directory_that_also_lacks_a_file_is_named() -> None:
    with pytest.raises(ArtifactFilesMissing) as caught:
        check("sklearn", "my-model/model.joblib", "my-model/train.csv")

    assert str(caught.value) == (
        "The archive does not hold code/inference.py, without which sklearn cannot serve it: all files are in the "
        "directory my-model. Add it there, and pack the content of that directory with "
        "tar -czf model.tar.gz -C my-model ."
    )


@pytest.mark.parametrize(("framework", "name"), [("sklearn", "code/serve.py"), ("tensorflow", "export/saved_model.pb")])
def test_a_directory_that_the_framework_reads_is_not_named(framework: str, name: str) -> None:
    with pytest.raises(ArtifactFilesMissing, match="add it at that path"):
        check(framework, name)


def test_a_saved_model_without_a_version_directory_is_refused() -> None:
    with pytest.raises(ArtifactFilesMissing, match=r"\*\*/<number>/saved_model\.pb"):
        check("tensorflow", "model/saved_model.pb", "saved_model.pb", "v1/saved_model.pb")


def test_files_that_macos_adds_are_ignored() -> None:
    with pytest.raises(ArtifactNested):
        check("sklearn", "._my-model", "my-model/._model.joblib", "my-model/code/inference.py")
    with pytest.raises(ArtifactFilesMissing):
        check("xgboost", "._xgboost-model", ".DS_Store", "a/b", "c/d")


@pytest.mark.parametrize(
    ("names", "warned"),
    [
        (["a-symbol.json", "a-0000.params"], "hyperparams.json"),
        (["a-symbol.json", "a-0007.params", "hyperparams.json"], ""),
    ],
)
def test_object_detection_is_warned_about_its_hyperparameters_only(names: list[str], warned: str) -> None:
    assert [warned in text for text in check("object-detection", *names)] == ([True] if warned else [])


@pytest.mark.parametrize("framework", ["sklearn", "pytorch", "mxnet", "huggingface", "xgboost"])
def test_sagemaker_program_names_the_required_script(framework: str) -> None:
    assert check(framework, "m", "code/serve.py", SAGEMAKER_PROGRAM="serve.py") == []


def test_another_script_than_sagemaker_program_is_refused() -> None:
    with pytest.raises(ArtifactFilesMissing, match=r"code/serve\.py"):
        check("sklearn", "m", "code/inference.py", SAGEMAKER_PROGRAM="serve.py")


@pytest.mark.parametrize("name", ["features.csv", "inference.py", "README.md"])
def test_a_file_that_xgboost_would_load_as_a_model_is_refused(name: str) -> None:
    with pytest.raises(ArtifactFilesUnexpected, match=f"holds {name} at the top"):
        check("xgboost", "xgboost-model", name)


@pytest.mark.parametrize("names", [["a.ubj", "b.json"], ["m", "code/inference.py", "a.csv"], ["m", "extra/a.csv"]])
def test_boosters_and_what_xgboost_does_not_load_are_taken(names: list[str]) -> None:
    assert check("xgboost", *names) == []


@pytest.mark.parametrize(("framework", "name"), [("pytorch", "model.tar.gz"), ("tensorflow", "export.zip")])
def test_an_archive_that_holds_only_another_one_is_refused(framework: str, name: str) -> None:
    with pytest.raises(ArtifactNested, match=f"only another archive, {name}"):
        check(framework, name)


@pytest.mark.parametrize("names", [["1/model.onnx", "config.pbtxt"], ["resnet/model.onnx"]])
def test_a_model_of_triton_needs_a_directory_and_a_version(names: list[str]) -> None:
    (warning,) = check("sagemaker-tritonserver", *names)

    assert "*/<number>/**/*" in warning


@pytest.mark.parametrize(
    "environment",
    [{"SAGEMAKER_SUBMIT_DIRECTORY": "s3://code/source.tar.gz"}, {"HF_MODEL_ID": "distilbert-base-uncased"}],
)
@pytest.mark.parametrize("framework", SOUND)
def test_a_model_from_the_environment_needs_no_files(framework: str, environment: dict[str, str]) -> None:
    assert check_layout(framework, ["anything"], environment, complete=True) == []


@pytest.mark.parametrize("framework", CERTAIN)
def test_an_archive_that_was_not_seen_whole_is_not_refused(framework: str) -> None:
    (warning, *_) = check(framework, "docs/a", "notes/b", complete=False)

    assert warning.startswith("The part of the archive that was read does not hold ")


@given(st.sampled_from(["knn", "my-framework", ""]), st.lists(st.text(min_size=1)))
def test_an_unknown_framework_has_no_archive_rules(framework: str, names: list[str]) -> None:
    assert check_layout(framework, names, {}, complete=True) == []


@given(
    st.sampled_from(sorted(SOUND.keys() - LOADS_EVERY_FILE)),
    st.lists(st.from_regex(r"[a-z.]{1,8}(/[a-z.*(]{1,8}){0,2}", fullmatch=True)),
)
def test_more_files_never_make_a_sound_archive_unsound(framework: str, more: list[str]) -> None:
    assert check(framework, *SOUND[framework], *more) == []
