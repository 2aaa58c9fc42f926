from __future__ import annotations

import json
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slipway_local.engine.patches.cloudformation import accept_yaml_definitions, as_json

JSON = st.dictionaries(st.text(max_size=9), st.none() | st.booleans() | st.integers() | st.text(max_size=9), max_size=5)


@given(JSON)
def test_json_comes_back_as_it_is(definition: dict[str, object]) -> None:
    text = json.dumps(definition, indent=3)

    assert as_json(text) == text


def test_yaml_becomes_json() -> None:
    assert json.loads(as_json("StartAt: A\nStates:\n  A: {Type: Wait, Seconds: 5, End: true}\n")) == {
        "StartAt": "A",
        "States": {"A": {"Type": "Wait", "Seconds": 5, "End": True}},
    }


def test_what_is_neither_is_named() -> None:
    with pytest.raises(ValueError, match="neither JSON nor YAML"):
        as_json("States: [unclosed")


def test_the_provisioners_definition_is_what_is_translated() -> None:
    provisioners = SimpleNamespace(_sfn_definition=lambda props: f"StartAt: {props['First']}")

    accept_yaml_definitions(provisioners)

    assert provisioners._sfn_definition({"First": "A"}) == '{"StartAt": "A"}'
