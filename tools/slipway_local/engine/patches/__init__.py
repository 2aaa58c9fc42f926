"""Changes to private places of MiniStack: one module a service, one decorator, one list.

A patch is a function that gets what MiniStack has in a place, and the engine's own parts, and returns what is put
there. Patches are applied once, after the engine has set its environment, because MiniStack reads it on import.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from operator import attrgetter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from slipway_local.engine.authorization import Authorization
    from slipway_local.sagemaker.provider import SageMaker

VERSION = "1.5.33"  # of MiniStack: the one whose private places were read
SERVICES = (
    "apigateway",
    "cloudformation",
    "cloudwatch",
    "distributed_map",
    "eventbridge",
    "executions",
    "iam",
    "lambda_functions",
    "s3",
    "s3_storage",
    "sagemaker",
    "scheduler",
    "stepfunctions",
    "tagging",
)


@dataclass(frozen=True)
class Engine:
    """What patches use of the engine; `authorization` is None where IAM is off."""

    sagemaker: SageMaker
    authorization: Authorization | None = None


Replacement = Callable[[Any, Engine], Any]


@dataclass(frozen=True)
class Patch:
    """A place of MiniStack, the parameters of the function there (None: it is no function), and its replacement.

    `item` is the key of a dictionary in the place.
    """

    module: str
    name: str
    replacement: Replacement
    takes: tuple[str, ...] | None = None
    item: str | None = None

    def __str__(self) -> str:
        """Return the place, as an upgrade of MiniStack has to be checked for it."""
        return f"{self.module}.{self.name}" + (f"[{self.item!r}]" if self.item else "")

    def original(self) -> Any:
        """Return what is there. Raises `LookupError` for a place that is not as it was in `VERSION`."""
        try:
            found = attrgetter(self.name)(import_module(self.module))
        except AttributeError as gone:
            raise LookupError(f"MiniStack has no {self}, which {self.replacement.__module__} patches.") from gone
        found = found.get(self.item) if self.item else found
        if self.takes is not None and tuple(inspect.signature(found).parameters) != self.takes:
            raise LookupError(f"MiniStack's {self} does not take {self.takes}: see {self.replacement.__module__}.")
        return found

    def apply(self, engine: Engine) -> None:
        """Put the replacement in place."""
        replaced = self.replacement(self.original(), engine)
        parent, _, name = self.name.rpartition(".")
        owner = import_module(self.module)
        owner = attrgetter(parent)(owner) if parent else owner
        if self.item is None:
            setattr(owner, name, replaced)
        else:
            getattr(owner, name)[self.item] = replaced


PATCHES: list[Patch] = []


def patch(
    module: str, name: str, *takes: str, item: str | None = None, is_function: bool = True
) -> Callable[[Replacement], Replacement]:
    """Register the patch of a function that takes the parameters `takes`, or, without `is_function`, of a value."""

    def register(replacement: Replacement) -> Replacement:
        PATCHES.append(Patch(module, name, replacement, takes if is_function else None, item))
        return replacement

    return register


def all_patches() -> list[Patch]:
    """Return every patch of every service."""
    for service in SERVICES:
        import_module(f"{__name__}.{service}")
    return PATCHES


def apply_patches(engine: Engine) -> None:
    """Patch MiniStack. Raises `LookupError` for a place that is not as it was."""
    for each in all_patches():
        each.apply(engine)
