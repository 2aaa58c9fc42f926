"""`python -m dev SUBCOMMAND`: write or check what is generated from the code.

Each subcommand imports what it needs: `images` runs in the environment of the pinned SageMaker SDK, the others in the
project's own.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path


def docs(options: argparse.Namespace) -> int:
    """Write the generated sections of the documentation."""
    from dev.docs import write_docs

    return write_docs(check=options.check)


def schema(options: argparse.Namespace) -> int:
    """Write the JSON Schema of the deployment input."""
    from dev.schema import write_schema

    return write_schema(check=options.check)


def service_model(options: argparse.Namespace) -> int:
    """Write the local SageMaker's service model from the newest botocore's."""
    from dev.service_model import write_service_model

    return write_service_model(check=options.check)


def images(options: argparse.Namespace) -> int:
    """Write the image catalogue from the pinned SageMaker SDK; with --check, compare every image with the SDK's."""
    from dev.images import compare, generate

    return compare.main(every_region=options.every_region) if options.check else generate.main()


def policies(options: argparse.Namespace) -> int:
    """Write the template as plain CloudFormation, and each of its policies, into FOLDER."""
    from dev.policies import write_policies

    write_policies(options.template, options.folder)
    return 0


def findings(options: argparse.Namespace) -> int:
    """Compare Parliament's findings, JSON lines on standard input, with those that DECISIONS accepts."""
    from dev.findings import check_findings

    return check_findings(options.decisions, sys.stdin)


def screenshot(_: argparse.Namespace) -> int:
    """Store a screenshot of an explained failure, of the local stack that runs, in docs/pics."""
    from dev.screenshot import write_screenshot

    return write_screenshot()


def main(arguments: list[str] | None = None) -> int:
    """Run a subcommand; return its exit code, which is 1 when a check fails."""
    parser = argparse.ArgumentParser(prog="python -m dev")
    commands = parser.add_subparsers(required=True)
    for run in (docs, schema, service_model, images, policies, findings, screenshot):
        command = commands.add_parser(run.__name__, help=run.__doc__)
        command.set_defaults(run=run)
        if run in (docs, schema, service_model, images):
            command.add_argument("--check", action="store_true", help="write nothing; exit 1 when a file is stale")
        if run is images:
            command.add_argument("--every-region", action="store_true", help="compare every family in every region")
        if run is policies:
            command.add_argument("template", type=Path)
            command.add_argument("folder", type=Path)
        if run is findings:
            command.add_argument("decisions", type=Path)
    options = parser.parse_args(arguments)
    return int(options.run(options))


if __name__ == "__main__":
    sys.exit(main())
