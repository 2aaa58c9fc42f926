"""The one place where the product's `datetime.now` is made to read virtual time."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from datetime import datetime, tzinfo
from types import ModuleType
from typing import Any

import pytest

import slipway

Now = Callable[[], datetime]


class _AnyDatetime(type):
    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, datetime)


class VirtualDatetime(datetime, metaclass=_AnyDatetime):
    """`datetime` whose `now` is the present of the world that is under way."""

    present: Now

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> Any:
        """Return the present of virtual time."""
        return cls.present().astimezone(tz)


def read_virtual_time(patch: pytest.MonkeyPatch, now: Now) -> None:
    """Replace `datetime` in every module of the product that imports it; `patch` undoes it."""
    patch.setattr(VirtualDatetime, "present", staticmethod(now), raising=False)
    for module in _modules():
        if getattr(module, "datetime", None) is datetime:
            patch.setattr(module, "datetime", VirtualDatetime)
        assert getattr(module, "time", None) is None, f"{module.__name__} reads the real time"


def _modules() -> list[ModuleType]:
    return [importlib.import_module(found.name) for found in pkgutil.walk_packages(slipway.__path__, "slipway.")]
