"""`python -m slipway_local.engine --port N`: the child process that `slipway_local.stack` starts."""

from __future__ import annotations

import argparse
from dataclasses import fields

from slipway_local.engine.serve import serve
from slipway_local.engine.settings import EngineSettings


def main() -> None:
    """Read the settings from the command line, an option for each field, and serve."""
    parser = argparse.ArgumentParser(prog="python -m slipway_local.engine", description=__doc__)
    kinds = {"int": int, "float": float, "str": str}
    for field in fields(EngineSettings):
        option = f"--{field.name.replace('_', '-')}"
        default = {"required": True} if field.name == "port" else {"default": field.default}
        parser.add_argument(option, type=kinds[str(field.type)], **default)
    serve(EngineSettings(**vars(parser.parse_args())))


if __name__ == "__main__":
    main()
