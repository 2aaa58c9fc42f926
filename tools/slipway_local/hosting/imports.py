"""Which packages a script wants, read from its code without running it."""

from __future__ import annotations

import ast
from pathlib import Path


def imported_by(folder: Path) -> set[str]:
    """Return the packages that any Python file in a folder imports, anywhere in it: `torch` for `import torch.nn`.

    A file that does not parse imports nothing: the container, which will not start, says what is wrong with it.
    """
    return {name for file in folder.rglob("*.py") for name in _imported(file)}


def _imported(file: Path) -> set[str]:
    try:
        tree = ast.parse(file.read_bytes())
    except (SyntaxError, ValueError):
        return set()
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            found.add(node.module.partition(".")[0])
    return found
