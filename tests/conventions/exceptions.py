"""Which errors of ours a state may end with: read off the use cases and the ports they are given."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
from collections.abc import Iterator
from functools import cache

import slipway
from slipway.aws.sagemaker import SageMaker
from slipway.errors import NotYet, SlipwayError
from tests.conventions.project import syntax_of, use_case_of

# Classes that use cases are given to reach AWS. Adapters translate every error of AWS, so each may raise these, and
# the handler of a state raises `NotVisibleYet` for what was there at one call and not at the next.
PORTS = {"SageMaker", "Archives", "ReadSideFile", "LogTails", "OpenPayload", "InvokeEndpoint"}
ANY_CALL = {"ServiceThrottled", "ServiceUnavailable", "NotVisibleYet"}

Node = tuple[ast.AST, frozenset[str]]


@cache
def error_classes() -> dict[str, type[SlipwayError]]:
    """Return every error class of the product by name. Two of one name would be one to the workflow."""
    for module in pkgutil.walk_packages(slipway.__path__, "slipway."):
        importlib.import_module(module.name)
    found: dict[str, type[SlipwayError]] = {}
    for kind in _descendants(SlipwayError):
        assert found.setdefault(kind.__name__, kind) is kind, f"two classes are named {kind.__name__}"
    return found


def _descendants(kind: type[SlipwayError]) -> Iterator[type[SlipwayError]]:
    for child in kind.__subclasses__():
        if child.__module__.startswith("slipway."):  # the command line's own errors are nothing to the workflow
            yield child
            yield from _descendants(child)


def not_yet(names: set[str]) -> set[str]:
    """Return those names that are errors to be retried."""
    return {name for name in names if issubclass(error_classes().get(name, SlipwayError), NotYet)}


def documented_errors(method: str) -> set[str]:
    """Return the names in backticks in the docstring of a method of the SageMaker port."""
    return set(re.findall(r"`(\w+)`", getattr(SageMaker, method).__doc__ or ""))


def sagemaker_methods() -> set[str]:
    """Return the names of the SageMaker port's methods."""
    return {name for name in vars(SageMaker) if not name.startswith("_")}


def errors_to_retry(state: str) -> set[str]:
    """Return the NotYet errors that a state's use case lets out.

    These are what it raises itself, what the methods of the SageMaker port that it uses are documented to raise, and
    what any call to AWS may; less what a `try` around the very place catches.
    """
    return may_raise(syntax_of(use_case_of(state)))


def may_raise(tree: ast.Module) -> set[str]:
    """Return the NotYet errors that a use case's module lets out."""
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    names |= {node.name for node in ast.walk(tree) if isinstance(node, ast.ClassDef)}
    found = set(ANY_CALL) if names & PORTS else set()
    for node, caught in _with_catches(tree, frozenset()):
        raised = _raised_by(node)
        found |= {name for name in raised if not _is_caught(name, caught)}
    return not_yet(found)


def _raised_by(node: ast.AST) -> set[str]:
    if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call) and isinstance(node.exc.func, ast.Name):
        return {node.exc.func.id}
    if isinstance(node, ast.Attribute) and node.attr in sagemaker_methods() and _is_sagemaker(node.value):
        return documented_errors(node.attr)
    return set()


def _is_sagemaker(node: ast.AST) -> bool:
    name = node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
    return name.lstrip("_") == "sagemaker"


def _is_caught(name: str, caught: frozenset[str]) -> bool:
    kind = error_classes().get(name)
    return kind is not None and any(base.__name__ in caught for base in kind.__mro__)


def _with_catches(node: ast.AST, caught: frozenset[str]) -> Iterator[Node]:
    yield node, caught
    if isinstance(node, ast.Try):
        inner = caught | {name for handler in node.handlers for name in _names_of(handler.type)}
        yield from (found for child in node.body for found in _with_catches(child, inner))
        rest: list[ast.AST] = [*node.handlers, *node.orelse, *node.finalbody]
    else:
        rest = list(ast.iter_child_nodes(node))
    yield from (found for child in rest for found in _with_catches(child, caught))


def _names_of(kind: ast.expr | None) -> set[str]:
    return {node.id for node in ast.walk(kind) if isinstance(node, ast.Name)} if kind else set()
