"""SummarizeRollout: the exported results of the waves become counts, and a wave of the lines that failed."""

from typing import Any

from slipway.entrypoints.bootstrap import Services
from slipway.entrypoints.handlers import Request, task_handler
from slipway.rollouts.summarize_rollout import summarize_rollout


@task_handler
def handler(request: Request, services: Services) -> dict[str, Any]:
    """Take {Plan, Results, Execution}; return the counts by outcome and the failures."""
    bucket = services.settings.model_bucket
    return summarize_rollout(request["Plan"], request["Results"], services.rollout_files, bucket)
