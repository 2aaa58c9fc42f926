from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from slipway_local.container.exchange import Context
from slipway_local.container.script import call, import_script, script_of
from slipway_local.container.settings import Settings


def module(**functions: Any) -> ModuleType:
    made = ModuleType("inference")
    vars(made).update(functions)
    return made


def test_what_the_script_leaves_out_has_the_toolkits_defaults() -> None:
    script = script_of(module(model_fn=lambda model_dir: None))

    assert script.input_fn("[1, 2]", "application/json").tolist() == [1, 2]
    assert script.output_fn([1, 2], "application/json") == ("[1, 2]", "application/json")
    assert script.transform_fn is None


def test_the_default_prediction_is_the_models_own() -> None:
    class Doubling:
        def predict(self, data: list[int]) -> list[int]:
            return [2 * number for number in data]

    assert script_of(module()).predict_fn([1, 2], Doubling()) == [2, 4]


def test_a_function_without_default_is_required() -> None:
    script = script_of(module())

    with pytest.raises(NotImplementedError, match="Please provide a model_fn implementation"):
        script.model_fn("/model")
    with pytest.raises(NotImplementedError, match="Please provide a predict_fn implementation"):
        script.predict_fn([1], object())


@pytest.mark.parametrize("other", ["input_fn", "predict_fn", "output_fn"])
def test_transform_fn_stands_alone(other: str) -> None:
    with pytest.raises(ValueError, match="Cannot use transform_fn implementation in conjunction"):
        script_of(module(transform_fn=print, **{other: print}))


def test_a_function_with_one_more_argument_gets_the_context() -> None:
    context = Context.of_start("/model")

    assert call(lambda a: [a], 1, context=context) == [1]
    assert call(lambda a, c: [a, c], 1, context=context) == [1, context]
    with pytest.raises(TypeError, match="takes 0 arguments but 1 were given"):
        call(lambda: None, 1, context=context)


@pytest.mark.parametrize("program", ["serve_unlike_others.py", "serve_unlike_others"])
def test_the_program_is_imported_from_the_submit_directory_with_its_neighbours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, program: str
) -> None:
    monkeypatch.setattr(sys, "path", list(sys.path))
    (tmp_path / "neighbour_of_serve.py").write_text("MODEL = 'loaded'\n")
    (tmp_path / "serve_unlike_others.py").write_text(
        "import neighbour_of_serve\ndef model_fn(model_dir): return neighbour_of_serve.MODEL\n"
    )
    settings = Settings(tmp_path, tmp_path, program, "application/json", 0)

    assert import_script(settings).model_fn("") == "loaded"
