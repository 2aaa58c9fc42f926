"""What others need to know of a local stack that runs: `.local/stack.json`."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class StackDescription:
    """The fields of stack.json, as the design documents them."""

    endpoint_url: str
    region: str
    account_id: str
    state_machine_arn: str
    model_bucket: str
    outputs: dict[str, str]

    def write(self, file: Path) -> None:
        """Write stack.json, whole or not at all."""
        file.parent.mkdir(parents=True, exist_ok=True)
        unfinished = file.with_suffix(".tmp")
        unfinished.write_text(json.dumps(asdict(self), indent=2) + "\n", encoding="utf-8")
        unfinished.replace(file)


def describe(cloudformation: Any, stack_name: str, endpoint_url: str, region: str, account_id: str) -> StackDescription:
    """Return the description of a deployed stack, from its outputs."""
    stack = cloudformation.describe_stacks(StackName=stack_name)["Stacks"][0]
    outputs = {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}
    return StackDescription(
        endpoint_url=endpoint_url,
        region=region,
        account_id=account_id,
        state_machine_arn=outputs["StateMachineArn"],
        model_bucket=outputs["ModelBucketName"],
        outputs=outputs,
    )
