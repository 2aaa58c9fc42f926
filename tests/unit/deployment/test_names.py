"""Content-addressed names."""

from __future__ import annotations

import json
import re
import string
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from slipway.deployment.names import content_addressed_name

# The patterns of CreateModel and CreateEndpointConfig in botocore's service model.
MODEL_NAME = re.compile(r"[a-zA-Z0-9]([\-a-zA-Z0-9]*[a-zA-Z0-9])?")
CONFIG_NAME = re.compile(r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}")
LEGAL = string.ascii_letters + string.digits

endpoint_names = st.text(LEGAL + "-", min_size=1, max_size=63).map(lambda name: name.strip("-")).filter(bool)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
contents = st.dictionaries(st.text(), values, max_size=4)


@given(endpoint_names, contents)
def test_a_name_is_legal_for_models_and_configurations(endpoint_name: str, content: dict[str, Any]) -> None:
    name = content_addressed_name(endpoint_name, content)

    assert len(name) <= 63
    assert MODEL_NAME.fullmatch(name)
    assert CONFIG_NAME.fullmatch(name)


@given(endpoint_names, contents)
def test_a_name_begins_with_its_endpoints(endpoint_name: str, content: dict[str, Any]) -> None:
    stem, _, digest = content_addressed_name(endpoint_name, content).rpartition("-")

    assert endpoint_name.startswith(stem)
    assert len(digest) == 12


@given(endpoint_names, contents, st.randoms())
def test_the_order_of_fields_does_not_change_the_name(endpoint_name: str, content: dict[str, Any], random: Any) -> None:
    shuffled = list(content.items())
    random.shuffle(shuffled)

    assert content_addressed_name(endpoint_name, dict(shuffled)) == content_addressed_name(endpoint_name, content)


@given(endpoint_names, st.lists(contents, min_size=2, max_size=5))
def test_other_content_has_another_name(endpoint_name: str, several: list[dict[str, Any]]) -> None:
    names = {content_addressed_name(endpoint_name, content) for content in several}

    # True and 1 are equal to Python and two values to JSON, so contents are compared as JSON.
    assert len(names) == len({json.dumps(content, sort_keys=True) for content in several})


@given(endpoint_names, endpoint_names, contents)
def test_other_endpoints_have_other_names(one: str, other: str, content: dict[str, Any]) -> None:
    names = {content_addressed_name(name, content) for name in {one, other}}

    assert len(names) == len({one, other})


def test_endpoints_that_agree_in_what_fits_stay_apart() -> None:
    long = "e" * 62

    assert content_addressed_name(f"{long}1", {}) != content_addressed_name(f"{long}2", {})


def test_a_cut_never_ends_in_a_hyphen_twice() -> None:
    name = content_addressed_name("a" * 48 + "--b" + "c" * 12, {})

    assert re.fullmatch(r"a{48}-[0-9a-f]{12}", name)


def test_names_stay_what_they_were() -> None:
    """A change of the digest would make every deployed model and configuration look new."""
    content = {"PrimaryContainer": {"Image": "image:1"}, "ExecutionRoleArn": "arn:role"}

    assert content_addressed_name("my-endpoint", content) == "my-endpoint-ac0f12d466f9"
