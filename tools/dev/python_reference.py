"""The Python API as Markdown: the signature and the docstring of each name that `import slipway` has."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any

import slipway


def reference() -> str:
    """Return a section for each name, and for each public method and property of a class."""
    return "\n\n".join(text for name in slipway.__all__ for text in _section(name, getattr(slipway, name)))


def _section(name: str, what: Any) -> Iterator[str]:
    is_class = inspect.isclass(what)
    yield f"### `{name}`" if is_class else f"### `{name}{_signature(what)}`"
    yield _paragraphs(what)
    for member, defined in vars(what).items() if is_class else ():
        if not member.startswith("_") and (callable(defined) or isinstance(defined, property)):
            yield f"#### `{name}.{member}{'' if isinstance(defined, property) else _signature(defined)}`"
            yield _paragraphs(defined)


def _signature(what: Any) -> str:
    """Return the arguments with their defaults; the types are in the code, and the docstring has what they mean."""
    signature = inspect.signature(what)
    plain = [one.replace(annotation=one.empty) for one in signature.parameters.values() if one.name != "self"]
    return str(inspect.Signature(plain)).replace("<built-in function print>", "print")


def _paragraphs(what: Any) -> str:
    return " ".join((inspect.getdoc(what) or "").replace("\n\n", "\0").split("\n")).replace("\0", "\n\n")
