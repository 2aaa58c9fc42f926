"""Everything that can be asked: versions, Python and base framework versions, regions, instance families."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import Any

from botocore import loaders

from dev.images import oracle

# One of each class that no family is named after, so that the families of tomorrow are answered like today's.
UNSEEN = {"cpu": "m99", "gpu": "g99", "inf": "inf99", "trn": "trn99"}
_SCOPES = ("inference", "inference_graviton")


@functools.cache
def families() -> list[str]:
    """Return every family that SageMaker hosts on, by botocore's model, and those that only the SDK has."""
    model = loaders.create_loader().load_service_model("sagemaker", "service-2")
    hosted = {name.split(".")[1] for name in model["shapes"]["ProductionVariantInstanceType"]["enum"]}
    return sorted(hosted.union(oracle.graviton_families(), UNSEEN.values()))


@functools.cache
def regions() -> list[str]:
    """Return every region of botocore's and of any table of the SDK."""
    known = {name for part in loaders.create_loader().load_data("endpoints")["partitions"] for name in part["regions"]}
    for framework in oracle.frameworks():
        known.update(*(node["registries"] for node in _nodes(oracle.config(framework)) if "registries" in node))
    return sorted(known)


def versions(framework: str) -> tuple[set[str], set[str]]:
    """Return the framework's own versions and its aliases, over all scopes that an inference may be answered from."""
    own: set[str] = set()
    aliases: set[str] = set()
    for scope in _scopes(framework):
        own.update(scope["versions"])
        aliases.update(scope.get("version_aliases", ()))
    return own, aliases - own


def valid_for(framework: str, version: str) -> tuple[set[str], set[str]]:
    """Return the Python versions and the base framework versions, with aliases, that a version has in any scope."""
    py_found: set[str] = set()
    base_found: set[str] = set()
    for scope in _scopes(framework):
        node = scope["versions"].get(scope.get("version_aliases", {}).get(version, version))
        if node is not None:
            py_found.update(_py_versions_under(node))
            base_found.update(_base_framework_versions_under(node))
    return py_found, base_found


def only_versions(framework: str) -> dict[str, set[str]]:
    """Return the versions of scopes that have a single one, each with its aliases.

    The resolver gives such a version whatever version it is asked for.
    """
    return {
        version: {version, *scope.get("version_aliases", ())}
        for scope in _scopes(framework)
        for version in scope["versions"]
        if len(scope["versions"]) == 1
    }


def py_versions(framework: str) -> set[str]:
    """Return every Python version that the framework's tables name."""
    return {name for scope in _scopes(framework) for name in _py_versions_under(scope["versions"])}


def base_framework_versions(framework: str) -> set[str]:
    """Return every base framework version and alias of the framework's tables."""
    return {name for scope in _scopes(framework) for name in _base_framework_versions_under(scope["versions"])}


def _py_versions_under(tree: dict[str, Any]) -> Iterator[str]:
    for node in _nodes(tree):
        yield from node.get("py_versions") or ()
        yield from (key for key in node if key.startswith("py") and key[2:3].isdigit())


def _base_framework_versions_under(tree: dict[str, Any]) -> Iterator[str]:
    for node in _nodes(tree):
        yield from (key for key in node if key.startswith(("pytorch", "tensorflow")))


def _scopes(framework: str) -> Iterator[dict[str, Any]]:
    """Yield the parts of the SDK's tables that the resolver may answer an inference question from."""
    table = oracle.config(framework)
    if "scope" in table:
        yield table
        return
    yield from (table[scope] for scope in _SCOPES if scope in table)
    if framework == "huggingface":  # on Inferentia it reads another file
        yield from _scopes("huggingface-neuron")


def _nodes(tree: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield tree
    for child in tree.values():
        if isinstance(child, dict):
            yield from _nodes(child)
