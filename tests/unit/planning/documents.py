"""JSON that could be sent as an input: arbitrary values, and documents that come near the contract."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from slipway.planning.contract.schema import check, deployment_schema

# The contract is compiled by the first check, which no single case is to be measured by.
check({"EndpointName": "my-endpoint"})
PROPERTIES: dict[str, Any] = deployment_schema()["properties"]

scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
json_values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
examples = {name: about["examples"][0] for name, about in PROPERTIES.items() if "examples" in about}


def _near(value: Any) -> st.SearchStrategy[Any]:
    """Values that look like an example: its shape, with parts of it exchanged."""
    if isinstance(value, dict):
        parts = {key: _near(part) for key, part in value.items()}
        return st.fixed_dictionaries({}, optional=parts) | st.dictionaries(st.text(max_size=8), json_values, max_size=2)
    if isinstance(value, list):
        return st.lists(_near(value[0]), max_size=3)
    return st.just(value) | scalars


def _field(name: str) -> st.SearchStrategy[Any]:
    # Most fields good: a document is refused for the first bad one, and the others would go unseen.
    good = st.just(examples[name])
    return st.one_of(good, good, good, _near(examples[name]), json_values)


near_documents = st.fixed_dictionaries(
    {"EndpointName": st.just("my-endpoint") | _field("EndpointName")},
    optional={name: _field(name) for name in examples if name != "EndpointName"},
)
# Fields that may stand together in any choice, so that a good part of the documents is planned.
NEEDED = {"EndpointName", "ModelDataUrl"}
OTHER_SOURCES = {"TrainingJobName", "ModelPackageArn", "EndpointConfigName"}
OTHER_HOSTING = {"InstancePools", "ServerlessConfig", "ImageUri", "AsyncInferenceConfig"}
COMPATIBLE = examples.keys() - NEEDED - OTHER_SOURCES - OTHER_HOSTING
plannable = st.fixed_dictionaries(
    {name: st.just(examples[name]) for name in sorted(NEEDED)},
    optional={name: st.just(examples[name]) for name in sorted(COMPATIBLE)},
)
one_field_off = st.tuples(plannable, st.sampled_from(sorted(examples))).flatmap(
    lambda drawn: _field(drawn[1]).map(lambda value: {**drawn[0], drawn[1]: value})
)
documents = (
    plannable
    | one_field_off
    | near_documents
    | st.dictionaries(st.sampled_from(sorted(examples)) | st.text(), json_values)
)
inputs = documents | json_values
